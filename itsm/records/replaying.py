"""A month of resolved records against a draft agreement of any kind: what was kept, and what would have been. Nothing is saved.

Pauses stand as they were; a new target counts from the opening. Where the draft starts, pauses or stops its clocks by conditions,
they are built again from the history of each record. The newest records first, at most `MOST` of them (`MOST_REBUILT`).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from itsm.audit.models import Entry
from itsm.core import now
from itsm.levels import agreements
from itsm.levels.agreements import Facts, Rule
from itsm.levels.models import Clock, Kind, Metric
from itsm.people.directory import directory

from . import promises, rebuilding
from .models import Record
from .simulating import ASKED, replayed

MOST, DAYS = 5_000, 30
MOST_REBUILT = 500
SETTLED = (
    "record_id", "kind", "metric", "cycle", "met", "segments", "started_at", "counted_from", "target_seconds", "team_id", "agreement_id",
)  # fmt: skip
COLUMNS = (
    "id", "kind", "priority", "organisation_id", "service_id", "category_id", "requester_id", "team_id", "level", "hold_supplier_id",
    "opened_at", "resolved_at",
)  # fmt: skip


@dataclass
class Line:
    """One priority: how many promises were settled, how many kept before, how many would be."""

    priority: int
    metric: str
    n: int = 0
    before: int = 0
    promised_before: int = 0
    after: int = 0
    promised_after: int = 0
    changed: int = 0

    @property
    def share_before(self) -> float | None:
        return 100 * self.before / self.promised_before if self.promised_before else None

    @property
    def share_after(self) -> float | None:
        return 100 * self.after / self.promised_after if self.promised_after else None


@dataclass
class Replay:
    """What came of it. `cut` when older records of the month were left out."""

    lines: list[Line]
    records: int
    touched: int
    cut: bool
    since: datetime


def replay(draft: Rule, user, *, days: int = DAYS, most: int = MOST) -> Replay:
    """Settled promises of the draft's kind (to users, between teams, of suppliers) of records that the reader may see,
    resolved in the last days."""
    # Tried on the past, an agreement counts whatever the days in which it shall hold.
    draft = replace(draft, valid_from=None, valid_until=None)
    since = now() - timedelta(days=days)
    by_history = any(draft.conditions.values())
    if by_history:
        most = min(most, MOST_REBUILT)
    found = Record.objects.in_desk_of(user).filter(resolved_at__gte=since).order_by("-resolved_at", "-id")
    with agreements.trying(draft):
        wants_vip = agreements.depend_on_vip()
        rows = found.select_related("requester") if wants_vip or by_history else found
        if not by_history:
            rows = rows.only(*COLUMNS, *(("requester__vip",) if wants_vip else ()))
        records = {r.pk: r for r in rows[: most + 1]}
        cut = len(records) > most
        if cut:
            records.pop(min(records, key=lambda pk: records[pk].resolved_at or since))
        lines, touched = _count(records, draft, by_history)
    return Replay([lines[key] for key in sorted(lines)], len(records), touched, cut, since)


def _count(records: dict[int, Record], draft: Rule, by_history: bool) -> tuple[dict, int]:
    lines: dict[tuple[int, int], Line] = {}
    touched: set[int] = set()
    facts = {pk: promises.facts_of(record) for pk, record in records.items()}
    again = _rebuilt(records) if by_history else {}
    asked = ASKED[Kind(draft.kind)]
    clocks = Clock.objects.filter(
        record_id__in=list(records), kind=draft.kind, metric__in=asked, state=Clock.State.STOPPED
    ).only(*SETTLED, *(("events",) if draft.kind == Kind.UC else ()))
    for clock in clocks.iterator(chunk_size=1000):
        record, given = records[clock.record_id], _facts_then(clock, facts[clock.record_id])
        order = asked.index(Metric(clock.metric))
        line = lines.setdefault((order, record.priority), Line(record.priority, clock.metric))
        # What counted under it and no longer fits is promised something else, or nothing.
        before, mine = clock.met, agreements.fits(draft, given) or clock.agreement_id == draft.pk
        after = before
        if mine:
            after = _met_again(clock, again[record.pk]) if _is_told(clock, again) else replayed(clock, given)
        touched |= {record.pk} if mine else set()
        line.n += 1
        line.promised_before += before is not None
        line.before += before is True
        line.promised_after += after is not None
        line.after += after is True
        line.changed += before != after
    return lines, len(touched)


def _rebuilt(records: dict[int, Record]) -> dict[int, list[Clock]]:
    """The clocks that the history of each record gives under the agreements in force here."""
    entries: dict[int, list[Entry]] = {pk: [] for pk in records}
    rows = Entry.objects.filter(subject_kind="record", subject_id__in=list(records)).order_by("at", "pk")
    for entry in rows.only("subject_id", "at", "verb", "changes"):
        entries[entry.subject_id].append(entry)
    return {pk: rebuilding.rebuilt(record, entries[pk]) for pk, record in records.items()}


def _is_told(clock: Clock, again: dict[int, list[Clock]]) -> bool:
    """Does the history tell it? What the desk said to the requester is not an act of the record."""
    return clock.record_id in again and clock.metric != Metric.UPDATE


def _met_again(clock: Clock, again: list[Clock]) -> bool | None:
    """Was this promise kept, as it was built again? None where it was called off or never began."""
    same = [c for c in again if (c.kind, c.metric, c.team_id) == (clock.kind, clock.metric, clock.team_id)]
    found = next((c for c in same if c.cycle == clock.cycle), same[-1] if same else None)
    # A clock that started anew has more cycles than there were: the last one counts.
    if found is not None and found.state == Clock.State.CANCELLED and same[-1] is not found:
        found = same[-1]
    return found.met if found is not None and found.state == Clock.State.STOPPED else None


def _facts_then(clock: Clock, given: Facts) -> Facts:
    """The facts as the clock met them: a leg is that of its team, a wait that for its supplier."""
    if clock.kind == Kind.OLA:
        team = directory.get().teams.get(clock.team_id or 0)
        return replace(given, team_id=clock.team_id, level=team.level if team else None)
    if clock.kind == Kind.UC:
        rule = agreements.rule(clock.agreement_id)
        waited = next((event["supplier"] for event in clock.events if event.get("supplier")), None)
        return replace(given, supplier_id=waited or (rule.supplier_id if rule else None))
    return given
