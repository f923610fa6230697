"""What suffers when an item fails, and what an item lives on; see docs/concepts/cmdb.md.

`settling` says down and degraded, `reading` reads relations now or as of an instant, `following` collects the subgraph,
`upstream` goes the other way, `reporting` tells it to a reader.
"""

from .following import CAP, DEPTH, GRAPH, MOST, Impact, compute
from .reporting import report, services_hurt, summary
from .settling import DEGRADED, DOWN, NAMES, UP, Edge, settle, sizes
from .upstream import dependencies

__all__ = [
    "CAP",
    "DEGRADED",
    "DEPTH",
    "DOWN",
    "GRAPH",
    "MOST",
    "NAMES",
    "UP",
    "Edge",
    "Impact",
    "compute",
    "dependencies",
    "report",
    "services_hurt",
    "settle",
    "sizes",
    "summary",
]
