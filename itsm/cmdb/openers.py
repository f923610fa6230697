"""Who opens a record about differences: a higher layer says so once; without it no page offers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from itsm.core.registry import Registry


@dataclass(frozen=True)
class Opener:
    """`label()` is what the button says, `told()` what a press does; `open(pks, actor=...)` makes one record about these drifts
    and returns its number.
    """

    label: Callable[[], str]
    open: Callable[..., str]
    told: Callable[[], str] = str


OPENERS: Registry[Opener] = Registry("opener")


def register(name: str, opener: Opener) -> Opener:
    """Add an opener; ValueError when its name is taken."""
    return OPENERS.add(name, opener)


def opener() -> Opener | None:
    """The first one that was registered."""
    return next(iter(OPENERS), None)


def open_record(pks: Sequence[int], *, actor) -> str:
    """One record about these differences; its number. LookupError when nobody opens any."""
    found = opener()
    if found is None:
        raise LookupError("no opener")
    return found.open(pks, actor=actor)
