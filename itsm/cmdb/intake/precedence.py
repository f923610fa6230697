"""Who is believed: what a better source says, or people typed, is not overwritten; the other view is kept beside it."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from itsm.core.reference import cached

from ..classes import classes
from ..models import Claim, DataSource, PrecedenceRule

VERSION = "cmdb-sources"
HAND = "hand"
HAND_RANK = 10
EMPTY = ("", None, [], {})


@dataclass(frozen=True)
class Ranks:
    """Rank of each source, and where rules say otherwise: (source, class, field) -> rank."""

    by_source: dict[int, int]
    rules: dict[tuple[int, str, str], int]
    hand: int | None
    names: dict[int, str] = field(default_factory=dict)

    def of(self, source: int | None, ci_class: str, name: str) -> int:
        """1 is believed first. The most telling rule counts: class and field, then field, then class. None is people."""
        source = self.hand if source is None else source
        if source is None:
            return HAND_RANK
        known = classes.get()
        lineage = known[ci_class].lineage if ci_class in known else (ci_class,)
        for code in lineage:
            if (found := self.rules.get((source, code, name))) is not None:
                return found
        if (found := self.rules.get((source, "", name))) is not None:
            return found
        for code in lineage:
            if (found := self.rules.get((source, code, ""))) is not None:
                return found
        return self.by_source.get(source, 50)


@cached(VERSION)
def ranks() -> Ranks:
    """As they stand."""
    sources = list(DataSource.objects.values_list("pk", "code", "rank", "name"))
    rules = {(r.source_id, r.ci_class, r.field): r.rank for r in PrecedenceRule.objects.all()}
    hand = next((pk for pk, code, _rank, _name in sources if code == HAND), None)
    return Ranks({pk: rank for pk, _c, rank, _n in sources}, rules, hand, {pk: name for pk, _c, _r, name in sources})


def claims_on(items: list[int]) -> dict[int, dict[int, Claim]]:
    """What every source says of some items: {item: {source: claim}}."""
    found: dict[int, dict[int, Claim]] = defaultdict(dict)
    for claim in Claim.objects.filter(item_id__in=items):
        found[claim.item_id][claim.source_id] = claim
    return found


@dataclass
class Verdict:
    """What a source changes, and what it says in vain: {field: [what stands, what it says, who is believed]}."""

    changes: dict[str, list] = field(default_factory=dict)
    kept: dict[str, list] = field(default_factory=dict)


def judge(
    ci_class: str,
    stands: dict[str, Any],
    said: dict[str, Any],
    source: int,
    claims: dict[int, Claim],
    *,
    partial: bool = False,
) -> Verdict:
    """Compare what stands in an item (`stands`, flat) with what a source says now. What is empty wipes out only its own."""
    order, verdict = ranks.get(), Verdict()
    mine = claims[source].values if source in claims else {}
    for name, new in said.items():
        old = stands.get(name)
        if new == old or (new in EMPTY and old in EMPTY):
            continue
        own = name in mine and mine[name] == old
        if new in EMPTY and (partial or not own):
            continue
        if old in EMPTY:
            verdict.changes[name] = [old, new]
            continue
        others = [s for s, c in claims.items() if s != source and c.missing_since is None and c.values.get(name) == old]
        believed = min(others, key=lambda s: order.of(s, ci_class, name), default=None)
        if believed is None and own:
            verdict.changes[name] = [old, new]
        elif believed is None:
            wins = order.of(source, ci_class, name) < order.of(None, ci_class, name)
            (verdict.changes if wins else verdict.kept)[name] = [old, new] if wins else [old, new, HAND]
        elif order.of(source, ci_class, name) <= order.of(believed, ci_class, name):
            verdict.changes[name] = [old, new]
        else:
            verdict.kept[name] = [old, new, order.names.get(believed, "")]
    return verdict
