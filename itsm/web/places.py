"""Lists that keep views and columns: each app says which lists it has and what their addresses may hold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from itsm.core.registry import Registry


@dataclass(frozen=True)
class Place:
    """A list. `tidy` gives the part of an address that a view keeps, always written the same way; `describe` says such
    addresses in words, [{"text", "gone"}] for each, where `gone` marks what does not exist any more.

    `columns` are the ones that a reader may show or hide, none where the list has none; `defaults` those that are shown
    to who never chose.
    """

    key: str
    label: Any
    url: str
    permission: str
    tidy: Callable[[QueryDict], str]
    describe: Callable[[list[QueryDict]], list[list[dict]]]
    columns: Callable[[], dict[str, Any]]
    defaults: tuple[str, ...]


PLACES: Registry[Place] = Registry("list that keeps views")
