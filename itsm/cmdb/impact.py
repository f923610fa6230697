"""What suffers when an item fails: the subgraph level by level in SQL, capped; then *down* and *degraded* by rounds.

States only get worse, so cycles end. A redundancy group brings its source down when fewer than `need` members are up;
a partial dependency only degrades. Retired items carry nothing.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.cache import cache
from django.db.models import Q

from itsm.core import now, versions
from itsm.people.directory import directory
from itsm.people.models import User

from . import snapshots
from .models import CIHistory, ConfigurationItem, Relation, Service

DEPTH, CAP = 6, 500
EDGES_PER_LEVEL = 4 * CAP
KEPT_SECONDS = 60
GRAPH = "cmdb-graph"
UP, DEGRADED, DOWN = 0, 1, 2
NAMES = {DEGRADED: "degraded", DOWN: "down"}
COLUMNS = ("source_id", "target_id", "group", "need", "strength")


@dataclass(frozen=True)
class Edge:
    """`source` depends on `target`; a partial dependency degrades at worst."""

    source: int
    target: int
    group: int = 0
    need: int = 1
    strength: str = "full"


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
    """The impact of `root` being down, now or as of an instant. `depth` levels are followed, `cap` items at most.

    The present answer is kept for a minute under the version of the graph.
    """
    if at is not None:
        return _compute(root, depth, cap, at)
    key = f"impact:{root}:{depth}:{cap}:{versions.current(GRAPH)}"
    try:
        found = cache.get(key)
    except Exception:  # no cache: compute it
        return _compute(root, depth, cap, None)
    if found is None:
        found = _compute(root, depth, cap, None)
        try:
            cache.set(key, found, KEPT_SECONDS)
        except Exception:  # noqa: S110 - the answer is right even if it cannot be kept
            pass
    return found


def _compute(root: int, depth: int, cap: int, at: datetime | None) -> Impact:
    found = Impact(root, depth)
    edges = _collect(found, cap, at)
    gone = _retired({root, *found.level}, at)
    if gone:
        edges = [edge for edge in edges if edge.source not in gone and edge.target not in gone - {root}]
        found.level, found.parent = _levels(root, edges)
    found.states = settle(root, edges, _groups({e.source for e in edges if e.group}, at))
    found.direct = _dependants(root, at).count() if found.truncated else sum(n == 1 for n in found.level.values())
    return found


def _collect(found: Impact, cap: int, at) -> list[Edge]:
    """Breadth first: what is seen first is seen by the shortest way."""
    seen, edges, frontier = {found.root}, [], [found.root]
    for level in range(1, found.depth + 1):
        if not frontier:
            break
        rows = _edges(frontier, min(EDGES_PER_LEVEL, 4 * cap), at)
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
        found.truncated |= len(rows) >= min(EDGES_PER_LEVEL, 4 * cap)
        frontier = following
    return edges


def _levels(root: int, edges: list[Edge]) -> tuple[dict[int, int], dict[int, int]]:
    """Depth and nearest parent of what is reached through these edges."""
    by_target = defaultdict(list)
    for edge in edges:
        by_target[edge.target].append(edge.source)
    level, parent, work = {root: 0}, {}, deque([root])
    while work:
        target = work.popleft()
        for source in by_target[target]:
            if source not in level:
                level[source], parent[source] = level[target] + 1, target
                work.append(source)
    del level[root]
    return level, parent


def _edges(targets: list[int], limit: int | None, at: datetime | None) -> list[Edge]:
    if at is None:
        rows = Relation.objects.filter(_counts_at(now()), target_id__in=targets, carries_impact=True)
        return [Edge(*row) for row in rows.order_by("target_id", "source_id").values_list(*COLUMNS)[:limit]]
    past = snapshots.relations_as_of(at, targets=targets).filter(data__carries_impact=True)
    return _of_past(past.order_by("target_id", "source_id").values_list("source_id", "target_id", "data")[:limit], at)


def _dependants(root: int, at: datetime | None):
    """Ids of what depends on an item directly, retired items included."""
    if at is None:
        present = Relation.objects.filter(_counts_at(now()), target_id=root, carries_impact=True)
        return present.values("source_id").distinct()
    past = snapshots.relations_as_of(at, targets=[root]).filter(data__carries_impact=True)
    return past.values("source_id").distinct()


def _counts_at(at: datetime) -> Q:
    return (Q(valid_from=None) | Q(valid_from__lte=at)) & (Q(valid_to=None) | Q(valid_to__gt=at))


def _of_past(rows, at: datetime) -> list[Edge]:
    found = []
    for source, target, data in rows:
        since, until = (data.get(name) and datetime.fromisoformat(data[name]) for name in ("valid_from", "valid_to"))
        if (not since or since <= at) and (not until or until > at):
            found.append(Edge(source, target, data["group"], data["need"], data.get("strength", "full")))
    return found


def _retired(ids: set[int], at: datetime | None) -> set[int]:
    """Those of the items that were out of service, which carry no impact."""
    if at is None:
        return set(ConfigurationItem.objects.filter(pk__in=ids, status="retired").values_list("pk", flat=True))
    past = CIHistory.objects.filter(snapshots.valid_at(at), item_id__in=ids, data__status="retired")
    return set(past.values_list("item_id", flat=True))


def _groups(sources: set[int], at: datetime | None) -> dict[tuple[int, int], tuple[int, int]]:
    """(source, group) -> (members, needed), counted over the whole CMDB, not only over the subgraph."""
    if not sources:
        return {}
    if at is None:
        rows = Relation.objects.filter(_counts_at(now()), source_id__in=sources, group__gt=0, carries_impact=True)
        edges = [Edge(*row) for row in rows.values_list(*COLUMNS)]
    else:
        past = snapshots.relations_as_of(at, sources=sources).filter(data__carries_impact=True)
        edges = [e for e in _of_past(past.values_list("source_id", "target_id", "data"), at) if e.group]
    gone = _retired({e.target for e in edges}, at)
    return sizes(e for e in edges if e.target not in gone)


def sizes(edges) -> dict[tuple[int, int], tuple[int, int]]:
    """(source, group) -> (members, needed). A group that asks for more than it has asks for all."""
    members: dict[tuple[int, int], int] = defaultdict(int)
    needed: dict[tuple[int, int], int] = defaultdict(lambda: 1)
    for edge in edges:
        if edge.group:
            members[edge.source, edge.group] += 1
            needed[edge.source, edge.group] = max(edge.need, needed[edge.source, edge.group])
    return {key: (n, min(n, needed[key])) for key, n in members.items()}


def settle(root: int, edges: list[Edge], groups: dict[tuple[int, int], tuple[int, int]]) -> dict[int, int]:
    """States of all that suffers; the root itself is down and left out."""
    by_target, by_source = defaultdict(list), defaultdict(list)
    for edge in edges:
        by_target[edge.target].append(edge.source)
        by_source[edge.source].append(edge)
    states = defaultdict(int, {root: DOWN})
    work = deque([root])
    while work:
        for source in by_target[work.popleft()]:
            if states[source] == DOWN:
                continue
            worse = _state(source, by_source[source], states, groups)
            if worse > states[source]:
                states[source] = worse
                work.append(source)
    return {pk: state for pk, state in states.items() if pk != root and state > UP}


def _state(source: int, edges: list[Edge], states, groups) -> int:
    worst, hurt = UP, set()
    lost: dict[int, int] = defaultdict(int)
    for edge in edges:
        state = states[edge.target]
        if edge.group and state:
            hurt.add(edge.group)
            lost[edge.group] += state == DOWN
        elif state:
            worst = max(worst, state if edge.strength == "full" else DEGRADED)
    for group in hurt:
        members, need = groups.get((source, group), (1, 1))
        worst = max(worst, DOWN if members - lost[group] < need else DEGRADED)
    return worst


def report(root: int, *, user, depth: int = DEPTH, cap: int = CAP, at: datetime | None = None) -> dict:
    """The impact as rows that the reader may see: services first, then by state, depth and name.

    `direct` counts direct dependants, `people` those of the customers of services that are down, `places` the affected
    items by site; all of them only of what the reader may see.
    """
    found = compute(root, depth=depth, cap=cap, at=at)
    visible = ConfigurationItem.objects.visible_to(user)
    columns = ("pk", "name", "key", "ci_class", "criticality", "site_id")
    known = {row["pk"]: row for row in visible.filter(pk__in={root, *found.level}).values(*columns)}
    services = dict(
        Service.objects.filter(pk__in=[pk for pk in found.states if pk in known]).values_list("pk", "customer_id")
    )
    rows = [
        {
            "id": pk,
            "name": known[pk]["name"],
            "key": known[pk]["key"],
            "ci_class": known[pk]["ci_class"],
            "criticality": known[pk]["criticality"],
            "state": NAMES[state],
            "depth": found.level[pk],
            "is_service": pk in services,
            "path": [known[step]["name"] if step in known else "…" for step in found.path(pk)],
        }
        for pk, state in found.states.items()
        if pk in known
    ]
    rows.sort(key=lambda r: (not r["is_service"], r["state"] != "down", r["depth"], r["name"]))
    return {
        "items": rows,
        "truncated": found.truncated,
        "direct": _direct(found, visible, known, at),
        "people": _people({c for pk, c in services.items() if c and found.states[pk] == DOWN}),
        "places": _places([known[row["id"]] for row in rows]),
    }


def _direct(found: Impact, visible, known: dict, at: datetime | None) -> int:
    """Exact even where the answer is cut."""
    if not found.truncated:
        return sum(level == 1 and pk in known for pk, level in found.level.items())
    return visible.in_use().filter(pk__in=_dependants(found.root, at)).count()


def _people(customers: set[int]) -> int:
    """Active people of these organisations and all below them."""
    below = (
        [row.pk for row in directory.get().organisations.values() if customers & set(row.lineage)] if customers else []
    )
    return User.objects.filter(organisation_id__in=below, is_active=True).count() if below else 0


def _places(rows: list[dict]) -> list[dict]:
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        counts[row["site_id"]] += 1
    sites = directory.get().sites
    places = [{"site": sites[pk].name, "count": n} for pk, n in counts.items() if pk in sites]
    return sorted(places, key=lambda place: (-place["count"], place["site"]))


def summary(roots: Sequence[int], *, user, depth: int = DEPTH, cap: int = CAP) -> dict:
    """In few figures what suffers when any of some items fails, of what the reader may see.

    `worst` is the root with most of it; `truncated` says that the figures are a floor. Each item is worked out on its
    own and kept for a minute, so that a page may ask at every view.
    """
    each = {root: compute(root, depth=depth, cap=cap) for root in roots}
    reached = {pk for found in each.values() for pk in found.states}
    visible = ConfigurationItem.objects.visible_to(user)
    seen = set(visible.filter(pk__in=reached | set(roots)).values_list("pk", flat=True))
    services = dict(Service.objects.filter(pk__in=reached & seen).values_list("pk", "customer_id")) if reached else {}
    down = {pk for found in each.values() for pk, state in found.states.items() if state == DOWN}
    shown = [root for root in roots if root in seen]
    return {
        "items": len(reached & seen),
        "services": len(services),
        "people": _people({customer for pk, customer in services.items() if customer and pk in down}),
        "worst": max(shown, key=lambda root: len(each[root].states.keys() & seen), default=None),
        "truncated": any(found.truncated for found in each.values()),
    }
