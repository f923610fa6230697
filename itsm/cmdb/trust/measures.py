"""The health of items as conditions that the database answers for all of them at once."""

from datetime import datetime, timedelta

from django.db.models import Case, Exists, FloatField, IntegerField, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from itsm.core import now

from ..intake.candidates import ATTRIBUTE
from ..models import Claim, ConfigurationItem, Correction, DataSource, Service
from . import expected

YEAR = timedelta(days=365)
MEASURES = ("complete", "fresh", "accurate", "healthy")
# Nobody says otherwise of these, but nobody has checked them either: they are no proof that the CMDB is right.
UNVERIFIED = "unverified"
FLAWS = {"incomplete": "complete", "stale": "fresh", "inaccurate": "accurate", "unhealthy": "healthy"}
TELLING = ("late", "differs", "gone")


def measured(rows: QuerySet, at: datetime | None = None) -> QuerySet:
    """`rows` with what is expected of each (`share`, 0 to 1) and whether it is complete, fresh, accurate and all three."""
    found = conditions(at)
    verified = found["accurate"] & found["fresh"]
    return rows.annotate(share=share(), verified=_flag(verified), **{name: _flag(what) for name, what in found.items()})


def with_flaw(rows: QuerySet, flaw: str) -> QuerySet:
    """The items behind one number of the health page."""
    if flaw == UNVERIFIED:
        return rows.filter(condition("accurate")).exclude(condition("fresh"))
    return rows.exclude(condition(FLAWS[flaw]))


def condition(name: str, at: datetime | None = None) -> Q:
    """One measure as a condition on items."""
    return conditions(at)[name]


def conditions(at: datetime | None = None) -> dict[str, Q]:
    """Every measure as a condition on items; `healthy` is all three.

    Looked up by item (EXISTS): a list of ids (IN) would be searched row by row once it is too large to be hashed.
    """
    claims = Claim.objects.filter(item=OuterRef("pk"), missing_since=None)
    asked = Correction.objects.open().filter(item=OuterRef("pk"))
    at = at or now()
    complete = _complete()
    fresh = Q(confirmed_at__gte=at - YEAR) | Q(Exists(claims.filter(heard_in_time(at))))
    accurate = ~Q(Exists(claims.exclude(conflicts={}))) & ~Q(Exists(asked))
    return {"complete": complete, "fresh": fresh, "accurate": accurate, "healthy": complete & fresh & accurate}


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
        text = KeyTextTransform(name.removeprefix(ATTRIBUTE), "attributes")
        # What is not there and null are both NULL, of which the opposite would be NULL, too.
        return Q(GreaterThan(Coalesce(text, Value(""), output_field=TextField()), Value("")))
    if name == "owner":
        owned = Service.objects.filter(pk=OuterRef("pk"), owner__isnull=False)
        return Q(owner__isnull=False) | Q(Exists(owned))
    return ~Q(**{name: ""}) if name in expected.KEY_COLUMNS else Q(**{f"{name}__isnull": False})


def _flag(what: Q) -> Case:
    return Case(When(what, then=Value(1)), default=Value(0), output_field=IntegerField())


def one(item: ConfigurationItem, claims: list[Claim], corrections: int, at: datetime) -> dict[str, bool]:
    """The same of one item whose claims, with their sources, are at hand."""
    from .. import itempage

    here = [claim for claim in claims if claim.missing_since is None]
    return {
        "complete": not expected.missing(item, itempage.spec_of(item.ci_class)),
        "fresh": bool(item.confirmed_at and item.confirmed_at >= at - YEAR)
        or any(claim.last_seen_at >= at - timedelta(days=claim.source.stale_days) for claim in here),
        "accurate": not corrections and not any(claim.conflicts for claim in here),
    }
