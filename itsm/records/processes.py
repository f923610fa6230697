"""The list of processes. A function app registers its own; mixed lists, search, numbering and URLs read it from here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from itsm.core.registry import Registry

from .lifecycle import Lifecycle


@dataclass(frozen=True)
class Told:
    """Acts that only one kind of record knows, for its timeline: `sentence(verb, data)` in the reader's language ("" for what
    all records tell alike), icons by verb, and the verbs that its requester reads."""

    sentence: Callable[[str, dict], str]
    icons: Mapping[str, str]
    public: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Process:
    """A kind of record."""

    kind: str
    prefix: str
    label: Any
    label_plural: Any
    lifecycle: Lifecycle
    model: type
    open: Callable
    list_url: str
    icon: str = "ticket"
    # Does a record of this kind begin by waiting for approvals? Its lifecycle then has the move `approve`.
    approvals: bool = False
    # What doors of lower layers (mail) do to a record: `comment(pk, *, actor, body, public, channel)` and
    # `reopen(pk, *, actor, reason, keep_assignee)`; without them such a door opens a new, linked record.
    comment: Callable | None = None
    reopen: Callable | None = None
    # What events do to a record: `recover(pk, *, words, since)` when what it is about works again (True: nobody had touched it
    # and it is resolved; False: it is told), `outage(pk, *, actor, state, since)` when its service is said to be down.
    recover: Callable | None = None
    outage: Callable | None = None
    # The move by which a record goes on when its approvals are refused; none: the process hears of it by the outbox alone.
    refusal: str = ""
    # Called in the transaction of the last act, with the record locked: (record, actor, at).
    on_approved: Callable[[Any, Any, Any], None] | None = None
    on_tasks_done: Callable[[Any, Any, Any], None] | None = None
    # Called inside the move `refusal`, to set the process's own columns: (change, reason).
    on_refused: Callable[[Any, str], None] | None = None
    told: Told | None = None
    # What an approver reads in the mail, in the language that is active: (record) -> [(what, its value)].
    to_approve: Callable[[Any], list[tuple[str, str]]] | None = None
    # What records cost, in the language that is active, for lists of what is to be approved: (keys) -> {key: words}.
    costs: Callable[[Iterable[int]], dict[int, str]] | None = None

    def record_url(self, number: str) -> str:
        """The agent's page of a record of this kind."""
        return f"{self.list_url}{number}/"


PROCESSES: Registry[Process] = Registry("process")


def register(process: Process) -> Process:
    """Add a process; ValueError when its kind or prefix is taken."""
    if any(other.prefix == process.prefix and other.kind != process.kind for other in PROCESSES):
        raise ValueError(f"The prefix {process.prefix} is taken.")
    return PROCESSES.add(process.kind, process)


def get(kind: str) -> Process:
    """The process of a kind; KeyError when no app registered it."""
    return PROCESSES.get(kind)


def told_of(kind: str) -> Told | None:
    """What a kind of record tells beside what all of them do; None too for a kind that nobody registered."""
    process = PROCESSES.find(kind)
    return process.told if process else None


def all_processes() -> list[Process]:
    """Every registered process."""
    return list(PROCESSES)
