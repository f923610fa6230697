"""Differences between what a source says and what the CMDB holds: reported, decided, recorded. The CMDB changes only when one is accepted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.notify import outbox

from . import snapshots
from .changing import RETIRED, locked, update_ci
from .models import ConfigurationItem, Drift

OPEN, RECORDED, ACCEPTED, IGNORED, AGREED = (Drift.State(value) for value in Drift.State.values)
UNDECIDED = (OPEN, RECORDED)
ATTRIBUTE = "attributes."
# What a source may see; how an item does and where it stands in its life is not for an inventory to say.
COMPARED = set(snapshots.ITEM_FIELDS) - {"attributes", "state", "status", "key"}


@transaction.atomic
def report_drift(pk: int, *, actor, source: str, said: dict[str, Any], at: datetime | None = None) -> list[Drift]:
    """Tell what a source says of an item: {field: value}, attributes as "attributes.<name>". Returns what waits for a decision.

    What differs is listed once, however often it is said; what agrees (again) leaves the list; what was ignored stays
    ignored until the source says something else. Fields that are not named are not judged. Nothing of the item changes.
    """
    source = source.strip()
    if not source:
        raise DomainError(_("Say which source it is."), field="source")
    unknown = sorted(name for name in said if not name.startswith(ATTRIBUTE) and name not in COMPARED)
    if unknown:
        raise DomainError(_("No source is asked about these fields: %(fields)s.") % {"fields": ", ".join(unknown)})
    item, at = locked(pk), at or now()
    kept, told = snapshots.of_item(item), {name: snapshots.plain(value) for name, value in said.items()}
    rows = Drift.objects.filter(item=item, source=source, field__in=list(told)).order_by("-pk")
    newest: dict[str, Drift] = {}
    for row in rows:
        newest.setdefault(row.field, row)
    fresh, waiting = [], []
    for field, value in told.items():
        row, here = newest.get(field), value_of(kept, field)
        if _same(value, here) or item.status == RETIRED:
            if row and row.state in UNDECIDED:
                _decide(row, AGREED, actor=None, at=at)
            continue
        if row and row.state in (*UNDECIDED, IGNORED) and (row.state != IGNORED or _same(row.said, value)):
            _see_again(row, value, here, at)
        else:
            row = Drift.objects.create(
                item=item, source=source, field=field, said=value, kept=here, seen_at=at, last_seen_at=at
            )
            fresh.append(row)
        if row.state == OPEN:
            waiting.append(row)
    if fresh:
        changes = {row.field: [row.kept, row.said] for row in fresh}
        log.write("ci.drifted", ("ci", item.pk, item.name), actor=actor, changes=changes, data={"source": source})
        outbox.put("ci.drifted", payload={"item": item.pk, "source": source, "fields": sorted(changes)})
    return waiting


def _see_again(row: Drift, value, here, at: datetime) -> None:
    row.said, row.kept, row.times = value, here, row.times + 1
    row.last_seen_at = max(at, row.last_seen_at)
    row.save(update_fields=["said", "kept", "times", "last_seen_at"])


def value_of(data: dict, field: str):
    """What a snapshot holds in a field that a source names."""
    if field.startswith(ATTRIBUTE):
        return (data.get("attributes") or {}).get(field.removeprefix(ATTRIBUTE))
    return data.get(field)


def _same(one, other) -> bool:
    """Equal, where nothing and an empty text are the same."""
    return (None if one in ("", None) else one) == (None if other in ("", None) else other)


@transaction.atomic
def accept_drift(pk: int, *, actor, reason: str = "") -> ConfigurationItem:
    """The source is right: the item takes what it says. DomainError when the item cannot hold it."""
    row = _undecided(pk)
    why = reason or _("As %(source)s says") % {"source": row.source}
    if row.field.startswith(ATTRIBUTE):
        name, item = row.field.removeprefix(ATTRIBUTE), row.item
        merged = {**item.attributes, name: row.said}
        values = {"attributes": {key: value for key, value in merged.items() if value is not None}}
    else:
        values = _column(row.field, row.said)
    item = update_ci(row.item_id, actor=actor, reason=why, **values)
    _decide(row, ACCEPTED, actor=actor, at=now(), reason=reason)
    _tell(row, "accepted", actor, reason)
    return item


def _column(field: str, value) -> dict[str, Any]:
    column = ConfigurationItem._meta.get_field(field.removesuffix("_id"))
    if column.is_relation:
        found = column.related_model.objects.filter(pk=value).first() if value else None
        if value and found is None:
            raise DomainError(_("What the source names is not known here any more."))
        return {column.name: found}
    if value is None:
        return {column.name: None if column.null else ""}
    try:
        return {column.name: column.to_python(value)}
    except ValidationError as error:
        raise DomainError(
            _("The item cannot hold what the source says: %(why)s") % {"why": " ".join(error.messages)}
        ) from error


@transaction.atomic
def ignore_drift(pk: int, *, actor, reason: str) -> None:
    """The CMDB is right: the difference is listed no more until the source says something else."""
    if not reason.strip():
        raise DomainError(_("Say why it is ignored."), field="reason")
    row = _undecided(pk)
    _decide(row, IGNORED, actor=actor, at=now(), reason=reason)
    _tell(row, "ignored", actor, reason)


def lock_drifts(pks: Sequence[int]) -> list[Drift]:
    """Those that are still open, with their items locked, inside the caller's transaction."""
    items = Drift.objects.filter(pk__in=pks).values_list("item_id", flat=True)
    list(ConfigurationItem.objects.select_for_update(no_key=True).filter(pk__in=set(items)).order_by("pk"))
    rows = Drift.objects.select_for_update(of=("self",), no_key=True).select_related("item")
    return list(rows.filter(pk__in=pks, state=OPEN).order_by("pk"))


def mark_recorded(rows: Sequence[Drift], record, *, actor) -> None:
    """A record stands for these now. Call it in the transaction that opened it, with what `lock_drifts` gave."""
    at = now()
    for row in rows:
        row.record = record
        _decide(row, RECORDED, actor=actor, at=at)
        _tell(row, "recorded", actor, str(record))


def _undecided(pk: int) -> Drift:
    item = Drift.objects.values_list("item_id", flat=True).get(pk=pk)
    locked(item)
    row = Drift.objects.select_for_update(of=("self",), no_key=True).select_related("item").get(pk=pk)
    if row.state not in UNDECIDED:
        raise IllegalMove(_("This difference was decided meanwhile: %(state)s.") % {"state": row.get_state_display()})
    return row


def _decide(row: Drift, state: Drift.State, *, actor, at: datetime, reason: str = "") -> None:
    row.state, row.decided_at, row.decided_by, row.reason = state, at, actor, reason.strip()[:200]
    row.save(update_fields=["state", "decided_at", "decided_by", "reason", "record"])


def _tell(row: Drift, verb: str, actor, reason: str) -> None:
    data = {"source": row.source, "drift": row.pk, "reason": reason}
    changes = {row.field: [row.kept, row.said]}
    log.write(f"ci.drift_{verb}", ("ci", row.item_id, row.item.name), actor=actor, changes=changes, data=data)
    outbox.put("ci.drift_decided", payload={"item": row.item_id, "drift": row.pk, "state": row.state})
