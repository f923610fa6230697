"""The navigation: entries that any app registers, drawn by function of the seed, shown to those who may use them.

The drawing is kept per set of rights, language and page: only the counters differ between two readers, and they are
placed afterwards, out of the cache. So the menu costs no query and next to no time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from itsm.core.registry import Registry
from itsm.people.scope import Scope

COUNTS_SECONDS = 60
PLACE = re.compile(r"<!--count:([a-z0-9-]+)-->")


@dataclass(frozen=True)
class Section:
    """A function of the department; it is drawn only when it has an entry for the reader."""

    key: str
    label: Any
    icon: str
    order: int


@dataclass(frozen=True)
class Entry:
    """One line of the navigation or of the "Create" menu.

    `counter` gives the work that waits for the reader, or None; it must equal the list behind `url`.
    `keys` is the letter that follows G (navigation) or C (create). `lamp`: somebody or something waits live behind it.
    """

    key: str
    label: Any
    url: str
    icon: str
    section: str
    permission: str
    order: int = 50
    counter: Callable[[Scope], int | None] | None = None
    keys: str = ""
    lamp: bool = False
    # Who holds this permission has another line for the same place.
    unless: str = ""
    # What else it is called by those who look for it in the palette.
    words: Any = ""


SECTIONS: Registry[Section] = Registry("navigation section", key=lambda s: s.order)
ENTRIES: Registry[Entry] = Registry("navigation entry", key=lambda e: e.order)
CREATABLE: Registry[Entry] = Registry("thing to create", key=lambda e: e.order)

for _section in (
    Section("home", "", "home", 0),
    Section("desk", _("Service desk"), "headset", 10),
    Section("technical", _("Technical management"), "server-2", 20),
    Section("operations", _("Operations"), "activity-heartbeat", 30),
    Section("applications", _("Applications"), "apps", 40),
    Section("steering", _("Steering"), "chart-histogram", 50),
    Section("settings", _("Administration"), "settings", 60),
):
    SECTIONS.add(_section.key, _section)


def register(entry: Entry) -> Entry:
    """Add a line; ValueError when its key is taken or its section unknown."""
    if entry.section not in SECTIONS:
        raise ValueError(f"There is no navigation section {entry.section!r}.")
    _drawn.cache_clear()
    return ENTRIES.add(entry.key, entry)


def creatable(entry: Entry) -> Entry:
    """Add a line to the "Create" menu."""
    _created.cache_clear()
    return CREATABLE.add(entry.key, entry)


def create_menu(scope: Scope) -> list[Entry]:
    """What the reader may create."""
    return [entry for entry in CREATABLE if scope.may(entry.permission)]


def create_markup(scope: Scope) -> SafeString:
    """The "Create" menu of the reader; empty when they may create nothing."""
    return _created(scope.permissions, get_language() or "fr")


@lru_cache(maxsize=256)
def _created(permissions: frozenset[str], _language: str) -> SafeString:
    entries = [entry for entry in CREATABLE if entry.permission in permissions]
    return mark_safe(render_to_string("components/_create.html", {"entries": entries}))


def allowed(permissions: frozenset[str]) -> list[Entry]:
    """The entries that these rights open."""
    return [
        entry
        for entry in ENTRIES
        if entry.permission in permissions and not (entry.unless and entry.unless in permissions)
    ]


def menu(permissions: frozenset[str], path: str) -> list[dict]:
    """What the reader may use, by section; the entry with the longest address that starts `path` is the current one."""
    entries = allowed(permissions)
    here = _here(entries, path)
    found = []
    for section in SECTIONS:
        lines = [
            {"entry": e, "current": e is here, "counted": e.counter is not None}
            for e in entries
            if e.section == section.key
        ]
        if lines:
            found.append({"section": section, "lines": lines, "open": any(line["current"] for line in lines)})
    titled = [group for group in found if group["section"].label]
    if titled and not any(group["open"] for group in titled):
        titled[0]["open"] = True
    return found


@dataclass(frozen=True)
class Drawing:
    """The navigation as markup, and the version of the counters in it; none when they are still to be asked for."""

    markup: SafeString
    version: str


def drawing(scope: Scope, path: str, version: str = "", kept: tuple | None = None) -> Drawing:
    """The navigation with the counters that are known for this version; the others come by `counts`.

    `kept` is what the cache holds at `place`, when it was read already.
    """
    here = _here(allowed(scope.permissions), path)
    markup = _drawn(scope.permissions, here.url if here else "", get_language() or "fr")
    known = _kept(scope, version) if kept is None else kept[1] if kept[0] == version else None
    numbers = known or {}
    placed = mark_safe(PLACE.sub(lambda found: number(numbers.get(found[1])), markup))
    return Drawing(placed, "" if known is None else version)


@lru_cache(maxsize=512)
def _drawn(permissions: frozenset[str], path: str, _language: str) -> str:
    return render_to_string("components/_menu.html", {"menu": menu(permissions, path)})


def _here(entries: list[Entry], path: str) -> Entry | None:
    """The entry that the page belongs to; the start page leads on, so that it is nobody's."""
    fitting = [e for e in entries if path.startswith(e.url) and e.url != "/"]
    return max(fitting, key=lambda e: len(e.url), default=None)


def counts(scope: Scope, version: str = "") -> dict[str, int | None]:
    """The counters of the reader's entries and of their sections, as they are in this version of the records."""
    found = _kept(scope, version)
    if found is None:
        entries = [e for e in allowed(scope.permissions) if e.counter]
        found = {e.key: e.counter(scope) for e in entries}
        for section in {e.section for e in entries if SECTIONS.get(e.section).label}:
            found[f"section-{section}"] = sum(found[e.key] or 0 for e in entries if e.section == section)
        try:
            cache.set(place(scope.user_id), (version, found), COUNTS_SECONDS)
        except Exception:  # noqa: S110 - counted again next time
            pass
    return found


def _kept(scope: Scope, version: str) -> dict[str, int | None] | None:
    try:
        kept = cache.get(place(scope.user_id))
    except Exception:  # a menu without counters is still a menu
        return None
    return kept[1] if kept and kept[0] == version else None


def lamps() -> set[str]:
    """The entries whose counters are lamps."""
    return {entry.key for entry in ENTRIES if entry.lamp}


def place(user_id: int) -> str:
    """Where the counters of a person are kept, with their version."""
    return f"menu-counts:{user_id}"


def number(count: int | None) -> str:
    """A counter as the menu writes it: nothing for zero, capped as every count is."""
    if not count:
        return ""
    return "1\u202f000+" if count > 1000 else str(count)
