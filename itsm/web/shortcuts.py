"""The keys of the keyboard: which letters act, what they do, and what each person made of them.

A template names the key it is made for (`data-key="r"`); a person may put another in its place, everywhere at once. What is
kept for a person is `{"off": true, "keys": {"r": "y"}}`: only what differs. The browser does the rest (static/js/keys.js).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.registry import Registry


@dataclass(frozen=True)
class Shortcut:
    """One use of one key; `portal`: on the portal too.

    `needs` is a selector: without such an element the key does nothing on that page, and the sheet does not list it.
    """

    key: str
    label: Any
    place: str
    order: int = 50
    needs: str = ""
    portal: bool = False


# Where keys act, in the order of the sheet. What is drawn on buttons is read off the page.
PLACES = {
    "everywhere": gettext_lazy("Everywhere"),
    "list": gettext_lazy("In a list"),
    "ticket": gettext_lazy("On a ticket"),
    "console": gettext_lazy("At the alerts"),
    "calls": gettext_lazy("At the switchboard"),
}
SHORTCUTS: Registry[Shortcut] = Registry("shortcut", key=lambda each: (list(PLACES).index(each.place), each.order))


def register(key: str, label, place: str, order: int = 50, *, needs: str = "", portal: bool = False) -> Shortcut:
    """Add a use of a key; ValueError when the key is already used in that place, or the place unknown."""
    if place not in PLACES:
        raise ValueError(f"There is no place {place!r} for keys.")
    return SHORTCUTS.add(f"{place} {key}", Shortcut(key, label, place, order, needs, portal))


def keys(*, agent: bool = True) -> list[str]:
    """Every key that acts somewhere, once, in the order of the sheet; for others than agents: on the portal."""
    return list(dict.fromkeys(each.key for each in SHORTCUTS if agent or each.portal))


def names(key: str) -> str:
    """All that a key does, in words."""
    return " · ".join(str(each.label) for each in SHORTCUTS if each.key == key)


def chosen(user) -> dict[str, str]:
    """The key that this person presses for each key of the product."""
    own = (getattr(user, "shortcuts", None) or {}).get("keys", {})
    return {key: own.get(key, key) for key in keys()}


def faults(wanted: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a choice (key of the product -> key to press), by key of the product. Nothing: it can be kept."""
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for key in keys():
        press = wanted.get(key, key)
        if len(press) != 1 or not press.isprintable() or press.isspace():
            found[key] = _("Give one key: a letter or a sign.")
        elif press.isnumeric():
            found[key] = _("Figures choose in menus. Give a letter or a sign.")
        elif press in taken:
            found[key] = _("“%(key)s” already stands for: %(other)s. Choose another, or change that one too.") % {
                "key": press.upper(), "other": names(taken[press]),
            }  # fmt: skip
        else:
            taken[press] = key
    return found


def differing(wanted: Mapping[str, str]) -> dict[str, str]:
    """What is worth keeping of a choice without faults."""
    return {key: wanted[key] for key in keys() if wanted.get(key, key) != key}


def sheet(user) -> list[dict]:
    """What works in general, by place, with the keys as this person presses them."""
    own = chosen(user)
    return [
        {
            "label": label,
            "rows": [
                {"press": own[each.key].upper(), "label": each.label, "needs": each.needs}
                for each in SHORTCUTS
                if each.place == place and (each.needs or each.place == "everywhere")
            ],
        }
        for place, label in PLACES.items()
    ]


for _key, _label, _place, _order, _needs, _portal in (
    ("?", gettext_lazy("All keys"), "everywhere", 10, "", False),
    ("/", gettext_lazy("Search in the list"), "everywhere", 20, "[data-search-list]", True),
    ("g", gettext_lazy("Go to a page; then its letter"), "everywhere", 30, "[data-go^=g]", False),
    ("c", gettext_lazy("Create; then a letter"), "everywhere", 40, "[data-go^=c]", False),
    ("j", gettext_lazy("Next line"), "list", 10, "a.tt, a.q-item", True),
    ("k", gettext_lazy("Previous line"), "list", 20, "a.tt, a.q-item", True),
    ("x", gettext_lazy("Choose the line, for an act on several"), "list", 30, "input[form=bulk]", False),
    ("f", gettext_lazy("Filters"), "list", 40, "[data-filters], form.fcs, [data-key=f]", False),
):
    register(_key, _label, _place, _order, needs=_needs, portal=_portal)
