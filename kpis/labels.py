"""Words that several pages of the indicators share."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

NAVIGATION = _("Indicators")
DIMENSIONS = {
    "team": _("Team"), "priority": _("Priority"), "organisation": _("Organisation"), "level": _("Level"), "category": _("Category"),
    "service": _("Service"), "channel": _("Channel"), "site": _("Site"), "queue": pgettext_lazy("kpis", "Queue"), "hour": _("Hour"),
}  # fmt: skip
