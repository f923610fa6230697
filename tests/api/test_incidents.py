"""Incidents over REST: the shape, who may, what is refused and how."""

from datetime import timedelta

import pytest

from itsm.core import now
from itsm.records.models import Hop, Record
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db
INCIDENTS = "/api/v1/incidents/"
PROBLEM = "application/problem+json"


def test_a_requester_opens_with_a_title_and_gets_the_whole_record(api, world):
    answer = api.customer.post(INCIDENTS, {"title": "No mail", "description": "Since nine", "urgency": 2})
    body = answer.json()
    assert answer.status_code == 201
    assert body["number"].startswith("INC")
    assert answer["Location"].endswith(f"/api/v1/incidents/{body['number']}/")
    assert answer["ETag"] == '"1"'
    expected = {
        "kind": "incident", "state": "new", "phase": "open", "impact": 4, "urgency": 2, "priority": 3, "requester": "customer",
        "opened_by": "customer", "organisation": "LUMEN-FIN", "team": "N1-CDS", "assignee": None, "level": 1, "channel": "api",
        "site": "PAR", "items": [], "parent": None, "version": 1,
    }  # fmt: skip
    assert {name: body[name] for name in expected} == expected
    assert body == api.customer.get(f"{INCIDENTS}{body['number']}/").json()


def test_what_is_given_out_is_what_the_reference_describes(api, address):
    from servicedesk.desk.shapes import IncidentShape

    assert set(api.agent.get(address).json()) == set(IncidentShape().fields)
    assert set(api.agent.get(INCIDENTS).json()["results"][0]) == set(IncidentShape().fields)


def test_an_agent_opens_for_somebody_with_codes_and_keys(api, world, estate):
    answer = api.agent.post(
        INCIDENTS,
        {
            "title": "Mail down", "requester": "CUSTOMER", "service": "SRV-MAIL", "items": [estate.server.pk, "SRV-MAIL"], "impact": 1,
            "urgency": 1, "team": "N2-RES", "assignee": "network", "channel": "phone", "language": "en",
        },
    )  # fmt: skip
    body = answer.json()
    assert answer.status_code == 201, body
    assert (body["requester"], body["service"], body["items"], body["priority"]) == (
        "customer",
        "SRV-MAIL",
        ["SV-001", "SRV-MAIL"],
        1,
    )
    assert (body["team"], body["assignee"], body["channel"], body["opened_by"]) == (
        "N2-RES",
        "network",
        "phone",
        "agent",
    )
    assert body == api.agent.get(f"{INCIDENTS}{body['number']}/").json()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "title"),
        ({"title": "   "}, "title"),
        ({"title": None}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": {"a": 1}}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "x", "urgency": 9}, "urgency"),
        ({"title": "x", "urgency": "high"}, "urgency"),
        ({"title": "x", "urgency": 10**30}, "urgency"),
        ({"title": "x", "category": "nowhere"}, "category"),
        ({"title": "x", "requester": "nobody"}, "requester"),
        ({"title": "x", "items": ["NO-SUCH"]}, "items.0"),
        ({"title": "x", "items": "SV-001"}, "items"),
        ({"title": "x", "items": [99999999999999999999999]}, "items.0"),
        ({"title": "x", "service": True}, "service"),
        ({"title": "x", "occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
        ({"title": "x", "occurred_at": "yesterday"}, "occurred_at"),
        ({"title": "x", "channel": "pigeon"}, "channel"),
        ({"title": "x", "team": "N9"}, "team"),
        ({"title": "x", "assignee": "network"}, "team"),
        ({"title": "x", "assignee": "network", "team": "N1-CDS"}, "assignee"),
        ({"title": "x", "follows": "INC9999999"}, "follows"),
        ({"title": "x", "requester": None}, "requester"),
    ],
)
def test_bad_values_are_named_by_field(api, given, field):
    answer = api.agent.post(INCIDENTS, given)
    assert answer.status_code == 400
    assert answer["Content-Type"] == PROBLEM
    assert list(answer.json()["errors"]) == [field]
    assert answer.json()["code"] == "invalid"
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b'{"title": "\\ud800"}', "application/json", 400),
        (b"<title/>", "application/xml", 415),
        (b"title=x", "application/x-www-form-urlencoded", 415),
        (b'{"title": "' + b"x" * 6_000_000 + b'"}', "application/json", 413),
    ],
)
def test_bodies_that_cannot_be_read_are_refused_with_a_reason(api, body, content_type, status):
    answer = api.agent.generic("POST", INCIDENTS, body, content_type)
    assert answer.status_code == status
    assert answer["Content-Type"] == PROBLEM
    assert answer.json()["detail"]


