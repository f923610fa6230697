"""Who is on call, and when: layers, turns, swaps, overrides and absences make one list of shifts. Reads only.

Turns begin at a local time, so a shift over a change of clocks is an hour longer or shorter; nobody is on call twice or not
at all because of it. Who is away is replaced by the substitute, and the substitute by theirs (A, B, C).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm.people.models import Absence, User

from .models import Layer, Override, Rota

DAY = timedelta(days=1)
MINUTES = 24 * 60
DEEPEST = 10
# So far to both sides one looks for where a shift truly begins and ends.
MARGIN = timedelta(days=62)


@dataclass(frozen=True)
class Shift:
    """A span in which one person (or nobody) is on call in a line of a rota. `goes_on`: nobody looked for its end so far ahead."""

    begins: datetime
    ends: datetime
    user_id: int | None
    rota_id: int
    rank: int
    layer_id: int | None = None
    turn: int | None = None
    why: str = ""
    instead_of: int | None = None
    goes_on: bool = False

    @property
    def is_gap(self) -> bool:
        """Nobody is there."""
        return self.user_id is None


def shifts(rota: Rota, begins: datetime, ends: datetime, *, rank: int = 1) -> list[Shift]:
    """The shifts of a line between two instants, gaps included, in order."""
    layers = [layer for layer in layers_of(rota) if layer.rank == rank]
    if not layers:
        return []
    found: list[Shift] = []
    if rota.always:
        found = [Shift(begins, ends, None, rota.pk, rank)]
    for layer in layers:
        for shift in _turns(layer, rota, begins, ends):
            found = _over(found, shift)
    rows = Override.objects.filter(rota=rota, rank=rank, starts_at__lt=ends, ends_at__gt=begins).order_by(
        "made_at", "pk"
    )
    for row in rows:
        span = Shift(max(begins, row.starts_at), min(ends, row.ends_at), row.user_id, rota.pk, rank, why="override")
        found = _over(found, span)
    return _merged(_present(sorted(found, key=lambda s: s.begins)))


def whole_shifts(rota: Rota, begins: datetime, ends: datetime, *, rank: int = 1) -> list[Shift]:
    """The shifts that touch a span, each from where it truly begins to where it truly ends, not cut at the span."""
    first, last = begins - MARGIN, ends + MARGIN
    return [
        replace(s, begins=begins if s.begins == first else s.begins, goes_on=s.ends == last)
        for s in shifts(rota, first, last, rank=rank)
        if s.begins < ends and s.ends > begins
    ]


def layers_of(rota: Rota) -> list[Layer]:
    """The layers of a rota with people and swaps, in the order in which they cover each other."""
    return list(rota.layers.order_by("rank", "position").prefetch_related("people", "swaps"))


def turn_span(layer: Layer, rota: Rota, turn: int) -> tuple[datetime, datetime]:
    """When a turn of a layer begins and ends."""
    return _handover(layer, rota, turn), _handover(layer, rota, turn + 1)


def turn_at(layer: Layer, rota: Rota, at: datetime) -> int:
    """The turn that runs at an instant; negative before the first."""
    zone = ZoneInfo(rota.time_zone)
    local = at.astimezone(zone)
    turn = (local.date() - layer.first_day).days // layer.days
    while _handover(layer, rota, turn) > at:
        turn -= 1
    while _handover(layer, rota, turn + 1) <= at:
        turn += 1
    return turn


def holder(layer: Layer, turn: int) -> int | None:
    """Whose turn it is by the order of the layer and its swaps, whether they are away or not."""
    swapped = next((swap.user_id for swap in layer.swaps.all() if swap.turn == turn), None)
    people = sorted(layer.people.all(), key=lambda each: each.position)
    if swapped is not None or not people:
        return swapped
    return people[turn % len(people)].user_id


def _handover(layer: Layer, rota: Rota, turn: int) -> datetime:
    return _instant(layer.first_day + timedelta(days=turn * layer.days), layer.handover, ZoneInfo(rota.time_zone))


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _turns(layer: Layer, rota: Rota, begins: datetime, ends: datetime) -> Iterator[Shift]:
    zone = ZoneInfo(rota.time_zone)
    begins = max(begins, _handover(layer, rota, 0))
    if layer.last_day:
        ends = min(ends, _instant(layer.last_day + DAY, time(0), zone))
    if begins >= ends:
        return
    turn = turn_at(layer, rota, begins)
    people = {swap.turn for swap in layer.swaps.all()}
    while (start := _handover(layer, rota, turn)) < ends:
        span = max(begins, start), min(ends, _handover(layer, rota, turn + 1))
        why = "swap" if turn in people else ""
        for first, last in _hours(layer, zone, *span):
            yield Shift(first, last, holder(layer, turn), rota.pk, layer.rank, layer.pk, turn, why)
        turn += 1


def _hours(layer: Layer, zone: ZoneInfo, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The parts of a span that lie in the layer's hours of the week.

    Hours that end before they begin run into the next day; those that end when they begin are a day and a night.
    """
    if not layer.hours:
        yield begins, ends
        return
    day = begins.astimezone(zone).date() - DAY
    last = ends.astimezone(zone).date()
    while day <= last:
        for weekday, start, end in sorted(layer.hours):
            if weekday == day.weekday():
                first, until = _minute(day, start, zone), _minute(day, end if end > start else end + MINUTES, zone)
                if first < ends and until > begins:
                    yield max(first, begins), min(until, ends)
        day += DAY


