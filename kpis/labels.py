"""Words that several pages of the indicators share."""

from django.utils.translation import gettext_lazy as _

NAVIGATION = _("Indicators")
DIMENSIONS = {
    "team": _("Team"), "priority": _("Priority"), "organisation": _("Organisation"), "level": _("Level"), "category": _("Category"),
    "service": _("Service"), "channel": _("Channel"), "site": _("Site"), "queue": _("Queue"), "hour": _("Hour"),
}  # fmt: skip
