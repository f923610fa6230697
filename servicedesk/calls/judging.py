"""How a figure of the switchboard is judged, and the words for what it counts: the same on the console and on the wall."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from .figures import TARGETS

# Within this of the usual number (and never for a handful of calls) a day is as usual; from so many times it on, it is busy.
USUAL_BAND, HANDFUL, BUSY_FROM = 0.15, 3, 1.5
TONES = {"good": "green", "near": "amber", "bad": "red"}


def grade(name: str, value: float | None) -> str:
    """Against its target, as indicators are judged: "good", "near" within a tenth of it, "bad"; nothing without a value."""
    if value is None:
        return ""
    target, _unit, higher = TARGETS[name]
    if value >= target if higher else value <= target:
        return "good"
    return "near" if abs(value - target) <= target * 0.1 else "bad"


def word(of: str) -> str:
    """A grade in a word."""
    return {
        "good": pgettext("figure", "reached"), "near": pgettext("figure", "near"), "bad": pgettext("figure", "missed"),
    }.get(of, "")  # fmt: skip


def abandons(found: dict[str, Any]) -> str:
    """How many gave up, of which calls: those that were answered or given up, the short ones and the menu's not among them."""
    return _("%(n)s of %(all)s answered or given up") % {"n": found["abandoned"], "all": found["received"]}


def outside(found: dict[str, Any]) -> str:
    """Calls that no queue of the page counts, such as those that the menu settled; nothing when there are none."""
    n = found["elsewhere"]["calls"]
    return ngettext("%(n)s outside the queues", "%(n)s outside the queues", n) % {"n": n} if n else ""


def busyness(calls: int, usual: int | None) -> str:
    """One of more, fewer and usual; busy is much more; nothing where nothing is usual yet."""
    if not usual:
        return ""
    if abs(calls - usual) <= max(usual * USUAL_BAND, HANDFUL):
        return "usual"
    return "fewer" if calls < usual else "busy" if calls > usual * BUSY_FROM else "more"
