"""What an agreement here would have made of imported cases: their clocks computed from their history, beside the file's own result.

A batch is one transaction; who runs it again goes on where it stood, and a second run changes nothing. The file's result is kept
for good in `ImportedPromise`. Cases that people here work on, or that another agreement holds already, are left alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.audit.models import Entry
from itsm.calendars.calendars import calendar_id_for
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.levels import agreements, frozen, services
from itsm.levels.agreements import Rule
from itsm.levels.models import Agreement, Clock, Kind, Metric
from itsm.notify import outbox
from itsm.records.models import FAR, HoldReason, Record
from itsm.records.moves import SUBJECT
from itsm.records.rebuilding import rebuilt

from ..incidents.bulk import TOPIC
from ..incidents.models import KIND
from .models import ImportedPromise
from .reading import HOLD

BATCH = 200
REPAIRED = f"{KIND}.clocks_repaired"


@dataclass(frozen=True)
class Under:
    """The agreement that cases are measured by, and which state of it."""

    rule: Rule
    terms: str


@dataclass
class Counted:
    """How far a replay has come: cases counted, cases left alone, the last key."""

    done: int = 0
    left: int = 0
    after: int = 0


@dataclass
class Line:
    """One priority, or all of them (None). `only_…`: kept for one of the two alone, where both say something."""

    priority: int | None = None
    n: int = 0
    file_kept: int = 0
    file_told: int = 0
    here_kept: int = 0
    here_promised: int = 0
    only_file: int = 0
    only_here: int = 0

    @property
    def file_share(self) -> float | None:
        return 100 * self.file_kept / self.file_told if self.file_told else None

    @property
    def here_share(self) -> float | None:
        return 100 * self.here_kept / self.here_promised if self.here_promised else None


def agreement_of(code: str) -> Under:
    """The agreement of that code, for every organisation and day. DomainError when it promises no resolution to users."""
    found = Agreement.objects.filter(code=code).first()
    rule = agreements.rule(found.pk) if found else None
    if found is None or rule is None:
        known = ", ".join(Agreement.objects.filter(kind=Kind.SLA).order_by("code").values_list("code", flat=True)[:20])
        raise DomainError(_("There is no agreement “%(code)s”. There are: %(known)s.") % {"code": code, "known": known})
    if rule.kind != Kind.SLA or not any(metric == Metric.RESOLVE for _priority, metric in rule.targets):
        raise DomainError(_("“%(code)s” promises no resolution to users.") % {"code": code})
    anywhere = replace(rule, active=True, valid_from=None, valid_until=None, organisation_id=None)
    return Under(anywhere, services.digest(services.terms_of(found)))


def replay(
    source: str, under: Under, *, actor, again: bool = False, tell: Callable[[Counted], None] = lambda _counted: None
) -> Counted:
    """Count every imported case of a source that is not counted under this state of the agreement; all of them when `again`."""
    waits_for = HoldReason.objects.values_list("pk", flat=True).get(code=HOLD)
    counted = Counted()
    _freeze_calendars(source, under.rule)
    with agreements.only(under.rule):
        while _batch(source, under, counted, actor=actor, again=again, waits_for=waits_for):
            tell(counted)
    return counted


def _freeze_calendars(source: str, rule: Rule) -> None:
    """Settled clocks cite their calendar: committed before the first batch, it is not looked for case by case."""
    owners = Record.objects.filter(source=source, kind=KIND).values_list("organisation_id", flat=True).distinct()
    named = {calendar for _seconds, calendar in rule.targets.values()} | {rule.calendar_id}
    for calendar in sorted((named - {None}) | {calendar_id_for(owner) for owner in owners}):
        with transaction.atomic():
            frozen.freeze(calendar)


@transaction.atomic
def _batch(source: str, under: Under, counted: Counted, *, actor, again: bool, waits_for: int) -> bool:
    """The next cases, locked in the order of their keys. False when there are none left."""
    keys = Record.objects.filter(source=source, kind=KIND, pk__gt=counted.after).order_by("pk")
    if not again:
        done = ImportedPromise.objects.filter(agreement_id=under.rule.pk, terms=under.terms)
        keys = keys.exclude(pk__in=done.values("record_id"))
    pks = list(keys.values_list("pk", flat=True)[:BATCH])
    rows = Record.objects.filter(pk__in=pks).select_related("requester").order_by("pk")
    records = {record.pk: record for record in rows.select_for_update(no_key=True, of=("self",))}
    kept = ImportedPromise.objects.in_bulk(pks)
    clocks = _by_record(Clock.objects.filter(record_id__in=pks).order_by("pk"), "record_id")
    told = Entry.objects.filter(subject_kind=SUBJECT, subject_id__in=pks).exclude(verb=REPAIRED).order_by("pk")
    entries = _by_record(told, "subject_id")
    results: list[ImportedPromise] = []
    fresh: list[Clock] = []
    for pk, record in records.items():
        if _is_ours(clocks.get(pk, []), kept.get(pk)):
            counted.left += 1
            continue
        made = rebuilt(record, entries.get(pk, []), waits_for=waits_for)
        results.append(_result(pk, kept.get(pk), clocks.get(pk, []), made, under))
        _stamp(record, made)
        fresh += made
    _save([records[each.pk] for each in results], results, fresh, under, actor)
    counted.done += len(results)
    counted.after = pks[-1] if pks else counted.after
    return bool(pks)


def _by_record(rows: Iterable, name: str) -> dict[int, list]:
    found: dict[int, list] = {}
    for row in rows:
        found.setdefault(getattr(row, name), []).append(row)
    return found


def _is_ours(clocks: list[Clock], kept: ImportedPromise | None) -> bool:
    """Is it worked on here, or promised to somebody here already?"""
    counted = kept.agreement_id if kept else None
    return any(clock.alive or clock.agreement_id not in (None, counted) for clock in clocks)


def _result(pk: int, kept, clocks: list[Clock], made: list[Clock], under: Under) -> ImportedPromise:
    """What both say. Cases that came in before results were kept apart have the file's on their clock."""
    theirs = kept.theirs if kept else getattr(_resolution(clocks), "met", None)
    ours = getattr(_resolution(made), "met", None)
    return ImportedPromise(
        record_id=pk, theirs=theirs, ours=ours, agreement_id=under.rule.pk, terms=under.terms, counted_at=now()
    )


