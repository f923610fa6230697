"""No address inside the private network unless somebody allowed it: by number, by name, by a name that changes, by redirect."""

import socket

import pytest

from itsm.core.errors import DomainError, NotAllowed
from itsm.gateway.webhooks import reaching, sending, services
from itsm.gateway.webhooks.models import Delivery
from itsm.notify import outbox
from servicedesk.incidents import services as incidents
from tests.world import person

PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
    "64:ff9b::10.0.0.1", "2002:7f00:1::", "192.0.0.8", "198.18.0.1", "2001:db8::1", "::127.0.0.1",
)  # fmt: skip
NEVER = (
    "169.254.169.254", "fe80::1", "fe80::1%eth0", "224.0.0.1", "ff02::1", "0.0.0.0", "::", "255.255.255.255", "240.0.0.1",
    "0.1.2.3", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "fec0::1",
)  # fmt: skip
PUBLIC = ("93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::93.184.216.34")


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_called_only_where_that_is_allowed(address):
    assert not reaching.allowed(address, allow_private=False)
    assert reaching.allowed(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_called(address):
    assert not reaching.allowed(address, allow_private=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_called(address):
    assert reaching.allowed(address, allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "https://", "https:///x", "https://user:pw@example.org/", "https://example.org/a b", "https://example.org/\r\nX: y",
        "http://example.org/", "https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://169.254.169.254/latest", "https://a..b/",
        "https://example.org:0/", "https://example.org:99999/", "https://example.org/#x", "https://example.org/é", "javascript:alert(1)", "x" * 600,
        "https://exa\\mple.org/",
    ],
)  # fmt: skip
def test_an_address_that_could_never_be_called_is_refused_when_it_is_typed(url):
    with pytest.raises(DomainError):
        reaching.checked_url(url, allow_private=False)


def test_an_international_name_is_an_address():
    assert reaching.checked_url(" https://café.example/hook ", allow_private=False) == "https://café.example/hook"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1"])
def test_numbers_in_disguise_are_seen_through(host):
    with pytest.raises((reaching.Refused, OSError)):
        reaching.post(f"https://{host}/", b"{}", {}, allow_private=False)


def resolver(*answers):
    """A resolver that answers differently each time, as an attacker's name server does."""
    left, asked = list(answers), []

    def resolve(host, port, *_more, **_named):
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    resolve.asked = asked
    return resolve


@pytest.fixture
def connections(monkeypatch):
    """Where sockets were opened to."""
    made, real = [], socket.create_connection

    def connect(address, *more, **named):
        made.append(address[0])
        return real(address, *more, **named)

    monkeypatch.setattr(socket, "create_connection", connect)
    return made


def test_a_name_with_one_private_address_among_others_is_refused(monkeypatch, connections):
    monkeypatch.setattr(socket, "getaddrinfo", resolver(["93.184.216.34", "10.0.0.1"]))
    with pytest.raises(reaching.Refused):
        reaching.post("https://rebound.example/", b"{}", {}, allow_private=False)
    assert connections == []


def test_a_name_that_changes_after_the_check_is_not_asked_again(monkeypatch):
    resolve, called = resolver(["93.184.216.34"], ["127.0.0.1"]), []

    def connect(address, *_more, **_named):
        called.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        reaching.post("https://rebound.example/", b"{}", {}, allow_private=False)
    assert (called, resolve.asked) == (["93.184.216.34"], ["rebound.example"])


def test_the_name_stays_in_the_host_header_while_the_address_is_called(monkeypatch, receiver, connections):
    resolve = resolver(["127.0.0.1"])
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda host, port, *a, **k: resolve(host, port))
        answer = reaching.post(f"http://hooks.example:{receiver.port}/x", b"{}", {}, allow_private=True)
    assert (answer.status, connections) == (200, ["127.0.0.1"])
    assert receiver.got[0][1]["host"] == f"hooks.example:{receiver.port}"


def test_plain_http_never_leaves_the_private_network(monkeypatch, connections):
    monkeypatch.setattr(socket, "getaddrinfo", resolver(["93.184.216.34"]))
    with pytest.raises(reaching.Refused):
        reaching.post("http://example.org/", b"{}", {}, allow_private=True)
    assert connections == []


@pytest.mark.django_db
def test_a_redirect_is_not_followed(world, receiver, webhook):
    receiver.answers = [(302, {"Location": f"http://127.0.0.1:{receiver.port}/inside"}, b"")]
    incidents.open_incident(actor=world.customer, requester=world.customer, title="X")
    outbox.drain()
    sending.send_due()
    assert [path for path, _headers, _body in receiver.got] == ["/hook?x=1"]
    row = Delivery.objects.get()
    assert (row.state, row.status, row.error) == ("queued", 302, "redirect")


@pytest.mark.django_db
def test_a_name_that_stands_for_a_private_address_is_refused_when_sending(world, monkeypatch):
    services.create_webhook(
        actor=world.admin, name="Out", organisation_id=world.lumen.pk, url="https://inside.example/", events=["*"]
    )
    incidents.open_incident(actor=world.customer, requester=world.customer, title="X")
    outbox.drain()
    with monkeypatch.context() as patch:
        patch.setattr(reaching, "addresses_of", lambda host, port: ["10.0.0.5"])
        sending.send_due()
    assert Delivery.objects.get().error == "private_address"


@pytest.mark.django_db
def test_only_who_administers_everything_lets_a_webhook_inside(world):
    local = person(world, "local", "Lo", "Cal", [("administrator", world.finance)], [])
    values = {"name": "In", "organisation_id": world.finance.pk, "url": "http://10.0.0.1/", "allow_private": True}
    with pytest.raises(NotAllowed):
        services.create_webhook(actor=local, **values)
    made, _secret = services.create_webhook(actor=world.admin, **values)
    with pytest.raises(NotAllowed):
        services.change_webhook(made.pk, actor=local, url="http://10.0.0.2/")
    assert services.change_webhook(made.pk, actor=local, name="Renamed").name == "Renamed"
    with pytest.raises(DomainError):
        services.create_webhook(actor=local, name="Up", organisation_id=world.lumen.pk, url="https://example.org/")
