"""How an item looks: its state while it is live, else where it stands in its life."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from itsm.core import tones
from itsm.core.chips import chip

from .models import ConfigurationItem

ICONS = sorted({icon for _tone, icon in (*tones.CI_STATE.values(), *tones.CI_STATUS.values())})


class Look(NamedTuple):
    """Tone and icon of `itsm.core.tones`, and the word."""

    tone: str
    icon: str
    label: str

    @property
    def chip(self):
        """Ready-made markup."""
        return chip(self.tone, self.icon, self.label)

    @property
    def chip_in_list(self):
        """The same for a long list, which draws `ICONS` once."""
        return chip(self.tone, self.icon, self.label, by_reference=True)


def of(state: str, status: str = "live") -> Look:
    """The look of an item; a state of its own counts only while it is live."""
    if status == "live":
        return Look(*tones.CI_STATE[state], str(ConfigurationItem.State(state).label))
    return Look(*tones.CI_STATUS[status], str(ConfigurationItem.Status(status).label))


def effect(state: str) -> Look:
    """What the loss of something would do to the item that lives on it; "" when it is not worked out."""
    if state == "up":
        return Look("green", "shield-check", _("would bear it"))
    if not state:
        return Look("grey", "dots", _("not worked out"))
    return of(state)
