"""The subgraph that suffers: collected level by level in SQL, capped; then settled. Retired items carry nothing."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime

from django.core.cache import cache

from itsm.core import versions

from . import reading
from .settling import Edge, settle

DEPTH, CAP, MOST = 6, 500, 5000
# So many relations for each item that the cap allows: more of one level are not read, and the answer says that it is cut.
WIDE = 4
KEPT_SECONDS = 60
GRAPH = "cmdb-graph"


@dataclass
class Impact:
    """Affected items with state, depth and path; `truncated` when the cap cut the answer, `lines` the relations followed."""

    root: int
    depth: int
    states: dict[int, int] = field(default_factory=dict)
    level: dict[int, int] = field(default_factory=dict)
    parent: dict[int, int] = field(default_factory=dict)
    truncated: bool = False
    lines: list[tuple[int, int]] = field(default_factory=list)

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
    key = f"impact:2:{root}:{depth}:{cap}:{versions.current(GRAPH)}"
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
    gone = reading.retired({root, *found.level}, at)
    if gone:
        edges = [edge for edge in edges if edge.source not in gone and edge.target not in gone - {root}]
        found.level, found.parent = _levels(root, edges)
    found.states = settle(root, edges, reading.groups({e.source for e in edges if e.group}, at))
    found.lines = [(edge.target, edge.source) for edge in edges]
    return found


def _collect(found: Impact, cap: int, at: datetime | None) -> list[Edge]:
    """Breadth first: what is seen first is seen by the shortest way. Once the cap is full, only relations within are read."""
    seen, edges, frontier = {found.root}, [], [found.root]
    for level in range(1, found.depth + 1):
        if not frontier:
            break
        rows, following = _next(frontier, seen, cap, at), []
        for edge in rows:
            if edge.source not in seen:
                if len(seen) > cap:
                    found.truncated = True
                    followed = [found.root, *(pk for pk, at_level in found.level.items() if at_level < found.depth)]
                    return reading.between(followed, list(seen), WIDE * 2 * cap, at)
                seen.add(edge.source)
                following.append(edge.source)
                found.level[edge.source], found.parent[edge.source] = level, edge.target
            edges.append(edge)
        found.truncated |= len(rows) >= WIDE * cap
        frontier = following
    return edges


def _next(frontier: list[int], seen: set[int], cap: int, at: datetime | None) -> list[Edge]:
    """What depends on the frontier: first as many relations as usually fill the cap, then more where they do not."""
    room, most = cap + 1 - len(seen), WIDE * cap
    few = min(most, room * 5 // 4 + 2 * len(frontier) + 1)
    rows = reading.towards(frontier, few, at)
    if len(rows) < few or few == most or len({edge.source for edge in rows} - seen) > room:
        return rows
    return reading.towards(frontier, most, at)


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
