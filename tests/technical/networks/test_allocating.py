"""What is free in a prefix, what is given out, and how full it is."""

import ipaddress

import pytest

from itsm.core.errors import DomainError
from technical.models import VRF, IPAddress, IPRange, Prefix
from technical.networks import services, usage
from technical.networks.allocating import free_gaps, next_free_address, next_free_prefix

pytestmark = pytest.mark.django_db


def prefix(text: str, **more) -> Prefix:
    made = Prefix.objects.create(prefix=text, **more)
    made.refresh_from_db()
    return made


def give(*texts: str, **more) -> None:
    for text in texts:
        IPAddress.objects.create(address=text, **more)


def used(row: Prefix) -> tuple[int, int]:
    found = usage.usage_of([row])[row.pk]
    return found.used, found.size


def test_the_next_address_is_the_lowest_that_is_free():
    row = prefix("10.0.0.0/29")
    assert str(next_free_address(row)) == "10.0.0.1/29"
    give("10.0.0.1/29", "10.0.0.2/29", "10.0.0.5/24")
    assert str(next_free_address(row)) == "10.0.0.3/29"
    IPRange.objects.create(start="10.0.0.3", end="10.0.0.4")
    assert str(next_free_address(row)) == "10.0.0.6/29"
    give("10.0.0.6/29")
    assert next_free_address(row) is None
    assert used(row) == (6, 6)


def test_a_pool_and_a_link_give_out_their_first_and_last_address():
    assert str(next_free_address(prefix("10.0.0.0/31"))) == "10.0.0.0/31"
    pool = prefix("10.0.1.0/30", is_pool=True)
    assert str(next_free_address(pool)) == "10.0.1.0/30"
    give("10.0.1.0/30", "10.0.1.1/30", "10.0.1.2/30")
    assert str(next_free_address(pool)) == "10.0.1.3/30"


def test_large_prefixes_cost_what_is_used_and_not_their_size():
    six = prefix("2001:db8::/64")
    give("2001:db8::1/64", "2001:db8::2/64")
    assert str(next_free_address(six)) == "2001:db8::3/64"
    assert free_gaps(six, 5) == [
        (ipaddress.ip_address("2001:db8::3"), ipaddress.ip_address("2001:db8::ffff:ffff:ffff:ffff"), 2**64 - 3)
    ]
    assert used(six) == (2, 2**64 - 1)
    eight = prefix("10.0.0.0/8", status="container")
    assert str(next_free_prefix(eight, 24)) == "10.0.0.0/24"
    assert str(next_free_prefix(prefix("2001:db9::/32"), 64)) == "2001:db9::/64"


def test_the_space_of_prefixes_below_is_theirs():
    top = prefix("10.0.0.0/16")
    prefix("10.0.0.0/24")
    prefix("10.0.0.0/25")
    prefix("10.0.1.0/25")
    assert str(next_free_address(top)) == "10.0.1.128/16"
    assert str(next_free_prefix(top, 25)) == "10.0.1.128/25"
    assert str(next_free_prefix(top, 24)) == "10.0.2.0/24"
    give("10.0.2.7/16", "10.0.0.9/24")
    assert str(next_free_prefix(top, 24)) == "10.0.3.0/24", "a network in which an address is used is not free"
    assert used(top) == (256 + 128 + 1, 65534), "an address of a prefix below is counted once"


def test_a_container_is_used_by_the_prefixes_directly_below():
    top = prefix("10.0.0.0/22", status="container")
    prefix("10.0.0.0/23")
    prefix("10.0.0.0/24")
    give("10.0.3.1/24")
    assert used(top) == (512, 1024)
    assert usage.usage_of([top])[top.pk].percent == 50.0


def test_another_vrf_is_another_world():
    vrf = VRF.objects.create(name="Alpha")
    give("10.0.0.1/24")
    Prefix.objects.create(prefix="10.0.0.0/25")
    assert str(next_free_address(prefix("10.0.0.0/24", vrf=vrf))) == "10.0.0.1/24"


def test_allocation_writes_it_down_and_says_when_nothing_is_left(world):
    row = prefix("10.0.0.0/30", organisation=world.lumen, site=world.paris)
    made = services.allocate_address(row.pk, actor=world.network, dns_name="A.Lumen.test")
    assert (str(made.address), made.dns_name, made.organisation) == ("10.0.0.1/30", "a.lumen.test", world.lumen)
    services.allocate_address(row.pk, actor=world.network)
    with pytest.raises(DomainError):
        services.allocate_address(row.pk, actor=world.network)
    container = prefix("10.1.0.0/16", organisation=world.lumen, site=world.paris, status="container")
    with pytest.raises(DomainError):
        services.allocate_address(container.pk, actor=world.network)
    below = services.allocate_prefix(container.pk, 24, actor=world.network)
    assert (str(below), below.site, below.status) == ("10.1.0.0/24", world.paris, "active")
    with pytest.raises(DomainError) as refused:
        services.allocate_prefix(container.pk, 16, actor=world.network)
    assert refused.value.field == "length"


def test_the_fullest_prefixes_come_first():
    small, large = prefix("10.0.0.0/29"), prefix("10.0.1.0/24")
    prefix("10.0.2.0/24")
    give("10.0.0.1/29", "10.0.0.2/29", "10.0.0.3/29", "10.0.1.1/24", "10.0.1.2/24", "10.0.1.3/24", "10.0.1.4/24")
    assert [row for row, _usage in usage.fullest(Prefix.objects.all(), 5)] == [small, large]
