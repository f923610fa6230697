"""What a rule would have done: tried on past records before it is switched on. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from itsm.core import now
from itsm.people.directory import directory
from itsm.records.models import AffectedItem, Hop, Record

from .models import RoutingRule
from .rules import Case, active_rules, holds, rule_for

MOST, SHOWN = 5000, 20


@dataclass
class Trial:
    """Of `of` records, `fits` meet the rule and `changed` would have begun in another team than they did."""

    of: int = 0
    fits: int = 0
    changed: int = 0
    wrong_first: int = 0
    examples: list[dict] = field(default_factory=list)


def attempt(draft: RoutingRule, user, *, days: int = 90) -> Trial:
    """Put the draft among the rules that are on, and route the newest records of the last days again (at most `MOST`).

    `wrong_first`: of those changed, how many were later handed to the very team that the rule names.
    """
    rows = list(
        Record.objects.in_desk_of(user)
        .filter(opened_at__gte=now() - timedelta(days=days), source="", merged_into=None)
        .order_by("-pk")
        .values(
            "pk",
            "number",
            "title",
            "description",
            "kind",
            "organisation_id",
            "category_id",
            "service_id",
            "requester__vip",
        )[:MOST]
    )
    ids = [row["pk"] for row in rows]
    items, first, later = _items(ids) if draft.item_id else {}, *_stays(ids)
    rules = sorted(
        [rule for rule in active_rules.get() if rule.pk != draft.pk] + [draft],
        key=lambda rule: (rule.position, rule.pk is None, rule.pk),  # a new one comes after those at its place
    )
    return _count(rows, draft, rules, items, first, later)


def _count(rows, draft: RoutingRule, rules: Sequence[RoutingRule], items, first, later) -> Trial:
    trial, teams = Trial(of=len(rows)), directory.get().teams
    for row in rows:
        case = Case(
            row["kind"], row["organisation_id"], row["title"], row["description"], row["category_id"], row["service_id"],
            tuple(items.get(row["pk"], ())), lambda row=row: bool(row["requester__vip"]),
        )  # fmt: skip
        if not holds(draft, case):
            continue
        trial.fits += 1
        decided = rule_for(case, rules)
        began = first.get(row["pk"])
        if decided is not draft or began == draft.team_id:
            continue
        trial.changed += 1
        trial.wrong_first += draft.team_id in later.get(row["pk"], ())
        if len(trial.examples) < SHOWN:
            trial.examples.append(
                {"number": row["number"], "title": row["title"], "from": teams[began].code if began in teams else "—"}
            )
    return trial


def _items(ids: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for record, item in AffectedItem.objects.filter(record_id__in=ids).values_list("record_id", "item_id"):
        found.setdefault(record, []).append(item)
    return found


def _stays(ids: list[int]) -> tuple[dict[int, int], dict[int, set[int]]]:
    """The team that each record began in, and those that had it later."""
    first: dict[int, int] = {}
    later: dict[int, set[int]] = {}
    for record, team in (
        Hop.objects.filter(record_id__in=ids).order_by("started_at", "pk").values_list("record_id", "team_id")
    ):
        if record in first:
            later.setdefault(record, set()).add(team)
        else:
            first[record] = team
    return first, later
