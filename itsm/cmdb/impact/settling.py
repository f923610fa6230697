"""*Down* and *degraded* by rounds, in memory. States only get worse, so cycles end.

A redundancy group brings its source down when fewer than `need` members are up; a partial dependency only degrades.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import NamedTuple

UP, DEGRADED, DOWN = 0, 1, 2
NAMES = {DEGRADED: "degraded", DOWN: "down"}


class Edge(NamedTuple):
    """`source` depends on `target`; a partial dependency degrades at worst."""

    source: int
    target: int
    group: int = 0
    need: int = 1
    strength: str = "full"


def sizes(edges: Iterable[Edge]) -> dict[tuple[int, int], tuple[int, int]]:
    """(source, group) -> (members, needed). A group that asks for more than it has asks for all."""
    members: dict[tuple[int, int], int] = defaultdict(int)
    needed: dict[tuple[int, int], int] = defaultdict(lambda: 1)
    for edge in edges:
        if edge.group:
            members[edge.source, edge.group] += 1
            needed[edge.source, edge.group] = max(edge.need, needed[edge.source, edge.group])
    return {key: (n, min(n, needed[key])) for key, n in members.items()}


class Graph:
    """Edges by both their ends, read once and settled for any number of roots."""

    def __init__(self, edges: Iterable[Edge], groups: dict[tuple[int, int], tuple[int, int]]):
        self.groups = groups
        self.by_target: dict[int, list[Edge]] = defaultdict(list)
        self.by_source: dict[int, list[Edge]] = defaultdict(list)
        for edge in edges:
            self.by_target[edge.target].append(edge)
            self.by_source[edge.source].append(edge)

    def settle(self, root: int, *, until: int | None = None) -> dict[int, int]:
        """States of all that suffers; the root itself is down and left out. It stops once `until` is down: no state gets better."""
        states = defaultdict(int, {root: DOWN})
        work = deque([root])
        while work:
            for edge in self.by_target.get(target := work.popleft(), ()):
                source = edge.source
                if states[source] == DOWN:
                    continue
                alone = not edge.group and edge.strength == "full" and states[target] == DOWN
                worse = DOWN if alone else self._state(source, states)
                if worse > states[source]:
                    states[source] = worse
                    work.append(source)
                    if source == until and worse == DOWN:
                        return {until: DOWN}
        return {pk: state for pk, state in states.items() if pk != root and state > UP}

    def _state(self, source: int, states) -> int:
        worst, hurt = UP, set()
        lost: dict[int, int] = defaultdict(int)
        for edge in self.by_source[source]:
            state = states[edge.target]
            if edge.group and state:
                hurt.add(edge.group)
                lost[edge.group] += state == DOWN
            elif state:
                worst = max(worst, state if edge.strength == "full" else DEGRADED)
        for group in hurt:
            members, need = self.groups.get((source, group), (1, 1))
            worst = max(worst, DOWN if members - lost[group] < need else DEGRADED)
        return worst


def settle(root: int, edges: Iterable[Edge], groups: dict[tuple[int, int], tuple[int, int]]) -> dict[int, int]:
    """States of all that suffers from one root."""
    return Graph(edges, groups).settle(root)