def _resolution(clocks: list[Clock]) -> Clock | None:
    """The last promise to users that their case is solved."""
    found = [clock for clock in clocks if clock.kind == Kind.SLA and clock.metric == Metric.RESOLVE]
    return max(found, key=lambda clock: clock.cycle, default=None)


def _stamp(record: Record, made: list[Clock]) -> None:
    """No clock runs, so nothing is ahead; the deadline that there was is shown."""
    resolution = _resolution(made)
    record.due_at, record.queue_at = resolution.due_at if resolution else None, FAR
    record.version += 1


def _save(records: list[Record], results: list, fresh: list[Clock], under: Under, actor) -> None:
    if not records:
        return
    keys = [record.pk for record in records]
    Clock.objects.filter(record_id__in=keys).delete()
    Clock.objects.bulk_create(fresh, batch_size=1000)
    Record.objects.bulk_update(records, ["due_at", "queue_at", "version"])
    ImportedPromise.objects.bulk_create(
        results, update_conflicts=True, unique_fields=["record"],
        update_fields=["theirs", "ours", "agreement", "terms", "counted_at"],
    )  # fmt: skip
    data = {"how": "history", "agreement": under.rule.code}
    Entry.objects.bulk_create(
        log.build(REPAIRED, (SUBJECT, record.pk, record.number), actor=actor, data=data) for record in records
    )
    outbox.put(TOPIC, payload={"records": keys, "kind": KIND})


def table(source: str) -> list[Line]:
    """By priority, then all together: how many, kept by the file, kept by the agreement. Empty when nothing was counted."""
    rows = ImportedPromise.objects.filter(record__source=source, counted_at__isnull=False)
    lines = [
        Line(**row)
        for row in rows.values(priority=F("record__priority"))
        .annotate(
            n=Count("pk"),
            file_kept=Count("pk", Q(theirs=True)),
            file_told=Count("pk", Q(theirs__isnull=False)),
            here_kept=Count("pk", Q(ours=True)),
            here_promised=Count("pk", Q(ours__isnull=False)),
            only_file=Count("pk", Q(theirs=True, ours=False)),
            only_here=Count("pk", Q(theirs=False, ours=True)),
        )
        .order_by("priority")
    ]
    if lines:
        names = [each.name for each in fields(Line) if each.name != "priority"]
        lines.append(Line(None, **{name: sum(getattr(line, name) for line in lines) for name in names}))
    return lines


def agreements_in(source: str) -> list[str]:
    """The codes of the agreements that the table was counted under."""
    rows = ImportedPromise.objects.filter(record__source=source, counted_at__isnull=False)
    return list(rows.order_by("agreement__code").values_list("agreement__code", flat=True).distinct())
