"""The browser counts business time as the server does, minute by minute, without asking."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from itsm.calendars.models import Calendar
from itsm.core import durations
from itsm.levels import clocks as arithmetic
from itsm.levels.models import Clock
from itsm.records import clockface

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FRIDAY = datetime(2026, 11, 13, 16, 40, tzinfo=ZoneInfo("Europe/Paris"))
COUNT = (
    "async ([open, from, to]) => { const m = await import('/static/js/clock.js'); return m.opened(open, from, to); }"
)
WORDS = "async (seconds) => { const m = await import('/static/js/clock.js'); return m.hours(seconds); }"


def test_what_is_open_is_counted_and_nothing_else(world, browse):
    clock = Clock(
        kind="sla", metric="resolve", target_seconds=16 * 3600, calendar_id=Calendar.objects.get(code="OFFICE").pk,
        started_at=FRIDAY, since=FRIDAY,
    )  # fmt: skip
    found = clockface.counting(clock, 0, FRIDAY)
    page = browse(login="agent")
    page.goto("/")
    for minutes in (5, 20, 60, 600, 2000):
        at = FRIDAY + timedelta(minutes=minutes)
        assert page.evaluate(COUNT, [found["open"], found["at"], int(at.timestamp())]) == arithmetic.elapsed(clock, at)
    with translation.override("fr"):
        for seconds in (42, 3000, 57_600, 288_000, 300_120):
            assert page.evaluate(WORDS, seconds) == durations.hours(seconds)
