"""What an item lives on: its dependencies, level by level, and what the loss of each would do to it."""

from datetime import datetime

from . import reading
from .following import CAP, DEPTH, Impact
from .settling import UP, Graph

# The loss of so many is worked out; of those further away only the way is said.
WORKED_OUT = 100


def dependencies(root: int, *, depth: int = DEPTH, cap: int = CAP, at: datetime | None = None) -> Impact:
    """What `root` depends on. `states` says what becomes of the root when that item alone fails; missing: not worked out.

    Retired items are left out with all that only they need.
    """
    found = Impact(root, depth)
    edges, frontier, seen = [], [root], {root}
    for level in range(1, depth + 1):
        if not frontier:
            break
        rows = reading.away_from(frontier, 4 * cap, at)
        found.truncated |= len(rows) >= 4 * cap
        gone, following = reading.retired({edge.target for edge in rows}, at), []
        for edge in rows:
            if edge.target in gone:
                continue
            if edge.target not in seen:
                if len(seen) > cap:
                    found.truncated = True
                    continue
                seen.add(edge.target)
                following.append(edge.target)
                found.level[edge.target], found.parent[edge.target] = level, edge.source
            edges.append(edge)
        frontier = following
    graph = Graph(edges, reading.groups({edge.source for edge in edges if edge.group}, at))
    nearest = sorted(found.level, key=lambda pk: found.level[pk])[:WORKED_OUT]
    found.states = {pk: graph.settle(pk, until=root).get(root, UP) for pk in nearest}
    found.lines = [(edge.target, edge.source) for edge in edges]
    return found
