"""What suffers when an item fails: the subgraph level by level in SQL, capped; then *down* and *degraded* by rounds.

States only get worse, so cycles end. A redundancy group brings its source down when fewer than `need` members are up.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime

from itsm.people.models import User

from . import snapshots
from .models import ConfigurationItem, Relation, Service

DEPTH, CAP = 6, 500
UP, DEGRADED, DOWN = 0, 1, 2
NAMES = {DEGRADED: "degraded", DOWN: "down"}


@dataclass(frozen=True)
class Edge:
    """`source` depends on `target`."""

    source: int
    target: int
    group: int
    need: int


@dataclass
class Impact:
    """Affected items with state, depth and path; `truncated` when the cap cut the answer."""

    root: int
    depth: int
    states: dict[int, int] = field(default_factory=dict)
    level: dict[int, int] = field(default_factory=dict)
    parent: dict[int, int] = field(default_factory=dict)
    truncated: bool = False
    direct: int = 0

    def path(self, pk: int) -> list[int]:
        """From the root to the item, along the shortest way."""
        steps = [pk]
        while steps[-1] != self.root:
            steps.append(self.parent[steps[-1]])
        return steps[::-1]


def compute(root: int, *, depth: int = DEPTH, cap: int = CAP, at: datetime | None = None) -> Impact:
    """The impact of `root` being down, now or as of an instant."""
    found = Impact(root, depth)
    edges = _subgraph(found, cap, at)
    groups = _groups({e.source for e in edges}, at)
    found.states = settle(root, edges, groups)
    found.direct = _edges([root], None, at, count=True)
    return found


def _subgraph(found: Impact, cap: int, at) -> list[Edge]:
    seen, edges, frontier = {found.root}, [], [found.root]
    for level in range(1, found.depth + 1):
        if not frontier:
            break
        rows = _edges(frontier, cap * 4, at)
        following = []
        for edge in rows:
            if edge.source not in seen:
                if len(seen) > cap:
                    found.truncated = True
                    continue
                seen.add(edge.source)
                following.append(edge.source)
                found.level[edge.source], found.parent[edge.source] = level, edge.target
            edges.append(edge)
        found.truncated |= len(rows) >= cap * 4
        frontier = following
    return edges


def _edges(targets: list[int], limit: int | None, at, *, count: bool = False):
    if at is None:
        rows = Relation.objects.filter(target_id__in=targets, carries_impact=True).order_by("target_id", "source_id")
        if count:
            return rows.count()
        return [Edge(*row) for row in rows.values_list("source_id", "target_id", "group", "need")[:limit]]
    past = snapshots.relations_as_of(at, targets=targets).order_by("target_id", "source_id")
    kept = [row for row in past.values_list("source_id", "target_id", "data")[: limit or 100_000] if row[2]["carries_impact"]]
    return len(kept) if count else [Edge(s, t, d["group"], d["need"]) for s, t, d in kept]


def _groups(sources: set[int], at) -> dict[tuple[int, int], tuple[int, int]]:
    """(source, group) -> (members, needed), counted over the whole CMDB, not only over the subgraph."""
    members: dict[tuple[int, int], int] = defaultdict(int)
    needed: dict[tuple[int, int], int] = {}
    if at is None:
        rows = Relation.objects.filter(source_id__in=sources, group__gt=0, carries_impact=True).values_list("source_id", "group", "need")
    else:
        past = snapshots.relations_as_of(at, sources=sources).values_list("source_id", "data")
        rows = [(s, d["group"], d["need"]) for s, d in past if d["group"] > 0 and d["carries_impact"]]
    for source, group, need in rows:
        members[source, group] += 1
        needed[source, group] = max(need, needed.get((source, group), 1))
    return {key: (n, needed[key]) for key, n in members.items()}


def settle(root: int, edges: list[Edge], groups: dict[tuple[int, int], tuple[int, int]]) -> dict[int, int]:
    """States of all that is reached; the root itself is down and left out."""
    by_target, by_source = defaultdict(list), defaultdict(list)
    for edge in edges:
        by_target[edge.target].append(edge)
        by_source[edge.source].append(edge)
    states = defaultdict(int, {root: DOWN})
    work = deque([root])
    while work:
        for edge in by_target[work.popleft()]:
            if edge.source == root:
                continue
            worse = _state(edge.source, by_source[edge.source], states, groups)
            if worse > states[edge.source]:
                states[edge.source] = worse
                work.append(edge.source)
    return {pk: state for pk, state in states.items() if pk != root and state > UP}


def _state(source: int, edges: list[Edge], states, groups) -> int:
    worst, lost, hurt = UP, defaultdict(int), defaultdict(int)
    for edge in edges:
        state = states[edge.target]
        if edge.group == 0:
            worst = max(worst, state)
        else:
            lost[edge.group] += state == DOWN
            hurt[edge.group] += state == DEGRADED
    for group in {*lost, *hurt}:
        members, need = groups.get((source, group), (1, 1))
        if members - lost[group] < need:
            worst = DOWN
        elif lost[group] or hurt[group]:
            worst = max(worst, DEGRADED)
    return worst


def report(root: int, *, user, depth: int = DEPTH, cap: int = CAP, at: datetime | None = None) -> dict:
    """The impact as rows that the reader may see: services first, then by state, depth and name."""
    found = compute(root, depth=depth, cap=cap, at=at)
    items = ConfigurationItem.objects.visible_to(user).filter(pk__in=found.states).only("pk", "name", "key", "ci_class", "criticality", "organisation")
    known = {item.pk: item for item in items}
    names = dict(ConfigurationItem.objects.visible_to(user).filter(pk__in={root, *found.level}).values_list("pk", "name"))
    services = dict(Service.objects.filter(pk__in=known).values_list("pk", "customer_id"))
    rows = [
        {
            "id": pk, "name": item.name, "key": item.key, "ci_class": item.ci_class, "criticality": item.criticality,
            "state": NAMES[found.states[pk]], "depth": found.level[pk], "is_service": pk in services,
            "path": [names.get(step, "…") for step in found.path(pk)],
        }
        for pk, item in known.items()
    ]  # fmt: skip
    rows.sort(key=lambda r: (not r["is_service"], r["state"] != "down", r["depth"], r["name"]))
    customers = {c for pk, c in services.items() if c and found.states.get(pk) == DOWN}
    people = User.objects.filter(organisation_id__in=customers, is_active=True).count() if customers else 0
    return {"items": rows, "truncated": found.truncated, "direct": found.direct, "people": people}
