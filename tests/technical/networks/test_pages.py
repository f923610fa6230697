"""The pages of the networks: what they show, to whom, and what their forms do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.cmdb import classes
from technical.models import VLAN, VRF, Cable, Interface, IPAddress, IPRange, Prefix
from technical.networks import services
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db
BASE = "/technical/networks/"


@pytest.fixture
def plan(world):
    """A small plan with a switch and a server that are cabled together, and a prefix of somebody else."""
    classes.load_files()
    own = {"organisation": world.lumen, "actor": world.network}
    w = world
    w.vrf = services.create(VRF, **own, name="Invités", rd="65000:20", enforce_unique=False)
    w.vlan = services.create(VLAN, **own, vid=20, name="Serveurs", site=w.paris)
    w.top = services.create(Prefix, **own, prefix="10.20.0.0/16", status="container", site=w.paris, description="Paris")
    w.low = services.create(Prefix, **own, prefix="10.20.3.0/24", vlan=w.vlan, site=w.paris)
    w.foreign = services.create(Prefix, actor=None, organisation=w.other, prefix="10.99.0.0/16")
    services.create(IPRange, **own, start="10.20.3.100", end="10.20.3.199", role="DHCP")
    w.switch = make_ci(name="SW-1", ci_class="switch", organisation=w.lumen, site=w.paris)
    w.server = make_ci(name="SRV-1", organisation=w.lumen, site=w.paris)
    ports = [{"name": "Gi1/0/2", "untagged_vlan": w.vlan.pk}, {"name": "Gi1/0/10"}]
    services.sync_interfaces(w.switch, ports, source="snmp", full=True)
    services.sync_interfaces(w.server, [{"name": "eth0", "ips": ["10.20.3.7/24"]}], source="agent", full=True)
    w.port, w.eth0 = Interface.objects.get(name="Gi1/0/2"), Interface.objects.get(name="eth0")
    w.cable = services.connect(w.port, w.eth0, kind="cat6", actor=w.network)[0]
    return w


def read(client, person, path: str, status: int = 200) -> str:
    client.force_login(person)
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def test_the_tree_shows_what_stands_below_what_and_how_full_it_is(client, plan):
    page = read(client, plan.agent, BASE + "prefixes/")
    assert page.index("10.20.0.0/16") < page.index("10.20.3.0/24")
    assert '<span class="ind" aria-hidden="true"></span>' in page
    assert "101 sur 254" in page or "101 of 254" in page
    assert "10.99.0.0" not in page
    assert "10.20.3.0/24" in read(client, plan.agent, BASE + "prefixes/?q=10.20.3.200")
    assert "10.20.0.0/16" not in read(client, plan.agent, BASE + "prefixes/?q=10.21.0.1")
    assert "10.20.0.0/16" not in read(client, plan.agent, BASE + "prefixes/?status=active&q=10.20")


def test_a_prefix_shows_children_gaps_addresses_and_the_next_free_one(client, plan):
    page = read(client, plan.agent, plan.low.get_absolute_url())
    for text in ("10.20.3.1", "10.20.3.7/24", "SRV-1", "20 Serveurs", "DHCP", "10.20.3.8 – 10.20.3.99"):
        assert text in page
    assert "next-address" not in page, "an agent reads; the network people give out"
    assert "next-address" in read(client, plan.network, plan.low.get_absolute_url())
    read(client, plan.foreign_agent, plan.low.get_absolute_url(), 404)
    read(client, plan.agent, plan.foreign.get_absolute_url(), 404)


def test_a_press_proposes_the_next_address_and_the_next_prefix(client, plan):
    client.force_login(plan.network)
    answer = client.post(plan.low.get_absolute_url() + "next-address/")
    assert not IPAddress.objects.filter(host="10.20.3.1").exists(), "it is only proposed"
    form = client.get(answer["Location"]).context["form"]
    wanted = {"status": "active"} | {f.name: f.value() for f in form if f.value() is not None}
    assert wanted["address"] == "10.20.3.1/24"
    assert client.post(answer["Location"], wanted).status_code == 302
    assert IPAddress.objects.get(host="10.20.3.1").organisation_id == plan.low.organisation_id
    late = client.post(answer["Location"], wanted)
    assert late.status_code == 422
    assert late.context["form"]["address"].value() == "10.20.3.2/24", "who comes second is offered the next one"
    assert client.post(answer["Location"], wanted | {"address": "nonsense"}).status_code == 422
    answer = client.post(plan.top.get_absolute_url() + "next-prefix/", {"length": "24"})
    assert not Prefix.objects.filter(prefix="10.20.0.0/24").exists(), "it is only proposed"
    first, other = client.get(answer["Location"]).context["form"], client.get(answer["Location"]).context["form"]
    proposed = {f.name: f.value() for f in first if f.value() is not None}
    assert (proposed["prefix"], other["prefix"].value()) == ("10.20.0.0/24", "10.20.0.0/24")
    assert client.post(answer["Location"], proposed).status_code == 302
    assert Prefix.objects.get(prefix="10.20.0.0/24").organisation_id == plan.top.organisation_id
    late = client.post(answer["Location"], proposed)
    assert late.status_code == 422
    assert late.context["form"]["prefix"].value() == "10.20.1.0/24", "who comes second is offered the next one"
    assert client.post(answer["Location"], proposed | {"prefix": "10.20.1.0/24"}).status_code == 302
    for length in ("16", "x", ""):
        answer = client.post(plan.top.get_absolute_url() + "next-prefix/", {"length": length})
        assert answer.status_code == 422
        assert "17" in answer.content.decode()
    assert client.post(plan.top.get_absolute_url() + "next-address/").status_code == 409
    client.force_login(plan.agent)
    assert client.post(plan.low.get_absolute_url() + "next-address/").status_code == 404


@pytest.mark.parametrize("path", ["", "prefixes/", "addresses/", "vlans/", "vlan-groups/", "vrfs/", "cables/"])
def test_lists_are_there_when_empty_and_stay_within_their_queries(client, world, plan, path):
    client.force_login(plan.agent)
    client.get(BASE + path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(BASE + path).status_code == 200
    assert len(queries) <= 16, [query["sql"] for query in queries]
    client.force_login(plan.foreign_agent)
    page = client.get(BASE + path).content.decode()
    assert "10.20." not in page
    assert client.get(BASE + path + "?status=nonsense&cursor=").status_code in (200, 422)


def test_an_address_is_found_by_its_host_name_and_network(client, plan):
    services.update(IPAddress, IPAddress.objects.get(host="10.20.3.7").pk, actor=None, dns_name="srv-1.lumen.test")
    for words in ("10.20.3.7", "10.20.3.0/28", "10.20", "SRV-1.lumen"):
        assert "10.20.3.7/24" in read(client, plan.agent, f"{BASE}addresses/?q={words}"), words
    assert "10.20.3.7/24" not in read(client, plan.agent, f"{BASE}addresses/?q=10.20.4.0/24")


def test_two_values_of_a_filter_are_alternatives(client, plan):
    services.create(Prefix, actor=None, organisation=plan.lumen, vrf=plan.vrf, prefix="192.168.0.0/24")
    shown = {}
    for query in (f"vrf={plan.vrf.pk}", "vrf=none", f"vrf={plan.vrf.pk}&vrf=none", "vrf=invites"):
        page = read(client, plan.agent, f"{BASE}prefixes/?{query}")
        shown[query] = ("192.168.0.0/24" in page, "10.20.3.0/24" in page)
    assert list(shown.values()) == [(True, False), (False, True), (True, True), (True, False)]
    both = read(client, plan.agent, f"{BASE}addresses/?assigned=true&assigned=false")
    assert "10.20.3.7/24" in both
    assert "10.20.3.7/24" not in read(client, plan.agent, f"{BASE}addresses/?assigned=false")


def test_the_page_of_an_item_shows_its_interfaces_and_what_they_are_cabled_to(client, plan):
    page = read(client, plan.agent, f"/cmdb/{plan.switch.pk}/")
    assert page.index("Gi1/0/2") < page.index("Gi1/0/10")
    assert "SRV-1" in page
    page = read(client, plan.agent, f"/cmdb/{plan.server.pk}/")
    assert "10.20.3.7/24" in page
    assert "Gi1/0/2" in page
    other = make_ci(name="SRV-2", organisation=plan.lumen)
    assert 'id="networks"' not in read(client, plan.agent, f"/cmdb/{other.pk}/")
    assert "interfaces/new/" in read(client, plan.network, f"/cmdb/{other.pk}/")


def test_a_vlan_shows_its_prefixes_and_where_it_is_carried(client, plan):
    page = read(client, plan.agent, plan.vlan.get_absolute_url())
    for text in ("10.20.3.0/24", "SW-1", "Gi1/0/2"):
        assert text in page


FORMS = {
    "vrfs": {"name": "Lab", "rd": "65000:9", "enforce_unique": "on"},
    "vlan-groups": {"name": "Bâtiment A", "min_vid": "1", "max_vid": "99"},
    "vlans": {"vid": "30", "name": "Voix", "status": "active"},
    "prefixes": {"prefix": "10.30.0.0/24", "status": "active", "vlan": "20"},
    "ranges": {"start": "10.20.3.210", "end": "10.20.3.220", "status": "active"},
    "addresses": {"address": "10.20.3.9/24", "status": "active", "target": "SRV-1", "port": "eth0"},
    "interfaces": {"name": "eth1", "mac": "001b.4411.3ab7", "tagged": "20", "enabled": "on"},
    "cables": {"target": "SRV-1", "port_kind": "interface", "port": "eth1", "status": "connected", "length_m": "2,5"},
}


def test_everything_is_added_changed_and_deleted_by_its_form(client, plan):
    client.force_login(plan.network)
    port = Interface.objects.get(name="Gi1/0/10")
    query = {"interfaces": f"?item={plan.server.pk}", "cables": f"?interface={port.pk}"}
    for kind, data in FORMS.items():
        new = f"{BASE}{kind}/new/{query.get(kind, '')}"
        assert client.get(new).status_code == 200
        empty = client.post(new, {})
        assert empty.status_code == 422, kind
        answer = client.post(new, data | ({} if kind in query else {"organisation": plan.lumen.pk}))
        assert answer.status_code == 302, (kind, answer.context["form"].errors)
    assert Prefix.objects.get(prefix="10.30.0.0/24").vlan == plan.vlan
    assert IPAddress.objects.get(host="10.20.3.9").interface == plan.eth0
    eth1 = Interface.objects.get(name="eth1")
    assert (eth1.mac, list(eth1.tagged_vlans.all())) == ("00:1b:44:11:3a:b7", [plan.vlan])
    assert str(Cable.objects.exclude(pk=plan.cable.pk).get().length_m) == "2.50"
    from technical.networks.editing import KINDS

    for kind in reversed(FORMS):
        row = KINDS[kind].model.objects.order_by("-pk").first()
        edit, delete = (f"{BASE}{kind}/{row.pk}/{act}/" for act in ("edit", "delete"))
        form = client.get(edit).context["form"]
        data = {f.html_name: f.value() for f in form if f.value() not in (None, False)}
        assert client.post(edit, data | {"description": "Dit"}).status_code == 302, kind
        row.refresh_from_db()
        assert row.description == "Dit"
        assert client.get(delete).status_code == 200
        assert client.post(delete).status_code == 302
        assert not type(row).objects.filter(pk=row.pk).exists()


def test_a_form_says_what_is_wrong_beside_its_field(client, plan):
    client.force_login(plan.network)
    for kind, data, field in (
        ("prefixes", {"prefix": "10.30.0.5/24", "status": "active"}, "prefix"),
        ("prefixes", {"prefix": "10.20.3.0/24", "status": "active", "organisation": plan.lumen.pk}, "prefix"),
        ("prefixes", {"prefix": "10.31.0.0/24", "status": "active", "vlan": "99"}, "vlan"),
        ("addresses", {"address": "10.20.3.7/24", "status": "active", "organisation": plan.lumen.pk}, "address"),
        ("addresses", {"address": "10.20.3.8/24", "status": "active", "target": "nobody"}, "target"),
        (
            "vlans",
            {"vid": "20", "name": "X", "status": "active", "site": plan.paris.pk, "organisation": plan.lumen.pk},
            "vid",
        ),
    ):
        answer = client.post(f"{BASE}{kind}/new/", data)
        assert answer.status_code == 422
        assert field in answer.context["form"].errors, (kind, answer.context["form"].errors)


def test_what_others_stand_on_is_not_deleted_and_the_page_says_why(client, plan):
    services.update(Prefix, plan.low.pk, actor=None, vrf=plan.vrf)
    client.force_login(plan.network)
    page = client.get(f"{BASE}vrfs/{plan.vrf.pk}/delete/").content.decode()
    assert "1 préfixe" in page or "1 prefix" in page
    assert "btn-danger" not in page
    assert client.post(f"{BASE}vrfs/{plan.vrf.pk}/delete/").status_code == 409


def test_what_one_may_not_change_has_no_form(client, plan):
    for person in (plan.agent, plan.foreign_agent, plan.customer):
        client.force_login(person)
        assert client.get(f"{BASE}prefixes/new/").status_code == 404
        assert client.post(f"{BASE}prefixes/{plan.low.pk}/delete/").status_code == 404
    assert Prefix.objects.filter(pk=plan.low.pk).exists()
