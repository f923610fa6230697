"""The switchboard's tab among those of the calls."""

from django.utils.translation import gettext_lazy as _

from .. import tabs

tabs.add("switchboard", _("Numbers and menus"), "switchboard:overview", "calls.manage", 70)
