"""Alerts as chips, for the list, the page, the card and the wall."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from itsm.core.chips import chip
from itsm.events.looks import SEVERITY, STATE
from itsm.events.models import Severity, State

ICONS = sorted({icon for _tone, icon in (*SEVERITY.values(), *STATE.values())} | {"sitemap", "chevron-right"})

# The product's own sources; any other is called as it calls itself.
SOURCES = {
    "backups": _("Backups"), "jobs": _("Scheduling"), "printing": _("Print queues"), "checks": _("Morning checks"),
}  # fmt: skip


def source_label(source: str) -> str:
    """A source in the language of the reader."""
    return str(SOURCES.get(source, source))


def severity_chip(severity: str, state: str = "", *, shared: bool = True) -> SafeString:
    """Icon, word and colour; in maintenance it is violet, for nobody has to look."""
    tone, icon = STATE["maintenance"] if state == "maintenance" else SEVERITY[severity]
    return chip(tone, icon, str(Severity(severity).label), shared)


def state_chip(state: str, *, shared: bool = True) -> SafeString:
    """What people make of it."""
    tone, icon = STATE[state]
    return chip(tone, icon, str(State(state).label), shared)
