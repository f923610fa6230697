"""Everything that changes an agreement. One function, one transaction, one audit entry; clocks are left alone."""

from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import versions
from itsm.core.errors import DomainError, StaleVersion
from itsm.core.fingerprint import fingerprint

from . import conditions
from .conditions import Occasion
from .models import METRICS, Agreement, Kind, Metric, Starts, Target
from .models import Terms as TermsRow

FIELDS = (
    "code", "name_fr", "name_en", "kind", "active", "valid_from", "valid_until", "organisation_id", "service_id", "category_id", "record_kind",
    "vip", "team_id", "level", "supplier_id", "calendar_id", "on_change", "on_reopen", "starts",
)  # fmt: skip
# What each kind of agreement may promise.
PROMISES = {
    Kind.SLA: (Metric.OWN, Metric.RESPONSE, Metric.UPDATE, Metric.RESOLVE),
    Kind.OLA: (Metric.OWN, Metric.TRANSFER, Metric.RESOLVE),
    Kind.UC: (Metric.RESOLVE,),
}


@dataclass(frozen=True)
class Terms:
    """An agreement whole: its columns, {(priority or None, metric): (seconds or None, calendar or None)}, and by metric the
    conditions of its clock."""

    values: dict
    targets: dict[tuple[int | None, str], tuple[int | None, int | None]] = field(default_factory=dict)
    conditions: dict[str, dict[str, list[dict]]] = field(default_factory=dict)


def terms_of(agreement: Agreement) -> Terms:
    """An agreement as it is."""
    rows = agreement.targets.values_list("priority", "metric", "seconds", "calendar_id")
    return Terms(
        {name: getattr(agreement, name) for name in FIELDS},
        {(p, m): (s, c) for p, m, s, c in rows},
        conditions_of(agreement.terms.values("metric", *Occasion.values)),
    )


def conditions_of(rows) -> dict[str, dict[str, list[dict]]]:
    """By metric, what is said for each occasion; nothing said, nothing there."""
    found = {row["metric"]: {each: row[each] for each in Occasion.values if row[each]} for row in rows}
    return {metric: said for metric, said in found.items() if said}


def _listed(targets: dict) -> list[list]:
    return sorted(([p or 0, m, s, c] for (p, m), (s, c) in targets.items()), key=str)


def digest(terms: Terms) -> str:
    """Tells two states of an agreement apart: a form says which one it was made from."""
    said = [terms.conditions] if terms.conditions else []
    return fingerprint([terms.values, _listed(terms.targets), *said])


@transaction.atomic
def save_agreement(agreement: Agreement | None, terms: Terms, *, actor, seen: str = "") -> Agreement:
    """Create an agreement or put other terms in its place. What runs keeps its promise until an administrator says otherwise."""
    check(terms)
    before = None
    if agreement is not None:
        agreement = Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
        before = terms_of(agreement)
        if seen and seen != digest(before):
            raise StaleVersion()
        if before.values["kind"] != terms.values["kind"] and agreement.clocks.exists():
            raise DomainError(
                _("Clocks count under this agreement: its kind cannot change. Make another one."), field="kind"
            )
    row = agreement or Agreement()
    for name, value in terms.values.items():
        setattr(row, name, value)
    row.name = row.name_fr or row.name_en
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError(_("Another agreement has this code."), field="code") from error
    row.targets.all().delete()
    Target.objects.bulk_create(
        Target(agreement=row, priority=p, metric=m, seconds=s, calendar_id=c)
        for (p, m), (s, c) in terms.targets.items()
    )
    for metric in METRICS:
        said = terms.conditions.get(metric, {})
        columns = {each: said.get(each, []) for each in Occasion.values}
        if not TermsRow.objects.filter(agreement=row, metric=metric).update(**columns) and said:
            TermsRow.objects.create(agreement=row, metric=metric, **columns)
    log.write(
        "agreement.changed" if before else "agreement.created",
        row,
        actor=actor,
        changes=_changes(before, terms) if before else {},
    )
    versions.bump("levels")
    return row


@transaction.atomic
def duplicate(agreement: Agreement, *, actor) -> Agreement:
    """A copy that is not in force yet, to be changed and tried."""
    terms = terms_of(agreement)
    taken = set(Agreement.objects.filter(code__startswith=agreement.code[:34]).values_list("code", flat=True))
    code = next(each for n in range(2, 10_000) if (each := f"{agreement.code[:34]}-{n}") not in taken)
    copy = Terms({**terms.values, "code": code, "active": False}, terms.targets, terms.conditions)
    return save_agreement(None, copy, actor=actor)


@transaction.atomic
def set_active(agreement: Agreement, active: bool, *, actor) -> Agreement:
    """Put in force or out of it. Twice changes nothing."""
    row = Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    if row.active != active:
        row.active = active
        row.save(update_fields=["active"])
        log.write("agreement.changed", row, actor=actor, changes={"active": [not active, active]})
        versions.bump("levels")
    return row


def _changes(before: Terms, after: Terms) -> dict[str, list]:
    found = {
        name: [_plain(old), _plain(after.values[name])]
        for name, old in before.values.items()
        if name in after.values and old != after.values[name]
    }
    if before.targets != after.targets:
        found["targets"] = [_listed(before.targets), _listed(after.targets)]
    if before.conditions != after.conditions:
        found["conditions"] = [before.conditions, after.conditions]
    return found


def _plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


def check(terms: Terms) -> None:
    """DomainError with the field and what to do, for an agreement that cannot be."""
    values, kind = terms.values, Kind(terms.values["kind"])
    begins, ends = values.get("valid_from"), values.get("valid_until")
    if begins and ends and ends < begins:
        raise DomainError(_("It ends before it begins."), field="valid_until")
    if kind == Kind.OLA and values.get("team_id") is None and values.get("level") is None:
        raise DomainError(_("Say which team, or which level, promises this."), field="team")
    if kind != Kind.OLA and (values.get("team_id") is not None or values.get("level") is not None):
        raise DomainError(_("Only an OLA is promised by a team."), field="team")
    if kind == Kind.UC and values.get("supplier_id") is None:
        raise DomainError(_("Say which supplier promises this."), field="supplier")
    if kind != Kind.UC and values.get("supplier_id") is not None:
        raise DomainError(_("Only a contract is promised by a supplier."), field="supplier")
    if kind == Kind.UC and values.get("starts", Starts.OPENING) != Starts.OPENING:
        raise DomainError(_("A contract counts from the wait for the supplier, not from an approval."), field="starts")
    if not terms.targets:
        raise DomainError(_("Nothing is promised yet: give at least one target."), field="targets")
    for (priority, metric), (seconds, _calendar) in terms.targets.items():
        if metric not in METRICS or Metric(metric) not in PROMISES[kind]:
            raise DomainError(_("This kind of agreement does not promise that."), field="targets")
        if priority is not None and not 1 <= priority <= 5:
            raise DomainError(_("Priorities go from 1 to 5."), field="targets")
        if seconds is not None and seconds <= 0:
            raise DomainError(_("A target is longer than nothing."), field="targets")
    promised = {metric for _priority, metric in terms.targets}
    for metric, said in terms.conditions.items():
        if metric not in promised:
            raise DomainError(
                _("There are conditions for “%(metric)s”, and no target.")
                % {"metric": Metric(metric).label if metric in METRICS else metric[:20]},
                field=conditions.FIELD,
            )
        conditions.checked(metric, said)
