"""Kinds of automatic steps. Higher layers bring theirs (a webhook, a script); plans know them by name alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from itsm.core.registry import Registry

from ..models import Task


@dataclass(frozen=True)
class Kind:
    """What a task of a plan may do by itself.

    `check` returns the parameters as they are kept, or raises DomainError. `start` runs in the drainer's transaction once the
    task is open: it does database work only (queues the call), and whoever learns how it went says so by
    `services.report`. `words` tells the parameters to people.
    """

    name: str
    label: Any
    check: Callable[[dict], dict]
    start: Callable[[Task, dict, Any], None]
    words: Callable[[dict], str] = lambda _given: ""


KINDS: Registry[Kind] = Registry("kind of automatic step")


def register(kind: Kind) -> Kind:
    """Offer it to plans."""
    return KINDS.add(kind.name, kind)