def test_html_is_kept_as_it_was_written_and_given_back_as_text(api):
    text = "<script>alert(1)</script>"
    body = api.customer.post(INCIDENTS, {"title": text, "description": text}).json()
    assert (body["title"], body["description"]) == (text, text)


def test_a_requester_neither_sets_impact_nor_places_the_work(api):
    body = api.customer.post(INCIDENTS, {"title": "x", "impact": 1, "urgency": 1}).json()
    assert body["impact"] == 4
    for name, value in {"organisation": "LUMEN-FIN", "channel": "phone"}.items():
        answer = api.customer.post(INCIDENTS, {"title": "x", name: value})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])
    assert api.customer.post(INCIDENTS, {"title": "x", "requester": "colleague"}).status_code == 400


def test_items_of_others_are_as_unknown_as_those_that_do_not_exist(api, estate):
    unknown = api.agent.post(INCIDENTS, {"title": "x", "items": ["SV-777"]}).json()["errors"]["items.0"][0]
    foreign = api.agent.post(INCIDENTS, {"title": "x", "items": ["SV-900"]}).json()["errors"]["items.0"][0]
    assert foreign.replace("SV-900", "SV-777") == unknown
    assert api.customer.post(INCIDENTS, {"title": "x", "items": ["SV-001"]}).status_code == 400
    assert api.customer.post(INCIDENTS, {"title": "x", "service": "SRV-MAIL"}).status_code == 201


def test_the_whole_life_over_rest(api, world, address):
    steps = [
        (api.agent, "acknowledge", {}, "in_progress"),
        (api.agent, "hold", {"reason": "requester", "comment": "Which floor?"}, "on_hold"),
        (api.customer, "comment", {"body": "Third"}, "in_progress"),
        (api.agent, "escalate", {"reason": "Network"}, "assigned"),
        (api.network, "assign", {"assignee": "network"}, "assigned"),
        (api.network, "acknowledge", {}, "in_progress"),
        (api.network, "alert", {"reason": "Everyone is down"}, "in_progress"),
        (
            api.network,
            "resolve",
            {"resolution_code": "solved", "resolution": "Cable", "cause_code": "hardware"},
            "resolved",
        ),
        (api.customer, "reopen", {"reason": "Still silent"}, "in_progress"),
        (api.network, "resolve", {"resolution_code": "solved", "resolution": "Cable again"}, "resolved"),
        (api.customer, "close", {}, "closed"),
    ]
    for client, name, body, state in steps:
        answer = client.post(f"{address}{name}/", body)
        assert (answer.status_code, answer.json().get("state")) == (200, state), (name, answer.json())
        assert answer["ETag"] == f'"{answer.json()["version"]}"'
    seen = api.agent.get(address).json()
    assert (seen["team"], seen["level"], seen["escalation_count"], seen["reopen_count"], seen["alert_count"]) == (
        "N2-RES",
        2,
        1,
        1,
        1,
    )
    assert (seen["resolution"], seen["resolved_by"], seen["resolution_code"]) == ("Cable again", "network", "solved")


def test_an_answer_to_a_move_is_the_record_as_a_later_read_gives_it(api, address):
    answer = api.agent.post(f"{address}acknowledge/").json()
    assert answer == api.agent.get(address).json()
    answer = api.agent.post(f"{address}resolve/", {"resolution_code": "solved", "resolution": "Done"}).json()
    assert answer == api.agent.get(address).json()


