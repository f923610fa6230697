"""Where a call goes: what the exchange is answered. The switchboard decides; without one, every call is accepted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Asked:
    """What is known when a call rings. `pressed`: the keys that the caller has pressed so far, in order."""

    organisation_id: int
    from_number: str
    to_number: str
    at: datetime
    caller_id: int | None = None
    vip: bool = False
    pressed: tuple[str, ...] = ()
    site_id: int | None = None


@dataclass(frozen=True)
class Decision:
    """`action`: accept, queue, reject, dial, announce, menu (asks for a key), call_back, voicemail or register (the caller is
    put on the list of a major incident). `because`: the steps in words, for the call and for the simulator.
    """

    action: str = "accept"
    queue_id: int | None = None
    because: tuple[str, ...] = ()
    say: str = ""
    number: str = ""
    reason: str = ""
    language: str = ""
    service_id: int | None = None
    category_id: int | None = None
    major_id: int | None = None
    in_hours: bool = True
    keys: dict = field(default_factory=dict)
    operator_id: int | None = None


def _accept(_asked: Asked) -> Decision:
    return Decision()


_ROUTERS: list[Callable[[Asked], Decision]] = []


def use(router: Callable[[Asked], Decision]) -> None:
    """The switchboard's own way to decide, given once in `ready()`. It must answer from memory and the cache."""
    _ROUTERS[:] = [router]


def decide(asked: Asked) -> Decision:
    """Where this call goes now."""
    return (_ROUTERS[-1] if _ROUTERS else _accept)(asked)


# Who is rung for a waiting call, the best first: the switchboard's strategies.
_RINGERS: list[Callable] = []
# What becomes of a caller whose longest wait is over: `overflow(call, at=...)` inside the sweeper's transaction, the call locked.
_OVERFLOWS: list[Callable] = []


def use_ringing(next_operators: Callable) -> None:
    """`next_operators(call) -> list[Operator]`, given once in `ready()`."""
    _RINGERS[:] = [next_operators]


def use_overflow(overflow: Callable) -> None:
    """`overflow(call, at=...) -> None`, given once in `ready()`; it acts through the services of calls."""
    _OVERFLOWS[:] = [overflow]


def next_operators(call) -> list:
    """Who may be rung."""
    return _RINGERS[-1](call)


def overflow(call, at=None) -> None:
    """Let the switchboard move the caller on whose longest wait is over."""
    _OVERFLOWS[-1](call, at=at)