def _minute(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return _instant(day + timedelta(days=minute // MINUTES), time(minute % MINUTES // 60, minute % 60), zone)


def _over(found: list[Shift], shift: Shift) -> list[Shift]:
    """The list with one shift laid over what was there."""
    kept = []
    for each in found:
        if each.ends <= shift.begins or each.begins >= shift.ends:
            kept.append(each)
            continue
        if each.begins < shift.begins:
            kept.append(replace(each, ends=shift.begins))
        if each.ends > shift.ends:
            kept.append(replace(each, begins=shift.ends))
    return [*kept, shift]


def _merged(found: list[Shift]) -> list[Shift]:
    """Neighbours that are one shift are one."""
    kept: list[Shift] = []
    for each in found:
        if (
            kept
            and kept[-1].ends == each.begins
            and replace(kept[-1], ends=each.ends) == replace(each, begins=kept[-1].begins)
        ):
            kept[-1] = replace(kept[-1], ends=each.ends)
        elif each.begins < each.ends:
            kept.append(each)
    return kept


def _present(found: list[Shift]) -> list[Shift]:
    """Shifts of people who are away go to their substitutes, else to nobody."""
    if not found:
        return []
    begins, ends = found[0].begins, max(each.ends for each in found)
    away = absences({each.user_id for each in found if each.user_id}, begins, ends)
    gone = set(
        User.objects.filter(pk__in={*away, *(s.user_id for s in found if s.user_id)}, is_active=False).values_list(
            "pk", flat=True
        )
    )
    return [part for each in found for part in _stand_in(each, away, gone, ())]


def absences(people: Iterable[int], begins: datetime, ends: datetime) -> dict[int, list[Absence]]:
    """Who is away between two instants, of these people and of those who stand in for them."""
    known: dict[int, list[Absence]] = {}
    wanted = {pk for pk in people if pk}
    while wanted:
        known |= {pk: [] for pk in wanted}
        rows = Absence.objects.filter(user__in=wanted, starts_at__lt=ends, ends_at__gt=begins).order_by(
            "starts_at", "pk"
        )
        wanted = set()
        for row in rows:
            known[row.user_id].append(row)
            if row.substitute_id and row.substitute_id not in known:
                wanted.add(row.substitute_id)
    return known


def _stand_in(shift: Shift, away: dict[int, list[Absence]], gone: set[int], asked: tuple[int, ...]) -> list[Shift]:
    person = shift.user_id
    if person is None:
        return [shift]
    if person in asked or person in gone or len(asked) >= DEEPEST:
        return [replace(shift, user_id=None, why="away", instead_of=shift.instead_of or person)]
    parts, cursor = [], shift.begins
    for absence in away.get(person, []):
        first, last = max(cursor, absence.starts_at), min(shift.ends, absence.ends_at)
        if first >= last:
            continue
        if first > cursor:
            parts.append(replace(shift, begins=cursor, ends=first))
        passed = replace(
            shift, begins=first, ends=last, user_id=absence.substitute_id, why="substitute" if absence.substitute_id else "away",
            instead_of=shift.instead_of or person,
        )  # fmt: skip
        parts += _stand_in(passed, away, gone, (*asked, person))
        cursor = last
    if cursor < shift.ends:
        parts.append(replace(shift, begins=cursor))
    return parts


def on_call(rota: Rota, at: datetime, *, rank: int = 1) -> Shift | None:
    """Who is on call in a line of a rota at an instant; None where the line has no hours then."""
    around = shifts(rota, at, at + MARGIN, rank=rank)
    return next((each for each in around if each.begins <= at < each.ends), None)


def who_is_on_call(team_id: int, at: datetime, *, rank: int = 1) -> list[Shift]:
    """Everybody who is on call for a team at an instant, a shift each; gaps are left out."""
    found = [on_call(rota, at, rank=rank) for rota in Rota.objects.filter(team=team_id, active=True).order_by("code")]
    return [shift for shift in found if shift and not shift.is_gap]


def gaps(rota: Rota, begins: datetime, ends: datetime) -> list[Shift]:
    """Where nobody is on call in the first line."""
    return [shift for shift in shifts(rota, begins, ends) if shift.is_gap]


def shifts_of(person: User, begins: datetime, ends: datetime) -> list[tuple[Rota, Shift]]:
    """The shifts of a person in every rota and line, in order."""
    found = []
    for rota in Rota.objects.filter(active=True).select_related("team").order_by("code"):
        for rank in {layer.rank for layer in layers_of(rota)}:
            found += [(rota, s) for s in whole_shifts(rota, begins, ends, rank=rank) if s.user_id == person.pk]
    return sorted(found, key=lambda pair: (pair[1].begins, pair[0].code))


def shift_at(rota: Rota, at: datetime, *, rank: int = 1) -> Shift | None:
    """The whole shift, or gap, that holds at an instant, however long ago it began (at most two months)."""
    found = shifts(rota, at - MARGIN, at + MARGIN, rank=rank)
    return next((s for s in found if s.begins <= at < s.ends), None)
