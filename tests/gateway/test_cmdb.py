"""Items, relations, classes and services over REST: names, rights, history, impact, as of any instant."""

import pytest

from itsm.cmdb import classes, services
from itsm.cmdb.models import CIHistory, ConfigurationItem, Relation, Service

pytestmark = pytest.mark.django_db
CIS, RELATIONS = "/api/v1/cis/", "/api/v1/relations/"


@pytest.fixture
def cmdb(world):
    """A mail service on two servers that stand in for each other, on one storage array; a server of somebody else's."""
    classes.load_files()
    make = lambda key, ci_class, org=world.lumen: services.create_ci(  # noqa: E731 - four of a kind
        actor=world.network, ci_class=ci_class, name=key.title(), key=key, organisation=org
    )
    found = {
        "mail": make("SRV-MAIL", "it_service"), "a": make("SV-A", "physical_server"), "b": make("SV-B", "physical_server"),
        "disk": make("DISK-1", "storage_array"), "foreign": make("SV-X", "physical_server", world.other),
    }  # fmt: skip
    Service.objects.create(item=found["mail"], customer=world.lumen)
    for server in ("a", "b"):
        services.relate(found["mail"], found[server], "runs_on", actor=world.network, group=1, need=1)
        services.relate(found[server], found["disk"], "uses", actor=world.network)
    return found


def keys(answer):
    assert answer.status_code == 200, answer.json()
    return [row["key"] for row in answer.json()["results"]]


def test_items_are_read_by_id_and_by_key_within_reach(api, cmdb):
    assert keys(api.agent.get(CIS)) == ["DISK-1", "SRV-MAIL", "SV-A", "SV-B"]
    assert api.agent.get(f"{CIS}SV-A/").json() == api.agent.get(f"{CIS}{cmdb['a'].pk}/").json()
    assert api.agent.get(f"{CIS}SV-X/").status_code == 404
    assert api.agent.get(f"{CIS}{cmdb['foreign'].pk}/impact/").status_code == 404
    assert api.agent.get(f"{CIS}SV-X/history/").status_code == 404
    assert keys(api.foreign_agent.get(CIS)) == ["SV-X"]
    assert api.customer.get(CIS).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ci_class=physical_server", ["SV-A", "SV-B"]), ("ci_class=compute", ["SV-A", "SV-B"]), ("q=disk", ["DISK-1"]),
        ("key=SV-B", ["SV-B"]), ("state=down", []), ("status=live&q=sv-", ["SV-A", "SV-B"]), ("organisation=AUTRE", []),
    ],
)  # fmt: skip
def test_items_are_filtered(api, cmdb, query, found):
    assert keys(api.agent.get(f"{CIS}?{query}")) == found


def test_adding_an_item_checks_its_attributes_and_keeps_its_history(api, world, cmdb):
    body = {
        "ci_class": "physical_server",
        "name": "Node 7",
        "serial": "ABC",
        "owner": "network",
        "support_team": "N2-RES",
        "site": "PAR",
    }
    answer = api.network.post(CIS, body)
    made = answer.json()
    assert answer.status_code == 201, made
    assert (made["key"], made["owner"], made["support_team"], made["organisation"]) == (
        "node-7",
        "network",
        "N2-RES",
        "LUMEN",
    )
    assert made == api.agent.get(f"{CIS}node-7/").json()
    assert answer["ETag"] == '"1"'
    assert CIHistory.objects.filter(item_id=made["id"]).count() == 1
    assert api.agent.post(CIS, body).status_code == 403


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "ci_class"),
        ({"ci_class": "spaceship", "name": "x"}, "ci_class"),
        ({"ci_class": "compute", "name": "x"}, "ci_class"),
        ({"ci_class": "physical_server", "name": ""}, "name"),
        ({"ci_class": "physical_server", "name": "x", "key": "SV-A"}, "key"),
        ({"ci_class": "physical_server", "name": "Sv-A"}, "name"),
        ({"ci_class": "physical_server", "name": "x", "attributes": {"wings": 2}}, "attributes"),
        ({"ci_class": "physical_server", "name": "x", "attributes": [1]}, "attributes"),
        ({"ci_class": "physical_server", "name": "x", "criticality": 9}, "criticality"),
        ({"ci_class": "physical_server", "name": "x", "organisation": "AUTRE"}, "organisation"),
        ({"ci_class": "physical_server", "name": "x", "end_of_support_on": "soon"}, "end_of_support_on"),
    ],
)
def test_what_is_wrong_with_an_item_is_named(api, cmdb, given, field):
    before = ConfigurationItem.objects.count()
    answer = api.network.post(CIS, given)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert ConfigurationItem.objects.count() == before


