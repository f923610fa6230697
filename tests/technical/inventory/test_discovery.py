"""Discovery over SNMP: what walks say, ranges, runs that stop, and the pages."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from itsm.audit.models import Entry
from itsm.cmdb.models import ConfigurationItem, DataSource
from itsm.core import now, sealing
from itsm.core.errors import DomainError, IllegalMove
from technical.inventory import discovering, snmp
from technical.inventory.devices import candidate
from technical.models import Discovery, Interface

WALK = {
    snmp.DESCR: b"Cisco IOS Software, C3750 Software", snmp.OBJECT: "1.3.6.1.4.1.9.1.516", snmp.NAME: b"core-1",
    f"{snmp.IF}.2.1": b"Vlan1", f"{snmp.IF}.2.2": b"GigabitEthernet1/0/1", f"{snmp.IF}.3.2": "6", f"{snmp.IF}.4.2": "1500", f"{snmp.IF}.5.2": "1000000000",
    f"{snmp.IF}.6.2": bytes.fromhex("f47f3593af81"), f"{snmp.IF}.7.2": "1", f"{snmp.IFX}.1.2": b"Gi1/0/1", f"{snmp.IFX}.15.2": "1000", f"{snmp.IFX}.18.2": b"Uplink",
    f"{snmp.IP_INDEX}.192.0.2.1": "1", f"{snmp.IP_MASK}.192.0.2.1": "255.255.255.0",
    f"{snmp.ENTITY}.5.1001": "3", f"{snmp.ENTITY}.11.1001": b"FDO1622Y10H", f"{snmp.ENTITY}.13.1001": b"WS-C3750G-12S-S", f"{snmp.ENTITY}.12.1001": b"Cisco",
    f"{snmp.BRIDGE_PORT}.5": "2", f"{snmp.FDB}.96.11.3.238.22.71": "5", f"{snmp.QFDB}.1.96.11.3.238.22.96": "5",
    f"{snmp.LLDP_CHASSIS}.0.5.1": bytes.fromhex("e839351aca99"),
}  # fmt: skip


@pytest.fixture
def source(world):
    return DataSource.objects.create(code="scan", name="Scan", organisation=world.lumen)


@pytest.fixture
def discovery(world, source):
    made = Discovery(name="Lab", source=source, ranges=["192.0.2.0/29"])
    return discovering.save(made, actor=world.admin, community="s3cret")


def test_a_walk_becomes_a_device():
    scan = snmp.assemble(WALK, "192.0.2.1")
    assert (scan.name, scan.model, scan.vendor, scan.serial, len(scan.ports)) == (
        "core-1",
        "WS-C3750G-12S-S",
        "Cisco",
        "FDO1622Y10H",
        2,
    )
    port = scan.ports[1]
    assert (port["name"], port["mac"], port["speed"], port["description"]) == (
        "Gi1/0/1",
        "f4:7f:35:93:af:81",
        1000,
        "Uplink",
    )
    assert port["seen"] == ["60:0b:03:ee:16:47", "60:0b:03:ee:16:60", "e8:39:35:1a:ca:99"]
    assert scan.ports[0]["ips"] == ["192.0.2.1/24"]
    assert candidate(scan).ci_class == "switch"


@pytest.mark.parametrize(
    "values", [{}, {snmp.DESCR: b"\xff\xfe\x00"}, {f"{snmp.IF}.2.x": b"a", f"{snmp.FDB}.1.2": "x"}]
)
def test_a_strange_walk_does_no_harm(values):
    snmp.assemble(values, "192.0.2.1")


@pytest.mark.parametrize("text", ["", "nonsense", "10.0.0.0/8", "192.0.2.0/24 300.1.1.1"])
def test_ranges_that_are_none_are_explained(text):
    with pytest.raises(DomainError):
        discovering.networks_of(text)


def test_each_address_is_asked_once():
    assert list(discovering.addresses_of(["192.0.2.0/30", "192.0.2.2/32"])) == ["192.0.2.1", "192.0.2.2"]


@pytest.mark.django_db
def test_what_answers_is_a_device_and_a_second_look_is_silent(world, discovery, monkeypatch):
    asked = []

    def poll(accesses):
        asked.extend(accesses)
        return [snmp.assemble(WALK, a.address) if a.address == "192.0.2.1" else None for a in accesses]

    monkeypatch.setattr(snmp, "poll", poll)
    for _n in range(2):
        discovering.ask(discovery, actor=world.admin)
        done = discovering.discover(discovery.pk)
        assert (done.state, done.asked, done.answered) == ("idle", 6, 1)
    assert asked[0].community == "s3cret"
    assert ConfigurationItem.objects.get().serial == "FDO1622Y10H"
    assert Interface.objects.count() == 2


@pytest.mark.django_db
def test_one_that_runs_is_not_begun_twice_and_can_be_stopped(world, discovery, monkeypatch):
    discovering.ask(discovery, actor=world.admin)
    with pytest.raises(IllegalMove):
        discovering.ask(discovery, actor=world.admin)
    monkeypatch.setattr(discovering, "STEP", 2)
    monkeypatch.setattr(
        snmp, "poll", lambda accesses: discovering.stop(discovery, actor=world.admin) or [None for _a in accesses]
    )
    done = discovering.discover(discovery.pk)
    assert (done.state, done.asked) == ("stopped", 2)


@pytest.mark.django_db
def test_the_sweep_begins_what_is_due_once(discovery):
    assert (discovering.sweep(), discovering.sweep()) == (1, 0)
    discovery.refresh_from_db()
    assert discovery.next_at > now()


@pytest.mark.django_db
def test_the_community_is_sealed_and_never_shown(world, client, discovery):
    assert "s3cret" not in discovery.community
    client.force_login(world.admin)
    page = client.get(f"/technical/inventory/discoveries/{discovery.pk}/").content.decode()
    assert "s3cret" not in page
    assert discovery.community not in page
    data = {
        "name": "Lab 2",
        "source": discovery.source_id,
        "ranges": "192.0.2.0/28",
        "port": 161,
        "every_hours": 12,
        "version": "2c",
        "is_active": "on",
    }
    assert client.post(f"/technical/inventory/discoveries/{discovery.pk}/", data).status_code == 302
    discovery.refresh_from_db()
    assert (discovery.name, sealing.unseal(discovery.community, purpose=discovering.PURPOSE)) == ("Lab 2", "s3cret")


V3 = {"version": "3", "user": "reader", "auth_protocol": "sha256", "auth_key": "first-secret", "priv_protocol": "aes", "priv_key": "second-secret"}  # fmt: skip


def form_of(source, **more) -> dict:
    return {
        "name": "Lab", "source": source.pk, "ranges": "192.0.2.0/30", "port": 161, "every_hours": 12, "version": "2c", "is_active": "on",
    } | more  # fmt: skip


@pytest.mark.django_db
def test_a_user_of_version_3_asks_with_its_keys_which_nobody_sees(world, client, source, monkeypatch):
    asked = []
    monkeypatch.setattr(snmp, "poll", lambda accesses: asked.extend(accesses) or [None for _a in accesses])
    client.force_login(world.admin)
    new = "/technical/inventory/discoveries/new/"
    assert client.post(new, form_of(source, **V3, context="vrf-a")).status_code == 302
    row = Discovery.objects.get()
    discovering.discover(discovering.ask(row, actor=world.admin) or row.pk)
    user = asked[0].user
    assert (user.name, user.auth, user.auth_key, user.priv, user.priv_key, user.context) == (
        "reader", "sha256", "first-secret", "aes", "second-secret", "vrf-a",
    )  # fmt: skip
    assert asked[0].community == ""
    page = client.get(f"/technical/inventory/discoveries/{row.pk}/").content.decode()
    told = page + repr(asked) + str(list(Entry.objects.values())) + str(Discovery.objects.values().get())
    assert not [secret for secret in ("first-secret", "second-secret") if secret in told]
    assert row.auth_key not in page
    # Changed without its keys, it keeps them; asked as a community again, it keeps none.
    changed = V3 | {"auth_key": "", "priv_key": "", "user": "other"}
    assert client.post(f"/technical/inventory/discoveries/{row.pk}/", form_of(source, **changed)).status_code == 302
    row.refresh_from_db()
    assert (row.user, discovering.access_of(row)["user"].priv_key) == ("other", "second-secret")
    plain = form_of(source, community="public", user="other", auth_protocol="sha256")
    assert client.post(f"/technical/inventory/discoveries/{row.pk}/", plain).status_code == 302
    row.refresh_from_db()
    assert (row.user, row.auth_protocol, row.auth_key, row.priv_key) == ("", "", "", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"user": " "}, "user"), ({"auth_key": ""}, "auth_key"), ({"auth_key": "short"}, "auth_key"), ({"priv_key": ""}, "priv_key"),
        ({"auth_protocol": ""}, "auth_protocol"), ({"auth_protocol": "rot13"}, "auth_protocol"), ({"version": "1"}, "version"),
        ({"user": "u" * 33}, "user"), ({"version": "2c"}, "community"),
    ],
)  # fmt: skip
def test_what_a_user_of_version_3_lacks_is_said_at_its_field(world, client, source, wrong, field):
    client.force_login(world.admin)
    answer = client.post("/technical/inventory/discoveries/new/", form_of(source, **(V3 | wrong)))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Discovery.objects.exists()


@pytest.mark.django_db
def test_devices_that_refuse_the_user_are_told_apart_from_silence(world, client, discovery, monkeypatch):
    world.admin.language = "en"
    world.admin.save()
    monkeypatch.setattr(snmp, "poll", lambda accesses: [snmp.Refused(a.address, "Wrong digest") for a in accesses])
    discovery.version, discovery.user, discovery.auth_protocol = "3", "reader", "sha"
    discovering.save(discovery, actor=world.admin, auth_key="first-secret")
    discovering.ask(discovery, actor=world.admin)
    done = discovering.discover(discovery.pk)
    assert (done.answered, done.refused) == (0, 6)
    client.force_login(world.admin)
    page = client.get("/technical/inventory/discoveries/").content.decode()
    assert "6 devices are there and do not let “reader” in" in page
    assert "Nobody answered" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"ranges": "10.0.0.0/8"},
        {"port": 0},
        {"port": "x"},
        {"every_hours": 0},
        {"community": ""},
        {"name": ""},
        {"source": 0},
    ],
)
def test_bad_input_is_explained(world, client, source, wrong):
    client.force_login(world.admin)
    data = {
        "name": "Lab",
        "source": source.pk,
        "ranges": "192.0.2.0/28",
        "port": 161,
        "every_hours": 12,
        "version": "2c",
        "community": "public",
    }
    assert client.post("/technical/inventory/discoveries/new/", data | wrong).status_code == 422
    assert client.post("/technical/inventory/discoveries/new/", data).status_code == 302
    assert client.post("/technical/inventory/discoveries/new/", data).status_code == 422


@pytest.mark.django_db
def test_only_those_who_set_it_up_find_it(world, client, discovery):
    client.force_login(world.agent)
    for path in ("", "new/", f"{discovery.pk}/"):
        assert client.get(f"/technical/inventory/discoveries/{path}").status_code == 404
    client.force_login(world.admin)
    client.post(f"/technical/inventory/discoveries/{discovery.pk}/start/")
    assert "Lab" in client.get("/technical/inventory/discoveries/").content.decode()
    client.post(f"/technical/inventory/discoveries/{discovery.pk}/stop/")
    discovery.refresh_from_db()
    assert discovery.state == "stopped"


@pytest.mark.django_db
def test_the_list_says_when_it_looked_last_and_why_nobody_may_have_answered(world, client, discovery):
    world.admin.language = "en"
    world.admin.save()
    client.force_login(world.admin)
    assert "Has not looked yet" in client.get("/technical/inventory/discoveries/").content.decode()
    Discovery.objects.update(state="idle", asked=14, answered=0, ended_at=now())
    page = client.get("/technical/inventory/discoveries/").content.decode()
    assert "Nobody answered" in page
    assert "UDP port 161" in page
    assert "Last time" in page
    Discovery.objects.update(answered=2)
    assert "Nobody answered" not in client.get("/technical/inventory/discoveries/").content.decode()
    kept = "the one that is kept"
    assert kept not in client.get("/technical/inventory/discoveries/new/").content.decode()
    assert kept in client.get(f"/technical/inventory/discoveries/{discovery.pk}/").content.decode()


def polled(accesses):
    """In a thread of its own: the browser of other tests has a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(snmp.poll, accesses).result()


