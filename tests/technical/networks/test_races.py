"""Two who ask at once get two; two imports of one address leave one row."""

import pytest

from itsm.core.errors import IllegalMove
from technical.models import IPAddress, Prefix
from technical.networks import services
from tests.cmdb.factories import make_ci
from tests.cmdb.test_races import WRITERS, _with_classes, together  # noqa: F401 - the fixture is used by name

pytestmark = pytest.mark.django_db(transaction=True)


def test_people_who_ask_at_once_get_an_address_each():
    row = Prefix.objects.create(prefix="10.0.0.0/24")
    assert together(lambda _n: services.allocate_address(row.pk, actor=None)) == {"done": WRITERS}
    assert sorted(str(a.address.ip) for a in IPAddress.objects.all()) == [f"10.0.0.{n + 1}" for n in range(WRITERS)]


def test_people_who_ask_at_once_get_a_prefix_each_until_none_is_left():
    row = Prefix.objects.create(prefix="10.0.0.0/22", status="container")
    found = together(lambda _n: services.allocate_prefix(row.pk, 24, actor=None))
    assert found == {"done": 4, IllegalMove.__name__: WRITERS - 4}
    assert Prefix.objects.below(row).count() == 4


def test_imports_of_several_items_with_one_address_of_the_plan_leave_one_row():
    Prefix.objects.create(prefix="10.0.0.0/24")
    items = [make_ci(name=f"SRV-{n}") for n in range(WRITERS)]
    rows = [{"name": "eth0", "ips": ["10.0.0.7/24"]}]
    found = together(lambda n: services.sync_interfaces(items[n], rows, source="agent", full=True))
    assert found == {"done": WRITERS}
    assert IPAddress.objects.get().exclusive
