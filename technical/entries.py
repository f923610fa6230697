"""The lines of technical management in the navigation."""

from django.utils.translation import gettext_lazy as _

from itsm.web.navigation import Entry, register

register(Entry("software", _("Software"), "/technical/inventory/software/", "package", "technical", "cmdb.read", 40))
register(
    Entry(
        "discoveries",
        _("Discovery over SNMP"),
        "/technical/inventory/discoveries/",
        "radar",
        "settings",
        "settings.manage",
        35,
    )
)
register(Entry("networks", _("Networks"), "/technical/networks/", "network", "technical", "cmdb.read", 30))
