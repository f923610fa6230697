"""The networks over REST."""

import pytest
from rest_framework.test import APIClient

from technical.models import IPAddress, Prefix
from technical.networks import services
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db
API = "/api/v1/"


@pytest.fixture
def api(world):
    """A client of the network specialist."""
    return as_(world.network)


def as_(person) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


def test_the_plan_is_written_and_read(api, world):
    vrf = api.post(f"{API}vrfs/", {"name": "Invités", "rd": "65000:20"}, format="json")
    assert (vrf.status_code, vrf.json()["organisation"]) == (201, "LUMEN")
    group = api.post(f"{API}vlan-groups/", {"name": "Paris", "site": "PAR", "max_vid": 99}, format="json").json()
    vlan = api.post(f"{API}vlans/", {"vid": 20, "name": "Invités", "group": "paris"}, format="json").json()
    assert (vlan["group"], vlan["site"]) == (group["id"], "PAR")
    body = {"prefix": "10.20.0.0/24", "vrf": "invites", "vlan": vlan["id"], "site": "PAR"}
    prefix = api.post(f"{API}prefixes/", body, format="json").json()
    assert (prefix["vrf"], prefix["used"], prefix["size"], prefix["depth"]) == (vrf.json()["id"], 0, 254, 0)
    again = api.post(f"{API}prefixes/", body, format="json")
    assert (again.status_code, list(again.json()["errors"])) == (400, ["prefix"])
    one = f"{API}prefixes/{prefix['id']}/"
    assert api.patch(one, {"role": "wifi"}, format="json").json()["role"] == "wifi"
    assert api.delete(f"{API}vrfs/{vrf.json()['id']}/").status_code == 409
    assert api.get(f"{API}prefixes/?contains=10.20.0.9&fields=prefix").json()["results"] == [{"prefix": "10.20.0.0/24"}]
    assert as_(world.foreign_agent).get(one).status_code == 404
    assert as_(world.agent).patch(one, {"role": "x"}, format="json").status_code == 403
    assert api.delete(one).status_code == 204


def test_the_next_address_and_prefix_are_told_by_get_and_given_out_by_post(api, world):
    top = Prefix.objects.create(organisation=world.lumen, prefix="10.20.0.0/22", status="container")
    one = f"{API}prefixes/{top.pk}/"
    assert api.get(f"{one}next-prefix/?length=24").json() == {"prefix": "10.20.0.0/24"}
    assert api.get(f"{one}next-prefix/").status_code == 400
    assert api.get(f"{one}next-prefix/?length=22").status_code == 400
    made = api.post(f"{one}next-prefix/", {"length": 24, "description": "Étage 1"}, format="json")
    assert (made.status_code, made.json()["prefix"], made.json()["depth"]) == (201, "10.20.0.0/24", 1)
    low = f"{API}prefixes/{made.json()['id']}/next-address/"
    assert api.get(low).json() == {"address": "10.20.0.1/24"}
    given = api.post(low, {"dns_name": "a.lumen.test"}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (given.status_code, given.json()["address"]) == (201, "10.20.0.1/24")
    assert api.post(low, {"dns_name": "a.lumen.test"}, format="json", HTTP_IDEMPOTENCY_KEY="k1").json() == given.json()
    assert IPAddress.objects.count() == 1
    assert api.post(f"{one}next-address/", {}, format="json").status_code == 409
    assert as_(world.agent).post(low, {}, format="json").status_code == 403
    assert as_(world.agent).get(low).json() == {"address": "10.20.0.2/24"}


def test_interfaces_and_cables_are_written_and_read(api, world):
    switch = make_ci(name="SW-1", ci_class="switch", organisation=world.lumen)
    server = make_ci(name="SRV-1", organisation=world.lumen)
    ports = [
        api.post(f"{API}interfaces/", {"item": item.key, "name": name, "mac": mac}, format="json").json()
        for item, name, mac in ((switch, "Gi1", ""), (server, "eth0", "001b.4411.3ab7"))
    ]
    api.post(f"{API}ip-addresses/", {"address": "10.0.0.7/24", "interface": ports[1]["id"]}, format="json")
    body = {"a": {"interface": ports[0]["id"]}, "b": {"interface": ports[1]["id"]}, "kind": "cat6", "length_m": "2.5"}
    cable = api.post(f"{API}cables/", body, format="json")
    assert (cable.status_code, cable.json()["b"]["item"], cable.json()["length_m"]) == (201, server.key, 2.5)
    found = api.get(f"{API}interfaces/?mac=00-1B-44-11-3A-B7").json()["results"][0]
    assert (found["item"], found["addresses"], found["cable"]) == (server.key, ["10.0.0.7/24"], cable.json()["id"])
    wrong = api.post(f"{API}cables/", {"a": {}, "b": {"item": server.key, "port": "1"}}, format="json")
    assert wrong.status_code == 400
    assert api.get(f"{API}cables/?item={server.key}").json()["results"] == [cable.json()]
    assert as_(world.foreign_agent).get(f"{API}cables/").json()["results"] == []
    assert api.delete(f"{API}cables/{cable.json()['id']}/").status_code == 204
    assert api.get(f"{API}interfaces/{ports[0]['id']}/").json()["cable"] is None


def test_pages_of_addresses_go_on_by_cursor_in_the_order_of_their_numbers(api, world):
    for n in (10, 9, 100):
        services.create(IPAddress, actor=None, organisation=world.lumen, address=f"10.0.0.{n}/24")
    first = api.get(f"{API}ip-addresses/?page_size=2").json()
    assert [row["address"] for row in first["results"]] == ["10.0.0.9/24", "10.0.0.10/24"]
    assert [row["address"] for row in api.get(first["next"]).json()["results"]] == ["10.0.0.100/24"]
    assert [r["address"] for r in api.get(f"{API}ip-addresses/?q=10.0.0.8/29").json()["results"]] == [
        "10.0.0.9/24",
        "10.0.0.10/24",
    ]


@pytest.mark.parametrize("number", ["-1e5000", "1e5000", "-1", "²"])
@pytest.mark.parametrize("address", ["prefixes/?vlan=", "ip-addresses/?prefix=", "interfaces/?vlan="])
def test_a_key_that_cannot_be_is_said(api, address, number):
    assert api.get(f"{API}{address}{number}").status_code == 400
