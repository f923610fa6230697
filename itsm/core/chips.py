"""Chips with few values are drawn once per process and language: a row then only places them."""

from datetime import datetime
from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from . import tones
from .icons import icon, shared


def priority_chip(priority: int) -> SafeString:
    """P1 to P5, with its name for those who do not see the colour."""
    return _priority_chip(priority, get_language() or "fr")


@lru_cache(maxsize=64)
def _priority_chip(priority: int, _language: str) -> SafeString:
    names = {1: _("Critical"), 2: _("High"), 3: _("Medium"), 4: _("Low"), 5: _("Planned")}
    return format_html(
        '<span class="chip pri p{}" title="{}"><span class="sr">{} </span>P{}</span>',
        priority, names[priority], _("Priority"), priority,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def chip(tone: str, icon_name: str, label: str, by_reference: bool = False) -> SafeString:
    """A coloured word with an icon; in long lists the icon is written `by_reference` (itsm.core.icons.sprite)."""
    drawing = (shared if by_reference else icon)(icon_name) if icon_name else mark_safe("")
    return format_html('<span class="chip {}">{}{}</span>', tone, drawing, label)


def state_chip(look: tuple[str, str], label) -> SafeString:
    """The state of a record, with the tone and icon of its lifecycle."""
    return chip(look[0], look[1], str(label))


def due_chip(state: str, text: str, at: datetime | None = None, by_reference: bool = False) -> SafeString:
    """A deadline: `state` is a key of `tones.CLOCK`; with its instant the page keeps the words up to date by itself."""
    if at is None:
        return _due_chip(state, text, by_reference)
    tone, icon_name = tones.CLOCK[state]
    drawing = (shared if by_reference else icon)(icon_name, "s")
    return format_html(
        '<span class="due {}" data-due="{}" data-late="{}">{}<span data-text>{}</span></span>',
        tone, at.isoformat(timespec="seconds"), _overdue(), drawing, text,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _due_chip(state: str, text: str, by_reference: bool) -> SafeString:
    tone, icon_name = tones.CLOCK[state]
    drawing = (shared if by_reference else icon)(icon_name, "s")
    return format_html('<span class="due {}">{}{}</span>', tone, drawing, text)


def _overdue() -> str:
    return _("overdue by %(time)s") % {"time": "{time}"}


def phase_chip(phase: str, label) -> SafeString:
    """A phase, the same for every process."""
    return chip(*tones.PHASE[phase], str(label))


def person_chip(name: str, initials: str = "", *, vip: bool = False, size: str = "") -> SafeString:
    """Initials and name."""
    letters = initials or "".join(part[:1] for part in name.split()[:2]).upper()
    mark = mark_safe(' <span class="vip">VIP</span>') if vip else ""
    return format_html(
        '<span class="person"><span class="av {}" aria-hidden="true">{}</span><span class="clip">{}</span>{}</span>',
        f"av-{size}" if size else "", letters, name, mark,
    )  # fmt: skip
