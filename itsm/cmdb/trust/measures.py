"""The health of items as conditions that the database answers for all of them at once."""

from datetime import datetime, timedelta

from django.db.models import Case, FloatField, IntegerField, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import GreaterThan

from itsm.core import now

from ..intake.candidates import ATTRIBUTE
from ..models import Claim, ConfigurationItem, Correction, DataSource, Service
from . import expected

YEAR = timedelta(days=365)
MEASURES = ("complete", "fresh", "accurate", "healthy")
FLAWS = {"incomplete": "complete", "stale": "fresh", "inaccurate": "accurate", "unhealthy": "healthy"}
TELLING = ("late", "differs", "gone")


def measured(rows: QuerySet, at: datetime | None = None) -> QuerySet:
    """`rows` with what is expected of each (`share`, 0 to 1) and whether it is complete, fresh, accurate and all three."""
    return rows.annotate(share=share(), **{name: _flag(condition(name, at)) for name in MEASURES})


def with_flaw(rows: QuerySet, flaw: str) -> QuerySet:
    """The items behind one number of the health page."""
    return rows.exclude(condition(FLAWS[flaw]))


def condition(name: str, at: datetime | None = None) -> Q:
    """One measure as a condition on items; `healthy` is all three."""
    match name:
        case "complete":
            return _complete()
        case "fresh":
            return _fresh(at or now())
        case "accurate":
            return ~Q(pk__in=disputed()) & ~Q(pk__in=Correction.objects.open().values("item"))
    return _complete() & _fresh(at or now()) & condition("accurate")


def disputed() -> QuerySet:
    """Items about which a source that still sees them says otherwise."""
    return Claim.objects.exclude(conflicts={}).filter(missing_since=None).values("item")


def heard_in_time(at: datetime, prefix: str = "") -> Q:
    """Claims whose source saw the item within the days that the source itself sets."""
    found = Q(pk__in=[])
    for pk, days in DataSource.objects.values_list("pk", "stale_days"):
        found |= Q(**{f"{prefix}source_id": pk, f"{prefix}last_seen_at__gte": at - timedelta(days=days)})
    return found & Q(**{f"{prefix}missing_since": None})


def told_by(rows: QuerySet, source: str, how: str = "") -> QuerySet:
    """Items of which a source tells: all, those it has not seen in time, contradicts, or no longer finds."""
    claims = Claim.objects.filter(source__code=source)
    match how:
        case "late":
            claims = claims.filter(missing_since=None).exclude(heard_in_time(now()))
        case "differs":
            claims = claims.filter(missing_since=None).exclude(conflicts={})
        case "gone":
            claims = claims.filter(missing_since__isnull=False)
    return rows.filter(pk__in=claims.values("item"))


def _fresh(at: datetime) -> Q:
    seen = Claim.objects.filter(heard_in_time(at)).values("item")
    return Q(confirmed_at__gte=at - YEAR) | Q(pk__in=seen)


def _complete() -> Q:
    found = Q(pk__in=[])
    for fields, codes in expected.by_fields().items():
        filled = Q(ci_class__in=codes)
        for name in fields:
            filled &= _filled(name)
        found |= filled
    return found


def share() -> Case:
    """How much of what is expected is there, from 0 to 1."""
    branches = []
    for fields, codes in expected.by_fields().items():
        there = sum((_flag(_filled(name)) for name in fields), Value(0))
        branches.append(When(ci_class__in=codes, then=there * Value(1.0) / Value(float(len(fields)))))
    return Case(*branches, default=Value(0.0), output_field=FloatField())


def _filled(name: str) -> Q:
    if name.startswith(ATTRIBUTE):
        # As text, a value that is not there and a null are both NULL, and so never greater than nothing.
        return Q(GreaterThan(KeyTextTransform(name.removeprefix(ATTRIBUTE), "attributes"), Value("")))
    if name == "owner":
        owned = Service.objects.filter(owner__isnull=False).values("pk")
        return Q(owner__isnull=False) | Q(pk__in=owned)
    return ~Q(**{name: ""}) if name in expected.KEY_COLUMNS else Q(**{f"{name}__isnull": False})


def _flag(what: Q) -> Case:
    return Case(When(what, then=Value(1)), default=Value(0), output_field=IntegerField())


def one(item: ConfigurationItem, claims: list[Claim], corrections: int, at: datetime) -> dict[str, bool]:
    """The same of one item whose claims are at hand."""
    from .. import itempage

    stale = {pk: timedelta(days=days) for pk, days in DataSource.objects.values_list("pk", "stale_days")}
    here = [claim for claim in claims if claim.missing_since is None]
    return {
        "complete": not expected.missing(item, itempage.spec_of(item.ci_class)),
        "fresh": bool(item.confirmed_at and item.confirmed_at >= at - YEAR)
        or any(claim.last_seen_at >= at - stale[claim.source_id] for claim in here),
        "accurate": not corrections and not any(claim.conflicts for claim in here),
    }
