"""Which shifts come, and who is in them: patterns and turns become rows a week ahead; who is away is replaced."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from itsm.calendars.business import open_intervals
from itsm.core import now
from itsm.people.models import Absence
from itsm.people.substitutes import substitutes_of

from .models import Shift, ShiftPattern, ShiftPerson

DAY = timedelta(days=1)
AHEAD = timedelta(days=8)


def due_on(day: date, weekdays: list[int], calendar_id: int | None, zone: ZoneInfo) -> bool:
    """Does something with these weekdays and this calendar take place on a local day?"""
    if weekdays and day.weekday() not in weekdays:
        return False
    if calendar_id is None:
        return True
    begins = datetime(day.year, day.month, day.day, tzinfo=zone)
    return any(open_intervals(calendar_id, begins.astimezone(UTC), (begins + DAY).astimezone(UTC)))


def span_on(pattern: ShiftPattern, day: date) -> tuple[datetime, datetime] | None:
    """The shift of a local day, in UTC; None on a day without one."""
    zone = ZoneInfo(pattern.time_zone)
    if not due_on(day, pattern.weekdays, pattern.calendar_id, zone):
        return None
    last = day if pattern.ends > pattern.starts else day + DAY
    begins = datetime.combine(day, pattern.starts, zone).astimezone(UTC)
    ends = datetime.combine(last, pattern.ends, zone).astimezone(UTC)
    return (begins, ends) if ends > begins else None


def plan(*, since: datetime | None = None, until: datetime | None = None, patterns=None) -> int:
    """Write the shifts between two instants that are missing, and put people into those that have not begun. Safe to repeat."""
    at = now()
    since, until = since or at - DAY, until or at + AHEAD
    made = 0
    rows = ShiftPattern.objects.filter(is_active=True) if patterns is None else patterns
    for pattern in rows.prefetch_related("turns") if hasattr(rows, "prefetch_related") else rows:
        made += _plan_one(pattern, since, until, at)
    return made


@transaction.atomic
def _plan_one(pattern: ShiftPattern, since: datetime, until: datetime, at: datetime) -> int:
    zone = ZoneInfo(pattern.time_zone)
    day, wanted = (since - DAY).astimezone(zone).date(), []
    while day <= until.astimezone(zone).date():
        span = span_on(pattern, day)
        if span and span[1] > since and span[0] < until:
            wanted.append(span)
        day += DAY
    before = set(
        Shift.objects.filter(pattern=pattern, starts_at__in=[s for s, _e in wanted]).values_list("starts_at", flat=True)
    )
    Shift.objects.bulk_create(
        [
            Shift(pattern=pattern, organisation_id=pattern.organisation_id, team_id=pattern.team_id, starts_at=begins, ends_at=ends)
            for begins, ends in wanted
            if begins not in before
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    turns = list(pattern.turns.all())
    shifts = Shift.objects.filter(pattern=pattern, starts_at__in=[s for s, _e in wanted])
    for shift in shifts.filter(Q(starts_at__gt=at) | Q(starts_at__in=[s for s, _e in wanted if s not in before])):
        fill(shift, pattern, turns, zone)
    return len(wanted) - len(before)


def fill(shift: Shift, pattern: ShiftPattern, turns: list, zone: ZoneInfo) -> None:
    """Put the people of the turns into a shift; who was added or taken out by hand stays so."""
    day = shift.starts_at.astimezone(zone).date()
    middle = shift.starts_at + (shift.ends_at - shift.starts_at) / 2
    found: dict[int, int | None] = {}
    for turn in turns:
        regular = (not turn.weekdays or day.weekday() in turn.weekdays) and not (
            (turn.first_day and day < turn.first_day) or (turn.last_day and day > turn.last_day)
        )
        if regular:
            person = present(turn.user_id, middle)
            if person:
                found.setdefault(person, None if person == turn.user_id else turn.user_id)
    by_hand = Q(why=ShiftPerson.Why.ADDED) | Q(removed=True)
    shift.people.exclude(by_hand).exclude(user_id__in=found).delete()
    ShiftPerson.objects.bulk_create(
        [
            ShiftPerson(
                shift=shift, user_id=person, instead_of_id=instead,
                why=ShiftPerson.Why.SUBSTITUTE if instead else ShiftPerson.Why.TURN,
            )
            for person, instead in found.items()
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def present(user_id: int, at: datetime) -> int | None:
    """The person, or who stands in for them while they are away; None when nobody does."""
    if not _away(user_id, at):
        return user_id
    chain = substitutes_of(user_id, at)
    return chain[-1] if chain and not _away(chain[-1], at) else None


def _away(user_id: int, at: datetime) -> bool:
    return Absence.objects.filter(user=user_id, starts_at__lte=at, ends_at__gt=at).exists()


def following(shift: Shift) -> Shift | None:
    """The shift of the same team that takes over: the next one that begins."""
    later = Shift.objects.filter(team_id=shift.team_id, starts_at__gt=shift.starts_at, ends_at__gt=shift.ends_at)
    return later.order_by("starts_at", "pk").first()
