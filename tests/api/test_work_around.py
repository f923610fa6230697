"""Undoing a merge, splitting, followers: over REST."""

import pytest

from itsm.cmdb.models import Outage
from itsm.records.models import Comment
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests.cmdb.factories import make_service

pytestmark = pytest.mark.django_db
INCIDENTS = "/api/v1/incidents/"


@pytest.fixture
def said(world, incident):
    services.comment(incident.pk, actor=world.customer, body="And the printer smokes", public=True)
    return Comment.objects.get(record_id=incident.pk)


def test_a_merge_is_taken_back_once(api, address, world):
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Twin")
    api.agent.post(f"{address}merge/", {"into": other.number})
    assert "unmerge" in {each["name"] for each in api.agent.get(f"{address}moves/").json()["results"]}
    answer = api.agent.post(f"{address}unmerge/")
    assert (answer.status_code, answer.json()["state"], answer.json()["merged_into"]) == (200, "new", None)
    again = api.agent.post(f"{address}unmerge/")
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


def test_a_split_answers_with_the_new_incident(api, address, incident, said):
    body = {"comments": [said.pk], "title": "The printer smokes"}
    answer = api.agent.post(f"{address}split/", body, HTTP_IDEMPOTENCY_KEY="k")
    assert (answer.status_code, answer.json()["title"], answer.json()["requester"]) == (
        201,
        "The printer smokes",
        "customer",
    )
    assert answer["Location"].endswith(f"{INCIDENTS}{answer.json()['number']}/")
    assert answer.json()["number"] != incident.number
    again = api.agent.post(f"{address}split/", body, HTTP_IDEMPOTENCY_KEY="k")
    assert again.json() == answer.json()
    assert Incident.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "P"}, "comments"),
        ({"title": "P", "comments": []}, "comments"),
        ({"comments": [1]}, "title"),
        ({"title": "P", "comments": [2**62]}, "comments"),
        ({"title": "P", "comments": [1], "requester": "stranger"}, "requester"),
    ],
)
def test_a_split_says_what_is_wrong(api, address, said, body, field):
    answer = api.agent.post(f"{address}split/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_who_may_not_see_may_not_split_and_who_only_reads_neither(api, address, said):
    body = {"comments": [said.pk], "title": "P"}
    statuses = {
        name: getattr(api, name).post(f"{address}split/", body).status_code
        for name in ("stranger", "mainframe", "customer")
    }
    assert statuses == {"stranger": 404, "mainframe": 403, "customer": 403}


def test_followers_are_listed_added_and_removed(api, address):
    added = api.agent.post(f"{address}followers/", {"person": "colleague"})
    assert added.status_code == 201
    assert [each["person"] for each in added.json()["results"]] == ["colleague"]
    assert api.colleague.get(address).status_code == 200
    assert api.agent.delete(f"{address}followers/colleague/").status_code == 204
    assert api.agent.delete(f"{address}followers/colleague/").status_code == 204
    assert api.agent.get(f"{address}followers/").json()["results"] == []
    api.agent.post(f"{address}followers/", {"person": "colleague"})
    assert api.agent.delete(f"{address}followers/COLLEAGUE/").status_code == 204
    assert api.agent.get(f"{address}followers/").json()["results"] == []
    assert api.colleague.get(address).status_code == 404


def test_one_follows_and_leaves_by_oneself(api, address):
    assert api.mainframe.post(f"{address}followers/", {"person": "me"}).status_code == 201
    assert api.mainframe.delete(f"{address}followers/me/").status_code == 204
    api.agent.post(f"{address}followers/", {"person": "colleague"})
    assert api.colleague.delete(f"{address}followers/me/").status_code == 204
    assert api.colleague.get(address).status_code == 404


def test_others_are_added_by_who_works_the_incident(api, address):
    assert api.mainframe.post(f"{address}followers/", {"person": "network"}).status_code == 403
    assert api.mainframe.delete(f"{address}followers/network/").status_code == 403
    assert api.customer.get(f"{address}followers/").status_code == 403
    assert api.stranger.get(f"{address}followers/").status_code == 404
    refused = api.agent.post(f"{address}followers/", {"person": "customer"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["person"])


def test_time_is_entered_listed_put_right_and_taken_away(api, address):
    made = api.agent.post(f"{address}time/", {"minutes": 25, "kind": "call", "note": "Back"})
    assert (made.status_code, made.json()["person"], made.json()["billable"]) == (201, "agent", False)
    api.mainframe.post(f"{address}time/", {"minutes": 5})
    listed = api.agent.get(f"{address}time/").json()
    assert (listed["total_minutes"], listed["people"], len(listed["results"])) == (30, 2, 2)
    own = f"{address}time/{made.json()['id']}/"
    assert api.agent.patch(own, {"minutes": 30}).json()["minutes"] == 30
    assert api.lead.patch(own, {"minutes": 1}).status_code == 404
    assert api.agent.delete(own).status_code == 204
    assert api.agent.delete(own).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"minutes": 5, "kind": "x"}, "kind"),
        ({"minutes": 5, "task": 7}, "task"),
    ],
)
def test_time_that_makes_no_sense_is_said(api, address, body, field):
    answer = api.agent.post(f"{address}time/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_time_is_for_agents(api, address):
    statuses = {
        name: getattr(api, name).get(f"{address}time/").status_code for name in ("customer", "stranger", "mainframe")
    }
    assert statuses == {"customer": 403, "stranger": 404, "mainframe": 200}
    assert api.customer.post(f"{address}timer/").status_code == 403


def test_a_timer_starts_once_and_stops_once(api, address, incident):
    first, second = (api.agent.post(f"{address}timer/") for _time in range(2))
    assert first.json() == second.json()
    assert first.json()["incident"] == incident.number
    assert api.agent.post(f"{address}timer/stop/", {"note": "Cable"}).json()["minutes"] == 1
    assert api.agent.post(f"{address}timer/stop/").status_code == 409
    api.agent.post(f"{address}timer/")
    assert api.agent.delete(f"{address}timer/").status_code == 204
    assert api.agent.get(f"{address}time/").json()["total_minutes"] == 1


def test_a_resolution_may_carry_the_time(api, address):
    body = {"resolution_code": "solved", "resolution": "Done", "minutes": 12}
    assert api.agent.post(f"{address}resolve/", body).status_code == 200
    assert api.agent.get(f"{address}time/").json()["total_minutes"] == 12


def test_the_state_of_the_service_is_said_by_rest(api, address, incident, world):
    services.edit(incident.pk, actor=world.agent, service=make_service(organisation=world.lumen))
    said = api.agent.post(f"{address}outage/", {"state": "down", "public_fr": "On cherche."})
    assert said.status_code == 200
    assert (Outage.objects.get().record_id, Outage.objects.get().public_fr) == (incident.pk, "On cherche.")
    assert api.agent.post(f"{address}outage/", {"state": "gone"}).status_code == 400
    assert api.customer.post(f"{address}outage/", {"state": "up"}).status_code == 403
    assert api.agent.post(f"{address}outage/", {"state": "up"}).status_code == 200
    assert Outage.objects.get().ends_at is not None
