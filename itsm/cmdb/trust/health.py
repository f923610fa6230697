"""Health by class, team and source for one reader; kept for minutes, and counted once a day for the curve."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from itsm.core import now
from itsm.people.directory import directory
from itsm.people.scope import Scope, scope_of

from ..classes import classes, with_subclasses
from ..intake.precedence import HAND
from ..models import Claim, ConfigurationItem, DataSource, HealthDay
from .measures import MEASURES, heard_in_time, measured

SECONDS = 300
DAYS = 90
COUNTS = ("items", *MEASURES)


@dataclass
class Health:
    """What the page shows. `made_at` says when it was counted."""

    made_at: datetime
    total: dict[str, Any]
    classes: list[dict[str, Any]] = field(default_factory=list)
    teams: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)


def health(user, within: str = "") -> Health:
    """For one reader, of all their organisations or of one and those below it. At most `SECONDS` old."""
    scope = scope_of(user)
    key = f"cmdb-health:2:{within}:{'all' if scope.everything else '-'.join(map(str, sorted(scope.organisations)))}"
    try:
        kept = cache.get(key)
    except Exception:  # counted without the cache, too
        kept = None
    if kept is None:
        kept = count(user, within)
        try:
            cache.set(key, kept, SECONDS)
        except Exception:  # noqa: S110 - counted again next time
            pass
    return kept


def below(code: str) -> list[int] | None:
    """An organisation and those below it; None without one."""
    root = directory.get().organisations_by_code.get(code)
    if root is None:
        return None
    return [row.pk for row in directory.get().organisations.values() if root.pk in row.lineage]


def count(user, within: str = "") -> Health:
    """Two queries, whatever there is: items by class and team, claims by source."""
    rows, at = ConfigurationItem.objects.visible_to(user).in_use(), now()
    chosen = below(within)
    if chosen is not None:
        rows = rows.filter(organisation_id__in=chosen)
    groups = grouped(rows, at, "ci_class", "support_team_id")
    by_class: dict[str, list] = defaultdict(list)
    by_team: dict[int | None, list] = defaultdict(list)
    for group in groups:
        by_class[group["ci_class"]].append(group)
        by_team[group["support_team_id"]].append(group)
    known, teams = classes.get(), directory.get().teams
    return Health(
        at,
        _summed(groups),
        _sorted(
            {"code": code, **_summed([g for each in with_subclasses(code) or [code] for g in by_class.get(each, ())])}
            for code in by_class
            if code in known
        ),
        _sorted({"code": teams[pk].code if pk in teams else "-", **_summed(part)} for pk, part in by_team.items()),
        _sources(rows, at),
    )


def grouped(rows, at: datetime, *by: str) -> list[dict[str, Any]]:
    """Counts of each measure by some columns, in one pass."""
    return list(
        measured(rows, at).order_by().values(*by).annotate(
            items=Count("pk"), shares=Sum("share"), **{f"{name}_": Sum(name) for name in (*MEASURES, "verified")}
        )
    )  # fmt: skip


def _summed(groups: list[dict]) -> dict[str, Any]:
    found = {"items": sum(g["items"] for g in groups), "shares": sum(g["shares"] or 0 for g in groups)}
    return found | {name: sum(g[f"{name}_"] or 0 for g in groups) for name in (*MEASURES, "verified")}


def _sorted(rows) -> list[dict]:
    return sorted(rows, key=lambda row: (-row["items"], row["code"]))


def _sources(rows, at: datetime) -> list[dict]:
    """What each source says of these items: how many it sees in time, contradicts, no longer finds."""
    # What people decided is no source that comes round.
    claims = Claim.objects.filter(item__in=rows).exclude(source__code=HAND).order_by().values("source")
    here = Q(missing_since=None)
    counted = claims.annotate(
        items=Count("pk"), seen=Count("pk", filter=heard_in_time(at)), differs=Count("pk", filter=here & ~Q(conflicts={})),
        gone=Count("pk", filter=~here),
    )  # fmt: skip
    names = {
        pk: (code, name, days)
        for pk, code, name, days in DataSource.objects.values_list("pk", "code", "name", "stale_days")
    }
    found = []
    for row in counted:
        code, name, days = names[row["source"]]
        late = row["items"] - row["seen"] - row["gone"]
        found.append({"code": code, "name": name, "stale_days": days, "late": late, **row})
    return _sorted(found)


@transaction.atomic
def keep_day(day: date | None = None) -> int:
    """Keep today's counts by organisation. Counted again, they are replaced: twice is as once."""
    at = now()
    day = day or timezone.localtime(at).date()
    groups = grouped(ConfigurationItem.objects.in_use(), at, "organisation_id")
    kept = [
        HealthDay(day=day, organisation_id=g["organisation_id"], items=g["items"], **{n: g[f"{n}_"] for n in MEASURES})
        for g in groups
    ]
    made = HealthDay.objects.bulk_create(
        kept, update_conflicts=True, unique_fields=["day", "organisation"], update_fields=list(COUNTS)
    )
    there = {g["organisation_id"] for g in groups}
    gone = HealthDay.objects.filter(day=day).exclude(organisation_id__in=there - {None})
    (gone.exclude(organisation=None) if None in there else gone).delete()
    return len(made)


def days(scope: Scope, within: str = "") -> list[dict[str, Any]]:
    """The last three months, one line a day that was counted, oldest first."""
    rows = HealthDay.objects.filter(day__gt=timezone.localtime(now()).date() - timedelta(days=DAYS))
    chosen = below(within)
    if chosen is not None:
        rows = rows.filter(organisation_id__in=chosen)
    if not scope.everything:
        rows = rows.filter(Q(organisation_id__in=scope.organisations) | Q(organisation=None))
    return list(rows.order_by("day").values("day").annotate(**{f"{n}_": Sum(n) for n in COUNTS}))
