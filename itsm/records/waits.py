"""Waits in a timeline: how long a record waited for whom, and how much of it the deadline got back."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.calendars.business import NeverOpen, business_seconds
from itsm.core import durations
from itsm.levels.models import Clock

from .timeline import Line

# The clock and the history write the same instant; a second allows for what was imported.
NEAR = timedelta(seconds=1)
# What was put on hold and taken back at once was no wait.
SHORTEST = timedelta(minutes=1)


def told(lines: list[Line], clock: Clock | None) -> list[Line]:
    """The lines, newest first, with one line for each wait that stopped the clock; it takes the place of "Resumed."."""
    if clock is None:
        return lines
    found = list(lines)
    for begin, end in _pauses(clock):
        held = next((line for line in lines if line.verb == "held" and abs(line.at - begin) <= NEAR), None)
        if held is None:
            continue
        resumed = next((line for line in found if line.verb == "resumed" and abs(line.at - end) <= NEAR), None)
        line = replace(
            held, at=end, verb="waited", icon="player-pause", sentence=_sentence(held.waits_for, begin, end, clock),
            author=resumed.author if resumed else "", author_id=resumed.author_id if resumed else None, public=False,
        )  # fmt: skip
        if resumed is not None:
            found[found.index(resumed)] = line
        else:
            found.append(line)
    return sorted(found, key=lambda line: (line.at, line.id), reverse=True)


def _pauses(clock: Clock) -> list[tuple[datetime, datetime]]:
    """From the beginning of the clock, and from the end of each stretch that counted, to the beginning of the next."""
    stretches = [(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in clock.segments]
    ends = [clock.started_at, *(end for _begin, end in stretches)]
    begins = [begin for begin, _end in stretches]
    if clock.state == Clock.State.RUNNING and clock.since:
        begins.append(clock.since)
    return [(end, begin) for end, begin in zip(ends, begins, strict=False) if begin - end >= SHORTEST]


def _sentence(reason: str, begin: datetime, end: datetime, clock: Clock) -> str:
    try:
        back = business_seconds(clock.calendar_id, begin, end)
    except NeverOpen:
        back = 0
    same_day = timezone.localtime(begin).date() == timezone.localtime(end).date()
    words = {
        "reason": reason, "begin": durations.moment(begin), "end": durations.time_text(end) if same_day else durations.moment(end),
        "time": durations.short(back),
    }  # fmt: skip
    if not back:
        return _("%(reason)s from %(begin)s to %(end)s, outside working hours.") % words
    return _("%(reason)s from %(begin)s to %(end)s: %(time)s given back to the deadline.") % words
