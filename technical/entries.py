"""The lines of technical management in the navigation."""

from django.utils.translation import gettext_lazy as _

from itsm.web.navigation import Entry, register

register(Entry("networks", _("Networks"), "/technical/networks/", "network", "technical", "cmdb.read", 30))