def test_a_move_that_the_state_does_not_allow_is_a_409_with_the_reason(api, address):
    answer = api.agent.post(f"{address}resume/")
    assert answer.status_code == 409
    assert answer["Content-Type"] == PROBLEM
    assert answer.json()["code"] == "illegal_move"
    assert answer.json()["data"] == {"state": "new", "move": "resume"}


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("escalate", {}, "reason"),
        ("alert", {"reason": " "}, "reason"),
        ("hold", {"reason": "never"}, "reason"),
        ("hold", {"reason": "requester"}, "comment"),
        ("hold", {"reason": "planned"}, "until"),
        ("hold", {"reason": "planned", "until": "2001-01-01T00:00:00Z"}, "until"),
        ("resolve", {"resolution": "x"}, "resolution_code"),
        ("resolve", {"resolution_code": "solved"}, "resolution"),
        ("resolve", {"resolution_code": "duplicate", "resolution": "x"}, "resolution_code"),
        ("assign", {}, "team"),
        ("assign", {"assignee": "network"}, "assignee"),
        ("comment", {"body": ""}, "body"),
        ("comment", {"body": "x", "public": "perhaps"}, "public"),
        ("link", {"to": "INC9999999"}, "to"),
        ("link", {}, "to"),
        ("merge", {"into": "INC9999999"}, "into"),
        ("cancel", {}, "reason"),
    ],
)
def test_a_move_says_which_value_is_missing(api, address, name, given, field):
    before = Incident.objects.values().get()
    answer = api.agent.post(f"{address}{name}/", given)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert Incident.objects.values().get() == before


def test_what_one_may_not_see_is_a_404_for_every_address(api, address):
    for client in (api.stranger, api.foreign_agent, api.colleague):
        paths = ["", "timeline/", "clocks/", "moves/", "hops/", "attachments/", "attachments/1/"]
        assert {client.get(address + path).status_code for path in paths} == {404}
        moves = ["acknowledge", "comment", "resolve", "escalate", "close", "merge", "link"]
        assert {client.post(f"{address}{name}/", {}).status_code for name in moves} == {404}
        assert client.patch(address, {"title": "Mine"}).status_code == 404
        assert client.get(INCIDENTS).json()["results"] == []
        assert client.get("/api/v1/records/").json()["results"] == []