def test_an_item_changes_with_its_version_and_tells_who_changed_what(api, world, cmdb):
    changed = api.network.patch(
        f"{CIS}SV-A/", {"state": "down", "owner": "network", "reason": "PSU"}, HTTP_IF_MATCH='"1"'
    )
    assert (changed.status_code, changed.json()["state"], changed["ETag"]) == (200, "down", '"2"')
    assert api.network.patch(f"{CIS}SV-A/", {"state": "up"}, HTTP_IF_MATCH='"1"').status_code == 412
    newest = api.agent.get(f"{CIS}SV-A/history/").json()["results"][0]
    assert (newest["actor"], newest["reason"], newest["changes"]["state"]) == ("network", "PSU", ["up", "down"])
    assert newest["changes"]["owner"] == [None, "network"]
    assert list(api.network.patch(f"{CIS}SV-A/", {"status": "retired"}).json()["errors"]) == ["reason"]
    assert api.network.patch(f"{CIS}SV-A/", {"status": "retired", "reason": "Sold"}).json()["status"] == "retired"


def test_the_past_reads_as_it_was(api, world, cmdb):
    then = CIHistory.objects.get(item=cmdb["a"]).valid_from.isoformat().replace("+00:00", "Z")
    api.network.patch(f"{CIS}SV-A/", {"state": "down"})
    relation = Relation.objects.get(source=cmdb["a"])
    api.network.delete(f"{RELATIONS}{relation.pk}/")
    assert api.agent.get(f"{CIS}SV-A/?as_of={then}").json()["state"] == "up"
    assert api.agent.get(f"{CIS}SV-A/").json()["state"] == "down"
    assert api.agent.get(f"{CIS}SV-A/?as_of=2001-01-01T00:00:00Z").status_code == 404
    assert keys(api.agent.get(f"{CIS}?as_of=2001-01-01T00:00:00Z")) == []
    assert keys(
        api.agent.get(
            f"{CIS}?as_of={CIHistory.objects.latest('id').valid_from.isoformat().replace('+00:00', 'Z')}&state=down"
        )
    ) == ["SV-A"]
    since = relation.created_at.isoformat().replace("+00:00", "Z")
    assert [r["id"] for r in api.agent.get(f"{RELATIONS}?as_of={since}&source=SV-A").json()["results"]] == [relation.pk]
    assert api.agent.get(f"{RELATIONS}?source=SV-A").json()["results"] == []
    assert api.agent.get(f"{CIS}?as_of=soon").status_code == 400


def test_impact_says_down_or_degraded_and_the_path(api, cmdb):
    body = api.agent.get(f"{CIS}SV-A/impact/").json()
    assert [(row["key"], row["state"], row["path"]) for row in body["results"]] == [
        ("SRV-MAIL", "degraded", ["Sv-A", "Srv-Mail"])
    ]
    body = api.agent.get(f"{CIS}DISK-1/impact/").json()
    assert {row["key"]: row["state"] for row in body["results"]} == {"SRV-MAIL": "down", "SV-A": "down", "SV-B": "down"}
    assert (body["direct"], body["truncated"]) == (2, False)
    assert {row["key"] for row in api.agent.get(f"{CIS}DISK-1/impact/?depth=1").json()["results"]} == {"SV-A", "SV-B"}
    assert api.agent.get(f"{CIS}DISK-1/impact/?depth=99").status_code == 400


def test_relations_are_made_and_removed_by_name(api, cmdb):
    made = api.network.post(RELATIONS, {"source": "SV-B", "target": "SV-A", "type": "uses"})
    assert (made.status_code, made.json()["source"], made.json()["type"]) == (201, "SV-B", "uses")
    assert api.agent.get(f"{RELATIONS}{made.json()['id']}/").json() == made.json()
    assert {row["target"] for row in api.agent.get(f"{RELATIONS}?item=SV-B").json()["results"]} == {
        "SV-A",
        "DISK-1",
        "SV-B",
    }
    for given, field in [
        ({"source": "SV-A", "target": "SV-A", "type": "uses"}, "target"), ({"source": "SV-B", "target": "SV-A", "type": "uses"}, "target"),
        ({"source": "SV-A", "target": "SV-B", "type": "loves"}, "type"), ({"source": "SV-A", "target": "SV-X", "type": "uses"}, "target"),
    ]:  # fmt: skip
        assert list(api.network.post(RELATIONS, given).json()["errors"]) == [field]
    assert api.agent.delete(f"{RELATIONS}{made.json()['id']}/").status_code == 403
    assert api.network.delete(f"{RELATIONS}{made.json()['id']}/").status_code == 204
    assert api.network.delete(f"{RELATIONS}{made.json()['id']}/").status_code == 404


def test_classes_come_with_what_they_inherit(api, cmdb):
    found = api.agent.get("/api/v1/ci-classes/physical_server/").json()
    assert (found["parent"], found["abstract"], found["schema"]["additionalProperties"]) == ("compute", False, False)
    assert set(classes.classes.get()["compute"].properties) <= set(found["schema"]["properties"])


