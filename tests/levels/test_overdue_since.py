"""A clock that rested after its target was used up is overdue since then, on the card, in the queue and in its explanation."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from itsm.levels import clocks as arithmetic
from itsm.levels.explaining import explain
from itsm.levels.models import Clock
from itsm.records import clockface
from itsm.records.models import Record
from servicedesk.incidents import services

from .agreed import olas

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS)


@pytest.fixture
def late(world):
    """Resolved within 16 open hours: overdue on Thursday, asked back until Sunday."""
    olas()
    found = services.open_incident(
        actor=world.agent, requester=world.customer, title="Plus de réseau", urgency=2, channel="phone", at=at(24, 8)
    )
    services.acknowledge(found.pk, actor=world.agent, at=at(24, 8, 5))
    services.hold(found.pk, actor=world.agent, reason=world.wait_requester, comment="Prise ?", at=at(26, 17, 9))
    services.resume(found.pk, actor=world.agent, at=at(29, 10, 58))
    return Record.objects.get(pk=found.pk)


def test_the_instant_is_the_same_wherever_it_is_said(late):
    now = at(30, 14, 29)
    clock = late.clocks.get(kind="sla", metric="resolve")
    reached = explain(clock, now).due_at
    assert reached < at(26, 17, 9)
    assert clock.due_at == late.due_at == reached
    pill = next(p for p in clockface.pills(late.pk, now) if p["pk"] == clock.pk)
    assert (pill["due"], pill["tone"]) == (reached, "red")
    assert late.queue_at <= reached


def test_a_clock_read_without_its_past_keeps_what_was_found(late, django_assert_num_queries):
    clock = late.clocks.defer("segments", "events").get(kind="sla", metric="resolve")
    due = clock.due_at
    with django_assert_num_queries(0):
        arithmetic.used_up(clock)
    arithmetic.plan(clock)
    assert clock.due_at == due


def test_the_card_says_since_when(late, world, client):
    client.force_login(world.agent)
    with translation.override("fr"):
        text = client.get(f"/desk/{late.number}/", headers={"accept-language": "fr"}).content.decode()
    since = re.findall(r"depuis [^<]{3,20}", text)
    due = late.clocks.get(kind="sla", metric="resolve").due_at.astimezone(ZoneInfo("Europe/Paris"))
    assert any(words.endswith(f"{due:%H:%M}") for words in since), since


def test_a_clock_that_runs_day_and_night_speaks_of_no_business_hours(world, client):
    found = services.open_incident(
        actor=world.agent, requester=world.customer, title="Panne", urgency=1, impact=1, channel="phone"
    )
    kinds = {p["always"] for p in clockface.pills(found.pk, found.opened_at)}
    assert True in kinds
    assert Clock.objects.filter(record=found).exists()
    client.force_login(world.agent)
    text = client.get(f"/desk/{found.number}/").content.decode()
    assert "jour et nuit" in text or "day and night" in text
