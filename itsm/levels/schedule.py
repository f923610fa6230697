"""When a clock's steps fall: per cents of its target, then every so often. The layer that takes the steps says which."""

from collections.abc import Callable
from dataclasses import dataclass

from .models import Clock


@dataclass(frozen=True)
class Schedule:
    """Per cents of the target, rising; after the last one every `every_seconds`, in clock time when `wall`, at most `most` times."""

    percents: tuple[int, ...] = ()
    every_seconds: int = 0
    most: int = 0
    wall: bool = False


DEFAULT = {("sla", "resolve"): Schedule((75, 100, 150)), ("sla", "own"): Schedule((75, 100))}
NOTHING = Schedule()


def _default(clock: Clock) -> Schedule:
    return DEFAULT.get((clock.kind, clock.metric), NOTHING)


_provider: list[Callable[[Clock], Schedule]] = [_default]


def provide(provider: Callable[[Clock], Schedule]) -> None:
    """Whoever knows the policies answers from now on."""
    _provider[0] = provider


def schedule_for(clock: Clock) -> Schedule:
    """The steps of a clock."""
    return _provider[0](clock)