def test_services_are_for_everyone_whom_they_serve(api, cmdb):
    assert keys(api.agent.get("/api/v1/services/")) == ["SRV-MAIL"]
    assert keys(api.customer.get("/api/v1/services/?q=mail")) == ["SRV-MAIL"]
    assert keys(api.stranger.get("/api/v1/services/")) == []
    assert api.customer.get("/api/v1/services/SRV-MAIL/").json()["customer"] == "LUMEN"
    Service.objects.update(public=False)
    assert api.customer.get("/api/v1/services/SRV-MAIL/").status_code == 404


def test_a_relation_is_changed_in_place_with_its_version(api, world, cmdb):
    relation = Relation.objects.get(source=cmdb["a"], target=cmdb["disk"])
    path = f"{RELATIONS}{relation.pk}/"
    assert api.agent.patch(path, {"strength": "partial"}, format="json").status_code == 403
    tag = api.network.get(path)["ETag"]
    answer = api.network.patch(path, {"strength": "partial", "reason": "measured"}, format="json", HTTP_IF_MATCH=tag)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["strength"] == "partial"
    assert answer["ETag"] != tag
    assert api.network.patch(path, {"strength": "full"}, format="json", HTTP_IF_MATCH=tag).status_code == 412
    dates = {"valid_from": "2026-02-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"}
    refused = api.network.patch(path, dates, format="json")
    assert refused.status_code == 400
    assert "valid_to" in refused.json()["errors"]
    states = {row["key"]: row["state"] for row in api.agent.get(f"{CIS}DISK-1/impact/").json()["results"]}
    assert states["SV-A"] == "degraded"


def test_dependencies_go_upstream_and_say_what_each_loss_does(api, cmdb):
    found = api.agent.get(f"{CIS}SRV-MAIL/dependencies/").json()
    assert {row["key"]: row["effect"] for row in found["results"]} == {
        "SV-A": "degraded", "SV-B": "degraded", "DISK-1": "down",
    }  # fmt: skip
    assert found["results"][0]["path"] == ["Srv-Mail", "Sv-A", "Disk-1"] or found["direct"] == 2
    assert {row["state"] for row in found["results"]} == {"up"}
    assert api.agent.get(f"{CIS}SV-X/dependencies/").status_code == 404


def test_the_impact_counts_services_and_people_and_is_bounded_in_words(api, cmdb):
    found = api.agent.get(f"{CIS}DISK-1/impact/?limit=2").json()
    assert found["truncated"]
    whole = api.agent.get(f"{CIS}DISK-1/impact/").json()
    assert whole["services"] == {"down": 1, "degraded": 0}
    assert whole["people_touched"] == whole["people"] > 0
    for query in ("limit=0", "limit=5001", "limit=x", "depth=11"):
        assert api.agent.get(f"{CIS}DISK-1/impact/?{query}").status_code == 400


def test_an_incident_about_an_item_gets_the_service_that_suffers_most(api, world, cmdb):
    body = {"title": "Disk", "requester": "customer", "items": ["DISK-1"]}
    assert api.agent.post("/api/v1/incidents/", body, format="json").json()["service"] == "SRV-MAIL"
    body = {"title": "Disk", "items": ["SV-A"], "service": None}
    made = api.agent.post("/api/v1/incidents/", body, format="json")
    assert made.status_code == 201, made.json()


def test_many_items_are_changed_with_a_result_each(client, world):
    fine = services.create_ci(actor=None, ci_class="physical_server", name="A", key="a", organisation=world.lumen)
    old = services.create_ci(actor=None, ci_class="physical_server", name="B", key="b", organisation=world.lumen)
    services.retire_ci(old.pk, actor=None, reason="old")
    services.create_ci(actor=None, ci_class="physical_server", name="C", key="c", organisation=world.other)
    client.force_login(world.network)
    body = {
        "items": ["a", str(old.pk), "c", "moon"],
        "changes": {"criticality": 1, "attributes": {"cpu_count": 4}, "reason": "audit"},
    }
    answer = client.post("/api/v1/cis/bulk/", body, content_type="application/json")
    assert [row["ok"] for row in answer.json()["results"]] == [True, False, False, False]
    assert "B" in answer.json()["results"][1]["message"]
    fine.refresh_from_db()
    assert (fine.criticality, fine.attributes, fine.version) == (1, {"cpu_count": 4}, 2)
    for wrong in (
        {"items": []},
        {"items": ["a"]},
        {"items": ["a"], "changes": {"name": "x"}},
        {"items": ["a"], "changes": {"status": "retired"}},
    ):
        assert client.post("/api/v1/cis/bulk/", wrong, content_type="application/json").status_code == 400
    client.force_login(world.agent)
    assert client.post("/api/v1/cis/bulk/", body, content_type="application/json").status_code == 403
