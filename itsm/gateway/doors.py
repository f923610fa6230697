"""Doors for other systems. An app that understands a kind of message registers its door in `ready()`, and is done:

    doors.register(Door("inventory", _("Inventory agents"), handle, path="inventory"))

The gateway finds the source by the token in the address, limits, keeps the body, calls `handle(source, call)` in a transaction,
and keeps what became of it. A kind is offered to administrators only while an app handles it.

`handle` returns an Outcome, or raises Rejected (or a DomainError) with words for whoever sent the body. Any other exception is
our bug: what it wrote is undone, the sender gets a 500, the body stays and can be replayed. It must take the same body twice
without harm: senders repeat, and people replay.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from itsm.core.registry import Registry

if TYPE_CHECKING:
    from .sources.models import Source

ACCEPTED, REJECTED, IGNORED, FAILED = "accepted", "rejected", "ignored", "failed"
MEGABYTE = 1024 * 1024


class Rejected(Exception):
    """The body cannot be understood or used; `reason` is said to its sender and shown to the administrator."""

    def __init__(self, reason, *, status: int = 422):
        super().__init__(str(reason))
        self.reason, self.status = str(reason), status


class Overtime(Exception):
    """The time that a door has for one body is over."""


@dataclass(frozen=True)
class Call:
    """One body that came in, as its sender sent it. Names of headers are in lower case; secrets in them are blanked."""

    body: bytes
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    received_at: datetime | None = None
    address: str = ""
    is_replay: bool = False
    ends: float = float("inf")
    # The address that it came to, with its secret: for senders that must be told where to send more. Never kept.
    url: str = ""

    def check_time(self) -> None:
        """To be called between the parts of long work: Overtime when the sender has waited long enough."""
        if monotonic() > self.ends:
            raise Overtime


@dataclass(frozen=True)
class Made:
    """Something that a body made or changed, for the log: what the audit would name, and where to look at it."""

    kind: str
    id: int
    text: str
    url: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a body, and what its sender is answered (`answer`: something for JSON, or bytes as they are)."""

    state: str = ACCEPTED
    reason: str = ""
    made: tuple[Made, ...] = ()
    answer: Any = None
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Door:
    """A kind of source. Its address is `/<path>/<token>/`, `hooks/<kind>` unless said otherwise."""

    kind: str
    label: Promise | str
    handle: "Callable[[Source, Call], Outcome]"
    path: str = ""
    most_bytes: int = 5 * MEGABYTE
    seconds: int = 15
    rate_per_minute: int = 300
    silent_after: timedelta = timedelta(days=1)
    # What may be kept of a body: some carry passwords. A replay gets what was kept.
    clean: Callable[[bytes], bytes] | None = None
    # What a sender that sends too much is answered: 429, or 503 where it would take any 4xx for "never again".
    busy: int = 429
    # Deals with several bodies that came at the same time, all or none; None for each that it leaves to `handle`.
    handle_many: "Callable[[Source, Sequence[Call]], list[Outcome | None]] | None" = None
    # In a storm: may this body be answered before it is dealt with, as it is sure to be understood? Needs `handle_many`.
    can_wait: "Callable[[Source, Call], bool] | None" = None
    # Is a body that a dying process left handed over again by itself? Else a person does it.
    takes_up: bool = False

    @property
    def address(self) -> str:
        return self.path or f"hooks/{self.kind}"


DOORS: Registry[Door] = Registry("door", key=lambda door: door.kind)


def register(door: Door) -> Door:
    """Add a door; ValueError when its kind or its address is taken."""
    if any(other.address == door.address and other.kind != door.kind for other in DOORS):
        raise ValueError(f"The address {door.address} is taken.")
    return DOORS.add(door.kind, door)
