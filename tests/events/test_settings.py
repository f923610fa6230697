"""The pages where rules, silences and mappings are kept, and where a payload is tried."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from itsm.core import now
from itsm.events import services
from itsm.events.models import Alert, Event, EventRule, Silence
from itsm.gateway.events.models import EventMapping
from tests.world import person

pytestmark = pytest.mark.django_db
ROOT = "/settings/events/"
PAGES = ("", "rules/new/", "silences/", "silences/new/", "mappings/", "mappings/new/", "mappings/generic/", "try/")


@pytest.fixture
def page(world):
    def of(user):
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(user)
        return client

    return of


@pytest.fixture
def chief(world):
    """Keeps the registers of operations and works at the consoles, but administers nothing else."""
    return person(world, "chief", "Chloé", "Roux", [("ops", world.lumen)], [])


def conditions(*rows):
    found = {}
    for number, (field, how, value) in enumerate(rows):
        found |= {f"c-field-{number}": field, f"c-how-{number}": how, f"c-value-{number}": value}
    return found


def test_pages_exist_for_whom_they_are_for(page, world, chief):
    assert [page(world.admin).get(ROOT + path).status_code for path in PAGES] == [200] * len(PAGES)
    assert [page(chief).get(ROOT + path).status_code for path in PAGES] == [200, 200, 200, 200, 404, 404, 404, 404]
    assert {page(world.agent).get(ROOT + path).status_code for path in PAGES} == {404}
    assert {page(world.customer).get(ROOT + path).status_code for path in PAGES} == {404}


def test_a_rule_is_tried_saved_changed_and_removed(page, world, park, chief):
    services.raise_event(
        organisation=world.lumen, source="prom", key="a", severity="critical", title="Dead", item=park.server
    )
    client = page(chief)
    given = {
        "name": "Critical", "organisation_id": world.lumen.pk, "position": 5, "kind": "incident", "per": "item", "wait_seconds": 0,
        "most_per_hour": 20, "outage": "down", "active": "on", **conditions(("severity", "in", "critical, major"), ("", "equals", "")),
    }  # fmt: skip
    tried = client.post(ROOT + "rules/new/", {**given, "try": "1"})
    assert "1 of 1 fit." in tried.content.decode()
    assert not EventRule.objects.exists()
    assert client.post(ROOT + "rules/new/", given).status_code == 302
    rule = EventRule.objects.get()
    assert rule.conditions == [{"field": "severity", "how": "in", "value": ["critical", "major"]}]
    assert "Severity is one of Critical, Major" in client.get(ROOT).content.decode()
    assert client.post(f"{ROOT}rules/{rule.pk}/", {**given, **conditions(("nope", "equals", "x"))}).status_code == 422
    assert client.post(f"{ROOT}rules/{rule.pk}/", {**given, "kind": ""}).status_code == 422
    assert client.post(f"{ROOT}rules/{rule.pk}/remove/").status_code == 302
    assert not EventRule.objects.exists()


def test_rules_of_others_are_not_there(page, world, chief):
    other = EventRule.objects.create(name="Theirs", organisation=world.other)
    of_all = EventRule.objects.create(name="Everybody’s")
    text = page(chief).get(ROOT).content.decode()
    assert "Everybody’s" in text
    assert "Theirs" not in text
    assert [page(chief).get(f"{ROOT}rules/{r.pk}/").status_code for r in (other, of_all)] == [404, 404]
    assert page(world.admin).get(f"{ROOT}rules/{of_all.pk}/").status_code == 200


def test_a_silence_is_planned_and_ended(page, world, chief):
    services.raise_event(organisation=world.lumen, source="prom", key="a", severity="critical", title="Dead")
    client, until = page(chief), (now() + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
    given = {"reason": "Moving", "organisation": world.lumen.pk, "ends_at": until}
    assert client.post(ROOT + "silences/new/", given).status_code == 422
    assert client.post(ROOT + "silences/new/", {**given, **conditions(("source", "equals", "prom"))}).status_code == 302
    assert Alert.objects.get().state == "silenced"
    assert "Moving" in client.get(ROOT + "silences/").content.decode()
    client.post(f"{ROOT}silences/{Silence.objects.get().pk}/end/")
    assert Alert.objects.get().state == "open"


def test_a_mapping_is_changed_and_taken_back(page, world):
    client = page(world.admin)
    spec = {"fields": {"title": "{what}", "key": "{id}"}}
    given = {
        "code": "mine",
        "name": "Mine",
        "position": 5,
        "active": "on",
        "spec": json.dumps({**spec, "detect": [{"path": "what", "how": "filled"}]}),
    }
    assert client.post(ROOT + "mappings/new/", given).status_code == 302
    assert client.post(ROOT + "mappings/new/", given).status_code == 422
    assert client.post(ROOT + "mappings/new/", {**given, "code": "x", "spec": "{"}).status_code == 422
    assert client.post(ROOT + "mappings/new/", {**given, "code": "x", "spec": '{"fields": {}}'}).status_code == 422
    assert client.post(ROOT + "mappings/generic/", {**given, "spec": json.dumps(spec)}).status_code == 302
    assert EventMapping.objects.get(code="generic").spec == spec
    client.post(ROOT + "mappings/generic/take-back/")
    assert EventMapping.objects.get(code="generic").spec != spec
    client.post(ROOT + "mappings/mine/take-back/")
    assert not EventMapping.objects.filter(code="mine").exists()


def test_a_payload_is_tried_and_nothing_is_kept(page, world, park, rule):
    client = page(world.admin)
    body = {"title": "Disk full", "key": "k1", "ci": "SRV-DB-01", "severity": "critical"}
    answer = client.post(ROOT + "try/", {"organisation": world.lumen.pk, "body": json.dumps(body)}).content.decode()
    for words in ("Disk full", "SRV-DB-01", "JSON: source, key", "Critical"):
        assert words in answer
    assert client.post(ROOT + "try/", {"organisation": world.lumen.pk, "body": "hello"}).status_code == 422
    form = client.post(
        ROOT + "try/",
        {"organisation": world.lumen.pk, "body": "type=PROBLEM&host=who&service=disk&state=CRITICAL&output=x"},
    ).content.decode()
    assert "none is called “who”" in form
    assert not Event.objects.exists()
    assert not Alert.objects.exists()


def test_a_rule_names_the_teams_within_reach_only(world, page):
    stranger = person(world, "xops", "Xenia", "Ops", [("ops", world.other)], [], organisation=world.other)
    text = page(stranger).get(f"{ROOT}rules/new/").content.decode()
    assert world.n1.code not in text
    body = {
        "name": "R",
        "position": 1,
        "per": "item",
        "wait_seconds": 0,
        "most_per_hour": 1,
        "organisation_id": world.other.pk,
    }
    assert page(stranger).post(f"{ROOT}rules/new/", body | {"team_id": world.n1.pk}).status_code == 422
    assert page(stranger).post(f"{ROOT}rules/new/", body).status_code == 302
