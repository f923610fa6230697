"""The wall's tab."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.web import destinations

from .. import tabs

tabs.add("wall", pgettext_lazy("screen", "Wall"), "call_wall:wall", "calls.take", 60)
destinations.add(
    "wall", _("Wall of the switchboard"), "/calls/wall/", "device-tv", "calls.take", _("wallboard screen live figures")
)