def test_an_odd_value_of_one_device_stops_nobody(monkeypatch):
    async def ask(access):
        odd = {f"{snmp.IF}.2.1": b"Gi1", f"{snmp.IF}.4.1": "many", f"{snmp.IF}.5.1": b"\xff", f"{snmp.IFX}.15.1": "-1"}
        return {"192.0.2.1": odd | {f"{snmp.ENTITY}.5.a.b": "3"}, "192.0.2.2": WALK, "192.0.2.3": {snmp.DESCR: 5j}}[
            access.address
        ]

    monkeypatch.setattr(snmp, "_ask", ask)
    monkeypatch.setattr(snmp, "_seen", lambda values: 1 / 0 if 5j in values.values() else {})
    found = polled([snmp.Access(f"192.0.2.{n}", "x") for n in (1, 2, 3)])
    assert [scan.name if scan else None for scan in found] == ["192.0.2.1", "core-1", None]


def test_an_address_of_the_sixth_version_is_asked():
    assert polled([snmp.Access("::1", "x", port=1, timeout=0.1, retries=0)]) == [None]


@pytest.mark.django_db
def test_a_discovery_that_breaks_off_says_why_and_begins_again_when_it_is_due(world, client, discovery, monkeypatch):
    def broken(accesses):
        raise RuntimeError("no socket")

    monkeypatch.setattr(snmp, "poll", broken)
    discovering.ask(discovery, actor=world.admin)
    row = discovering.discover(discovery.pk)
    assert (row.state, "no socket" in row.fault) == ("stopped", True)
    client.force_login(world.admin)
    assert "no socket" in client.get("/technical/inventory/discoveries/").content.decode()
    Discovery.objects.update(next_at=now())
    assert discovering.sweep() == 1
    row.refresh_from_db()
    assert (row.state, row.fault) == ("running", "")
