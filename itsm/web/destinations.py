"""Pages that the palette leads to though they are no line of the navigation, and the other words that people look for them by."""

from dataclasses import dataclass
from typing import Any

from itsm.core.folding import fold
from itsm.core.registry import Registry


@dataclass(frozen=True)
class Destination:
    """A page by its name and by `words`: what else it is called. `permission` opens it."""

    key: str
    label: Any
    url: str
    icon: str
    permission: str
    words: Any = ""


DESTINATIONS: Registry[Destination] = Registry("destination of the palette")


def add(key: str, label, url: str, icon: str, permission: str, words="") -> Destination:
    """Add a page; ValueError when its key is taken."""
    return DESTINATIONS.add(key, Destination(key, label, url, icon, permission, words))


def called(text: str, *names) -> bool:
    """Is every word of the text part of these names? In any order, so that "incident majeur" finds "Incidents majeurs"."""
    known = fold(" ".join(str(name) for name in names))
    return all(word in known for word in fold(text).split())
