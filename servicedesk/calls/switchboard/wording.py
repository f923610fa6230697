"""Words for what the switchboard is made of: kinds of steps, ways, where a step leads."""

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from itsm.people.directory import directory

from ..models import MenuStep
from .shapes import KEYS, NONE, site_of

ICONS = {
    "language": "language", "ask": "keyboard", "hours": "clock", "major": "alert-triangle", "vip": "vip", "known": "user-check",
    "site": "map-pin", "full": "users", "announce": "volume", "queue": "headset", "call_back": "phone-outgoing", "voicemail": "mailbox",
    "dial": "transfer", "hang_up": "phone-off", "goto": "repeat",
}  # fmt: skip


def spoken(french: str, english: str) -> str:
    """A text in the reader's language, else in the other."""
    first, second = (english, french) if (get_language() or "fr").startswith("en") else (french, english)
    return first or second or ""


def kind_name(kind: str) -> str:
    """What a step of this kind is called; nothing for a kind that is not known."""
    return str(dict(MenuStep.Kind.choices).get(kind, ""))


def way_name(branch: str) -> str:
    """By which answer a step is reached."""
    if branch in KEYS and branch:
        return _("Key %(key)s") % {"key": branch}
    site = site_of(branch)
    if site is not None:
        row = directory.get().sites.get(site)
        return row.name if row else "—"
    return {
        NONE: pgettext("way", "No choice"), "open": pgettext("way", "Open"), "closed": pgettext("way", "Closed"),
        "next": pgettext("way", "Then"), "yes": pgettext("way", "VIP"), "no": pgettext("way", "Anyone else"),
        "known": pgettext("way", "Recognised"), "unknown": pgettext("way", "Not recognised"), "full": pgettext("way", "Full"),
        "free": pgettext("way", "Not full"), "else": pgettext("way", "Any other site"), "": pgettext("way", "First step"),
    }.get(branch, branch)  # fmt: skip


def step_name(step: MenuStep) -> str:
    """How a step is named in lists: what it does, and the choice that leads to it."""
    label = spoken(step.label_fr or "", step.label_en or "")
    what = kind_name(step.kind)
    if step.kind in ("queue", "full") and step.queue_id:
        what = f"{what} {spoken(step.queue.name_fr or '', step.queue.name_en or '') or step.queue.code}"
    return f"{what} ({label})" if label else what
