"""The mock-up "SLA explanation", worked to the minute: Armistice, lunch, a pause, P4 to P3, a leg a team."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from itsm.calendars.models import Calendar, Opening
from itsm.core import reference, versions
from itsm.levels.explaining import explain
from itsm.levels.models import Clock
from itsm.records.models import Hop, Record
from servicedesk.incidents import services

from .agreed import olas

PARIS = ZoneInfo("Europe/Paris")
MINUTE, HOUR = 60, 3600


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS)


@pytest.fixture
def told(world):
    """INC0004691 of the mock-up."""
    olas()
    incident = services.open_incident(
        actor=world.agent,
        requester=world.customer,
        title="Pièces jointes perdues",
        urgency=3,
        channel="phone",
        at=at(10, 16, 20),
    )
    pk = incident.pk
    services.assign(pk, actor=world.agent, team=world.n2, at=at(10, 16, 38))
    services.acknowledge(pk, actor=world.network, at=at(10, 16, 50))
    services.hold(pk, actor=world.network, reason=world.wait_requester, comment="Quelle boîte ?", at=at(12, 10, 15))
    services.comment(pk, actor=world.customer, body="Compta.", public=True, at=at(12, 15))
    services.edit(pk, actor=world.network, urgency=2, at=at(12, 16))
    services.escalate(pk, actor=world.network, to_team=world.n3, reason="Stockage", at=at(12, 16))
    services.acknowledge(pk, actor=world.mainframe, at=at(13, 8, 40))
    services.resolve(
        pk, actor=world.mainframe, resolution_code=world.solved, resolution="Quota levé.", at=at(16, 10, 2)
    )
    return Record.objects.get(pk=pk)


def story(record):
    clock = Clock.objects.select_related("frozen").get(record=record, kind="sla", metric="resolve")
    stays = (
        Hop.objects.filter(record=record).order_by("started_at", "pk").values_list("team_id", "started_at", "ended_at")
    )
    return explain(clock, at(17, 9), list(stays))


def rows(found) -> list[tuple]:
    return [
        (f"{s.begins.astimezone(PARIS):%d %H:%M}", f"{s.ends.astimezone(PARIS):%d %H:%M}", s.what, s.seconds // MINUTE, s.total // MINUTE)
        for s in found.spans
    ]  # fmt: skip


EXPECTED = [
    ("10 16:20", "10 18:00", "ran", 100, 100),
    ("10 18:00", "12 08:00", "closed", 0, 100),
    ("12 08:00", "12 10:15", "ran", 135, 235),
    ("12 10:15", "12 15:00", "paused", 0, 235),
    ("12 15:00", "12 18:00", "ran", 180, 415),
    ("13 08:00", "13 17:00", "ran", 480, 895),
    ("16 08:00", "16 09:05", "ran", 65, 960),
    ("16 09:05", "16 10:02", "over", 57, 1017),
]


def test_the_rows_are_those_of_the_mock_up(told):
    found = story(told)
    assert rows(found) == EXPECTED
    assert (found.elapsed, found.target, found.over) == (1017 * MINUTE, 16 * HOUR, 57 * MINUTE)
    assert found.due_at == at(16, 9, 5)


def test_each_row_says_why(told):
    spans = story(told).spans
    assert [event["what"] for event in spans[0].events] == ["started"]
    assert [name for _day, name in spans[1].holidays] == ["Armistice"]
    assert spans[3].given_back == (3 * 60 + 45) * MINUTE
    assert [event["what"] for event in spans[4].events] == ["resumed", "retargeted"]
    assert spans[4].events[1] | {"at": ""} == {
        "at": "", "what": "retargeted", "target": 16 * HOUR, "old": 40 * HOUR, "how": "retroactive", "priority": 3, "from": 4,
    }  # fmt: skip
    assert spans[5].early_end == 17 * 60
    assert [span.reached for span in spans] == [False] * 6 + [True, False]
    assert [event["what"] for event in spans[7].events] == ["stopped"]


def test_where_the_time_went(told, world):
    assert story(told).by_team == [
        (world.n3.pk, (12 * 60 + 2) * MINUTE), (world.n2.pk, (4 * 60 + 37) * MINUTE), (world.n1.pk, 18 * MINUTE),
    ]  # fmt: skip


def test_each_team_has_its_leg(told, world):
    legs = Clock.objects.filter(record=told, kind="ola").order_by("started_at", "pk")
    assert [(leg.team_id, leg.metric, leg.elapsed_seconds // MINUTE, leg.met) for leg in legs] == [
        (world.n1.pk, "transfer", 18, True), (world.n2.pk, "own", 12, True), (world.n3.pk, "own", 160, False),
    ]  # fmt: skip


def test_a_calendar_edited_later_rewrites_nothing(told):
    before = rows(story(told))
    office = Calendar.objects.get(code="OFFICE")
    Opening.objects.filter(calendar=office).delete()
    Opening.objects.create(calendar=office, weekday=0, starts=0, ends=60)
    versions.bump("calendars")
    reference.forget_everything()
    assert rows(story(told)) == before == EXPECTED


def test_a_clock_that_runs_is_told_until_now_and_shows_when_it_will_be_due(world):
    incident = services.open_incident(
        actor=world.agent, requester=world.customer, title="Lent", urgency=3, channel="phone", at=at(13, 16)
    )
    clock = Clock.objects.get(record=incident, kind="sla", metric="resolve")
    found = explain(clock, at(16, 9))
    assert rows(found) == [("13 16:00", "13 17:00", "ran", 60, 60), ("16 08:00", "16 09:00", "ran", 60, 120)]
    assert found.due_at == clock.due_at


def test_clocks_from_before_there_were_events_are_told_from_their_segments(told):
    clock = Clock.objects.get(record=told, kind="sla", metric="resolve")
    clock.events, clock.frozen, clock.counted_from = [], None, None
    assert [row[:4] for row in rows(explain(clock, at(17, 9)))] == [row[:4] for row in EXPECTED]
