"""What a delivery may hold beside items: parts of an item (interfaces, software) and rows of other tables (prefixes, sites).

The apps that own these tables register how they are written; the runs do not know them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from itsm.core.registry import Registry

from ..models import ConfigurationItem, DataSource
from .candidates import Candidate


@dataclass(frozen=True)
class Delivery:
    """Who delivers, for whom, whether this is all there is, and the organisations that may be written to (None: all)."""

    source: DataSource
    actor: Any = None
    full: bool = False
    run: int | None = None
    within: frozenset[int] | None = None


@dataclass(frozen=True)
class Part:
    """`write(item, what, delivery, partial)` makes the tables say what the source says. Returns how many things changed."""

    name: str
    write: Callable[[ConfigurationItem, Any, Delivery, bool], int]


@dataclass(frozen=True)
class Table:
    """`look(candidate, delivery)` gives (decision, reason, changes) without writing; `write` does it: did anything change?"""

    kind: str
    label: Any
    look: Callable[[Candidate, Delivery], tuple[str, str, dict]]
    write: Callable[[Candidate, Delivery], bool]
    order: int = 50


@dataclass(frozen=True)
class Format:
    """How a file is read. `read(path, options)` yields candidates; `full` says that what is not in it is missing.

    `mark`: what stands near the start of such a file and of no other with this ending.
    """

    code: str
    label: Any
    suffixes: tuple[str, ...]
    read: Callable[[Any, dict], Any]
    is_mapped: bool = False
    full: bool = False
    mark: bytes = b""


PARTS: Registry[Part] = Registry("part of an item")
TABLES: Registry[Table] = Registry("table of a delivery", key=lambda table: table.order)
FORMATS: Registry[Format] = Registry("format of a delivery")


def part(made: Part) -> Part:
    return PARTS.add(made.name, made)


def table(made: Table) -> Table:
    return TABLES.add(made.kind, made)


def form(made: Format) -> Format:
    return FORMATS.add(made.code, made)
