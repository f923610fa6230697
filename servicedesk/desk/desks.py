"""What the desk's pages need to know of a process besides its lifecycle: one small description each.

The record page, the lists, the moves and the interface serve every process that is described here; what a process has of
its own (a panel, a form, a right of its requesters) it says in its description, and nothing here knows which there are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from itsm.core.registry import Registry
from itsm.records import processes
from itsm.records.lifecycle import Lifecycle
from itsm.records.models import Record

ASKED, AGREED = _("Is it solved?"), _("Yes, it is solved")


def _nothing(*_args) -> dict:
    return {}


def _no_moves(_record) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True)
class Desk:
    """A process at the desk. `name` is its word in addresses and its namespace; `services` has one function a move."""

    kind: str
    name: str
    services: Any
    forms: Mapping[str, type]
    # The letter that opens a new one: "C", then this.
    key: str
    # What the requester of a record may do in its present state, besides writing to it.
    by_requester: Callable[[Any], frozenset[str]] = _no_moves
    # Has who opened it for somebody else the rights of its requester?
    by_opener: bool = False
    # Moves that the state allows and the record does not offer now.
    withheld: Callable[[Any], frozenset[str]] = _no_moves
    # Own context of the record page: (user, record, works, lines of the timeline, instant).
    own: Callable[..., dict] = _nothing
    # Names of persons that the own columns refer to.
    people: tuple[str, ...] = ()
    # Templates: above the clocks, in the codification, below it, at the top of the context.
    above: str = ""
    codes: str = ""
    below: str = ""
    beside: str = ""
    # The columns of the board, and what a card does in being moved.
    board: tuple[str, ...] = ()
    more: tuple[str, ...] = ("assign", "alert", "edit", "link", "cancel", "close", "reopen")
    new: str = "new/"
    # What the requester is asked once it is resolved, and how they say yes.
    asked: Any = ASKED
    agreed: Any = AGREED
    # The page of the portal: own context (record, moves allowed), and the template of the part that shows it.
    portal: Callable[..., dict] = _nothing
    portal_part: str = ""

    @property
    def base(self) -> str:
        """The address of the list."""
        return f"/desk/{self.name}/"

    @property
    def process(self) -> processes.Process:
        return processes.get(self.kind)

    @property
    def lifecycle(self) -> Lifecycle:
        return self.process.lifecycle

    @property
    def model(self) -> type[Record]:
        return self.process.model

    def url(self, number: str) -> str:
        """The page of a record."""
        return f"{self.base}{number}/"


DESKS: Registry[Desk] = Registry("desk")


def register(desk: Desk) -> Desk:
    """Add the description of a process."""
    return DESKS.add(desk.kind, desk)


def desk_of(record) -> Desk:
    """The description of a record's process, by the record, its kind, or a row with its kind."""
    kind = record if isinstance(record, str) else record["kind"] if isinstance(record, dict) else record.kind
    return DESKS.get(kind)


def kinds(kind: str = "") -> list[str]:
    """The kinds of a list: one, or all of the desk."""
    return [kind] if kind else [desk.kind for desk in DESKS]


def of_number(number: str) -> Desk:
    """The desk that a number belongs to. Http404 when its prefix is of none."""
    prefix = number[:3].upper()
    for desk in DESKS:
        if desk.process.prefix == prefix:
            return desk
    raise Http404


def states() -> dict[str, Any]:
    """{state: label} of all processes of the desk; a state of several means the same phase in each."""
    return {state: label for desk in DESKS for state, (label, _phase, _look) in desk.lifecycle.states.items()}


def phase_of(state: str) -> str:
    """The phase that a state stands for."""
    return next(desk.lifecycle.phase(state) for desk in DESKS if state in desk.lifecycle.states)
