"""The lines of operations control in the navigation, a room a line."""

from django.utils.translation import gettext_lazy as _

from itsm.web.navigation import Entry, register

register(
    Entry(
        "operations",
        _("Operations control"),
        "/operations/",
        "activity-heartbeat",
        "operations",
        "operations.read",
        5,
        keys="o",
    )
)
