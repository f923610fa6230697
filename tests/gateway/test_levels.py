"""Agreements and clocks over REST: who reads, who writes, and what is refused."""

import pytest
from django.test import Client

from itsm.audit.models import Entry
from itsm.core import reference
from itsm.levels.models import Agreement, Clock
from servicedesk.incidents import services as incidents

pytestmark = pytest.mark.django_db
NEW = {
    "code": "GOLD", "name_fr": "Or", "name_en": "Gold", "organisation": "LUMEN",
    "targets": [{"priority": 2, "metric": "resolve", "seconds": 14400, "calendar": "ONCALL24"}, {"metric": "own", "seconds": None}],
}  # fmt: skip


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def send(client, method: str, path: str, body: dict):
    return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")


def test_an_administrator_adds_and_changes_an_agreement(world):
    admin = signed_in(world.admin)
    made = send(admin, "post", "agreements/", NEW)
    assert made.status_code == 201, made.content
    assert made["Location"].endswith("/api/v1/agreements/GOLD/")
    assert made.json()["organisation"] == "LUMEN"
    assert made.json()["targets"] == [
        {"priority": 2, "metric": "resolve", "seconds": 14400, "calendar": "ONCALL24"},
        {"priority": None, "metric": "own", "seconds": None, "calendar": None},
    ]
    changed = send(admin, "patch", "agreements/GOLD/", {"active": False, "valid_until": "2027-12-31"})
    assert (changed.status_code, changed.json()["active"], len(changed.json()["targets"])) == (200, False, 2)
    assert Entry.objects.get(verb="agreement.changed").changes == {
        "active": [True, False],
        "valid_until": [None, "2027-12-31"],
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "ola"}, "team"), ({"kind": "uc"}, "supplier"), ({"code": "STANDARD"}, "code"), ({"targets": []}, "targets"),
        ({"targets": [{"priority": 9, "metric": "own", "seconds": 1}]}, "targets"), ({"targets": [{"metric": "transfer", "seconds": 60}]}, "targets"),
        ({"targets": [{"metric": "own", "seconds": 60}] * 2}, "targets"), ({"record_kind": "poem"}, "record_kind"), ({"organisation": "NOWHERE"}, "organisation"),
        ({"valid_from": "2027-01-02", "valid_until": "2027-01-01"}, "valid_until"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_field(world, wrong, field):
    answer = send(signed_in(world.admin), "post", "agreements/", NEW | wrong)
    assert answer.status_code in (400, 422), answer.content
    assert field in answer.content.decode()
    assert not Agreement.objects.filter(code="GOLD").exists()


def test_agents_read_agreements_and_do_not_write_them(world):
    agent = signed_in(world.agent)
    assert [row["code"] for row in agent.get("/api/v1/agreements/?kind=sla").json()["results"]] == ["STANDARD"]
    assert agent.get("/api/v1/agreements/STANDARD/").status_code == 200
    assert send(agent, "post", "agreements/", NEW).status_code == 403
    assert send(agent, "patch", "agreements/STANDARD/", {"active": False}).status_code == 403
    assert signed_in(world.customer).get("/api/v1/agreements/").status_code == 403
    assert send(signed_in(world.admin), "patch", "agreements/NONE/", {"active": False}).status_code == 404


def test_an_agreement_of_another_organisation_is_unknown(world):
    send(signed_in(world.admin), "post", "agreements/", NEW | {"organisation": "AUTRE"})
    reference.forget_everything()
    assert signed_in(world.agent).get("/api/v1/agreements/GOLD/").status_code == 404
    assert signed_in(world.foreign_agent).get("/api/v1/agreements/GOLD/").status_code == 200


def test_clocks_by_record_state_and_due_with_segments_and_events(world, django_assert_max_num_queries):
    made = [
        incidents.open_incident(actor=world.agent, requester=world.customer, title=str(n), urgency=2, channel="phone")
        for n in range(3)
    ]
    agent = signed_in(world.agent)
    rows = agent.get(f"/api/v1/clocks/?record={made[0].number}&metric=resolve").json()["results"]
    assert [(row["record"], row["state"], row["agreement"], row["calendar"]) for row in rows] == [
        (made[0].number, "running", "STANDARD", "OFFICE")
    ]
    assert agent.get("/api/v1/clocks/?due_before=2020-01-01T00:00:00Z").json()["results"] == []
    assert agent.get("/api/v1/clocks/?state=stopped&kind=sla").json()["results"] == []
    assert agent.get("/api/v1/clocks/?team=NOBODY").status_code == 400
    with django_assert_max_num_queries(4):
        assert len(agent.get("/api/v1/clocks/").json()["results"]) == 6
    one = agent.get(f"/api/v1/clocks/{rows[0]['id']}/").json()
    assert one["events"][0]["what"] == "started"
    assert one["segments"][0]["end"] is None


def test_clocks_of_what_one_may_not_read_are_unknown(world):
    record = incidents.open_incident(actor=world.agent, requester=world.customer, title="x", urgency=2, channel="phone")
    clock = Clock.objects.filter(record=record).first()
    assert signed_in(world.foreign_agent).get(f"/api/v1/clocks/{clock.pk}/").status_code == 404
    assert signed_in(world.foreign_agent).get("/api/v1/clocks/").json()["results"] == []
    assert signed_in(world.customer).get(f"/api/v1/clocks/{clock.pk}/").status_code == 403


def test_a_target_is_given_whole_also_in_a_change(world):
    answer = send(signed_in(world.admin), "patch", "agreements/STANDARD/", {"targets": [{"seconds": 60}]})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["targets.0.metric"])


def test_conditions_of_clocks_are_written_read_and_refused(world):
    admin = signed_in(world.admin)
    pause = [{"field": "hold_reason", "in": ["supplier"]}]
    body = NEW | {"conditions": [{"metric": "resolve", "pause": pause}]}
    made = send(admin, "post", "agreements/", body)
    assert made.status_code == 201, made.content
    empty = {"start": [], "resume": [], "stop": [], "cancel": [], "reset": []}
    assert made.json()["conditions"] == [{"metric": "resolve", "pause": pause} | empty]
    kept = send(admin, "patch", "agreements/GOLD/", {"active": True})
    assert kept.json()["conditions"] == made.json()["conditions"]
    for wrong in (
        [{"metric": "own", "pause": pause}],
        [{"metric": "resolve", "pause": [{"field": "colour", "equals": "red"}]}],
        [{"metric": "resolve", "pause": [{"field": "hold_reason", "in": ["holidays"]}]}],
        [{"metric": "resolve"}, {"metric": "resolve"}],
    ):
        answer = send(admin, "patch", "agreements/GOLD/", {"conditions": wrong})
        assert (answer.status_code, "conditions" in answer.content.decode()) in {(400, True), (422, True)}, wrong
    reference.forget_everything()
    record = incidents.open_incident(actor=world.agent, requester=world.customer, title="x", urgency=2, channel="phone")
    clock = Clock.objects.get(record=record, kind="sla", metric="resolve")
    assert admin.get(f"/api/v1/clocks/{clock.pk}/").json()["conditions"] == clock.conditions
    assert send(admin, "patch", "agreements/GOLD/", {"conditions": []}).json()["conditions"] == []