def test_an_agent_of_another_team_reads_and_writes_but_does_not_work_it(api, address):
    assert api.mainframe.get(address).status_code == 200
    assert api.mainframe.post(f"{address}comment/", {"body": "Seen this before"}).status_code == 200
    refused = api.mainframe.post(f"{address}resolve/", {"resolution_code": "solved", "resolution": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    names = {each["name"] for each in api.mainframe.get(f"{address}moves/").json()["results"]}
    assert names == {"comment", "link"}


def test_moves_say_what_this_person_may_do_now(api, address):
    agents = {each["name"] for each in api.agent.get(f"{address}moves/").json()["results"]}
    assert {"acknowledge", "assign", "escalate", "hold", "resolve", "comment", "edit"} <= agents
    assert "resume" not in agents
    assert {each["name"] for each in api.customer.get(f"{address}moves/").json()["results"]} == {"comment", "cancel"}
    api.agent.post(f"{address}acknowledge/")
    assert {each["name"] for each in api.customer.get(f"{address}moves/").json()["results"]} == {"comment"}


def test_a_requester_never_reads_what_agents_keep_among_themselves(api, world, incident, address):
    api.agent.post(f"{address}comment/", {"body": "secret note"})
    api.agent.post(f"{address}comment/", {"body": "public word", "public": True})
    api.agent.post(f"{address}escalate/", {"reason": "secret reason"})
    services.edit(incident.pk, actor=world.lead, priority=1, reason="secret override")
    seen = api.customer.get(f"{address}timeline/")
    assert "secret" not in seen.content.decode()
    assert "public word" in seen.content.decode()
    assert api.customer.get(address).json()["priority_reason"] is None
    assert api.lead.get(address).json()["priority_reason"] == "secret override"
    assert api.customer.get(f"{address}hops/").status_code == 403
    assert api.customer.post(f"{address}comment/", {"body": "x", "public": False}).status_code == 400
    assert "secret" in api.agent.get(f"{address}timeline/").content.decode()


def test_a_confidential_incident_is_read_by_its_circle_only(api, world, incident, address):
    world.circle.members.add(world.lead)
    services.edit(incident.pk, actor=world.lead, confidentiality=world.circle)
    assert api.agent.get(address).status_code == 404
    assert api.lead.get(address).json()["confidentiality"] == "HR"
    assert api.customer.get(address).status_code == 200


def test_codifying_recomputes_priority_and_keeps_what_is_not_named(api, address, estate):
    answer = api.agent.patch(
        address, {"impact": 1, "urgency": 1, "service": "SRV-MAIL", "items": ["SV-001"], "title": "All printers"}
    )
    body = answer.json()
    assert answer.status_code == 200
    assert (body["priority"], body["service"], body["items"], body["title"]) == (
        1,
        "SRV-MAIL",
        ["SV-001"],
        "All printers",
    )
    assert body["description"] == "Since this morning"
    assert api.agent.patch(address, {"items": []}).json()["items"] == []
    assert api.agent.patch(address, {"service": None}).json()["service"] is None


@pytest.mark.parametrize("name", ["state", "phase", "team", "assignee", "number", "version", "nonsense"])
def test_what_a_patch_does_not_change_is_said_rather_than_ignored(api, address, name):
    answer = api.agent.patch(address, {name: "closed"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def test_overriding_the_priority_needs_the_right_and_a_reason(api, address):
    assert api.agent.patch(address, {"priority": 1, "reason": "VIP"}).status_code == 403
    assert list(api.lead.patch(address, {"priority": 1}).json()["errors"]) == ["reason"]
    assert api.lead.patch(address, {"priority": 1, "reason": "VIP"}).json()["priority"] == 1
    assert api.customer.patch(address, {"title": "x"}).status_code == 403


def test_linking_and_merging_by_number(api, world, incident, address):
    other = services.open_incident(actor=world.colleague, requester=world.colleague, title="Printer again")
    assert api.agent.post(f"{address}link/", {"to": other.number, "type": "child_of"}).json()["parent"] == other.number
    merged = api.agent.post(f"{address}merge/", {"into": other.number.lower()})
    assert (merged.status_code, merged.json()["merged_into"]) == (200, other.number)
    assert api.agent.get(address).json()["state"] == "merged"


def test_clocks_tell_target_rest_and_segments(api, address):
    api.agent.post(f"{address}acknowledge/")
    clocks = {each["metric"]: each for each in api.agent.get(f"{address}clocks/").json()["results"]}
    assert clocks["own"]["state"] == "stopped"
    assert clocks["resolve"]["state"] == "running"
    assert clocks["resolve"]["segments"][-1]["end"] is None
    assert (
        clocks["resolve"]["remaining_seconds"]
        == clocks["resolve"]["target_seconds"] - clocks["resolve"]["elapsed_seconds"]
    )


def test_hops_keep_the_reason_of_an_escalation(api, address):
    api.agent.post(f"{address}escalate/", {"reason": "Needs routing"})
    hops = api.agent.get(f"{address}hops/").json()["results"]
    assert [(hop["team"], hop["kind"], hop["reason"]) for hop in hops] == [
        ("N1-CDS", "opening", ""), ("N2-RES", "escalation", "Needs routing"),
    ]  # fmt: skip
    assert hops[0]["ended_at"]


def test_the_last_stay_ends_for_the_eye_when_the_ticket_is_closed(api, world, incident, address):
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="ok")
    services.close(incident.pk, actor=world.customer)
    closed_at = now() - timedelta(days=2)
    Record.objects.filter(pk=incident.pk).update(
        opened_at=closed_at - timedelta(hours=3), resolved_at=closed_at, closed_at=closed_at
    )
    Hop.objects.filter(record=incident).update(started_at=closed_at - timedelta(hours=3))
    assert [hop["seconds"] for hop in api.agent.get(f"{address}hops/").json()["results"]] == [3 * 3600]


def test_a_timeline_pages_without_losing_or_repeating_a_line(api, world, incident, address):
    for index in range(120):
        services.comment(incident.pk, actor=world.agent, body=f"line {index}", public=False)
    url, bodies = f"{address}timeline/", []
    while url:
        page = api.agent.get(url).json()
        bodies += [each["body"] for each in page["results"] if each["kind"] == "comment"]
        url = page["next"]
    assert bodies == [f"line {index}" for index in reversed(range(120))]
    assert api.agent.get(f"{address}timeline/?show=wrong").status_code == 400
    assert api.agent.get(f"{address}timeline/?cursor=wrong").status_code == 400
