"""When a job runs: a cron expression, read in the job's time zone, and what becomes of it on closed days.

Working days come from the job's calendar (openings, public holidays, special days); without one they are Monday to Friday.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _

from itsm.calendars.spec import CalendarSpec, spec_of
from itsm.core.errors import DomainError

DAY, FAR = timedelta(days=1), timedelta(days=800)
ROOM = 15  # days looked around for a working day: longer closures than that have no working day "before"
NAMES = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip


@dataclass(frozen=True)
class Timing:
    """What decides when a job runs."""

    schedule: str
    days: str = "every"
    nth: int | None = None
    zone: str = "Europe/Paris"
    calendar: CalendarSpec | None = None

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def works_on(self, day: date) -> bool:
        """Is it a working day?"""
        return bool(self.calendar.minutes(day)) if self.calendar else day.weekday() < 5


def of(job) -> Timing:
    """The timing of a job."""
    spec = spec_of(job.calendar_id) if job.calendar_id else None
    return Timing(job.schedule, job.days, job.nth, job.time_zone, spec)


def checked(text: str) -> str:
    """A cron expression as it is kept. DomainError in words for one that cannot be understood."""
    text = " ".join(text.split())
    if not text:
        return ""
    text = NAMES.get(text.lower(), text)
    if len(text.split()) != 5:
        raise DomainError(
            _("A schedule has five parts: minute, hour, day of the month, month, day of the week. Example: 30 22 * * 1-5."),
            field="schedule",
        )  # fmt: skip
    try:
        next(CronSim(text, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise DomainError(_(WRONG.get(str(error), "This schedule cannot be understood.")), field="schedule") from None
    except StopIteration:
        raise DomainError(_("This schedule never comes: there is no such day."), field="schedule") from None
    return text


WRONG = {
    "Bad minute": "The minute is not understood: write 0 to 59, *, */5 or 0,30.",
    "Bad hour": "The hour is not understood: write 0 to 23, * or */2.",
    "Bad day-of-month": "The day of the month is not understood: write 1 to 31, * or L (the last).",
    "Bad month": "The month is not understood: write 1 to 12, * or JAN to DEC.",
    "Bad day-of-week": "The day of the week is not understood: write 0 to 7 (0 and 7 are Sunday), * or MON to SUN.",
}


def _words():  # the catalogue finds them here
    _("The minute is not understood: write 0 to 59, *, */5 or 0,30.")
    _("The hour is not understood: write 0 to 23, * or */2.")
    _("The day of the month is not understood: write 1 to 31, * or L (the last).")
    _("The month is not understood: write 1 to 12, * or JAN to DEC.")
    _("The day of the week is not understood: write 0 to 7 (0 and 7 are Sunday), * or MON to SUN.")
    _("This schedule cannot be understood.")


def occurrences(timing: Timing, after: datetime, until: datetime, limit: int = 500) -> list[datetime]:
    """The instants (UTC) after `after` and up to `until`, in order, `limit` at most."""
    if not timing.schedule or until <= after:
        return []
    found: list[datetime] = []
    for instant in _from(timing, after):
        if instant > until or len(found) >= limit:
            break
        found.append(instant)
    return found


def following(timing: Timing, after: datetime) -> datetime | None:
    """The next instant, within two years."""
    return next(iter(occurrences(timing, after, after + FAR, 1)), None)


def _from(timing: Timing, after: datetime) -> Iterator[datetime]:
    if timing.days == "nth":
        yield from _of_month(timing, after)
    elif timing.days in ("before", "after"):
        yield from _moved(timing, after)
    else:
        wanted = {"every": None, "working": True, "closed": False}[timing.days]
        end = after + FAR
        for local in CronSim(timing.schedule, after.astimezone(timing.tz)):
            instant = local.astimezone(UTC)
            if instant > end:
                return
            if instant > after and (wanted is None or timing.works_on(local.date()) is wanted):
                yield instant


def _moved(timing: Timing, after: datetime) -> Iterator[datetime]:
    """Each occurrence on its working day. What is moved may overtake, so that a stretch is sorted before it is given."""
    start, end, last = after - DAY * ROOM, after + FAR, after
    pending: list[datetime] = []
    days: dict[date, date] = {}
    for local in CronSim(timing.schedule, start.astimezone(timing.tz)):
        if local.astimezone(UTC) > end:
            break
        day = local.date()
        if day not in days:
            days[day] = _working_day(timing, day)
        heappush(pending, _wall(days[day], local.time(), timing.tz))
        # An occurrence at least so far ahead cannot come to lie before these any more.
        safe = local.astimezone(UTC) - DAY * ROOM
        while pending and pending[0] <= safe:
            instant = heappop(pending)
            if instant > last:
                yield instant
                last = instant
    for instant in sorted(pending):
        if last < instant <= end:
            yield instant
            last = instant


def _working_day(timing: Timing, day: date) -> date:
    step = -DAY if timing.days == "before" else DAY
    for ahead in range(ROOM):
        if timing.works_on(day + step * ahead):
            return day + step * ahead
    return day


def _of_month(timing: Timing, after: datetime) -> Iterator[datetime]:
    """On the nth working day of each month (from its end where negative); of the schedule, times and months count."""
    minute, hour, _dom, month, _dow = timing.schedule.split()
    cron, first = f"{minute} {hour} * {month} *", after.astimezone(timing.tz).date().replace(day=1)
    for _n in range(26):
        day = nth_working_day(timing, first, timing.nth or 1)
        if day is not None:
            begins = _wall(day, time.min, timing.tz) - timedelta(seconds=1)
            for local in CronSim(cron, begins.astimezone(timing.tz)):
                if local.date() != day:
                    break
                if local.astimezone(UTC) > after:
                    yield local.astimezone(UTC)
        first = (first + DAY * 32).replace(day=1)


def nth_working_day(timing: Timing, first: date, nth: int) -> date | None:
    """The nth working day of the month that begins on `first`; -1 is the last one."""
    following_month = (first + DAY * 32).replace(day=1)
    days = [first + DAY * n for n in range((following_month - first).days) if timing.works_on(first + DAY * n)]
    try:
        return days[nth - 1 if nth > 0 else nth]
    except IndexError:
        return None


def _wall(day: date, at: time, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, at.replace(tzinfo=None), tz).astimezone(UTC)


def deadline_after(wall: time | None, zone: str, planned: datetime) -> datetime | None:
    """The first instant after a planned start at which the clock of the zone shows the time of the service deadline."""
    if wall is None:
        return None
    tz = ZoneInfo(zone)
    day = planned.astimezone(tz).date()
    found = _wall(day, wall, tz)
    return found if found > planned else _wall(day + DAY, wall, tz)
