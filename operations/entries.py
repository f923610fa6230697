"""The lines of operations control in the navigation, a room a line."""

from django.utils.translation import gettext_lazy as _

from itsm.web.navigation import Entry, register

from .control.scheduling import listing as jobs

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
register(Entry("runbooks", _("Runbooks"), "/operations/runbooks/", "list-check", "operations", "operations.read", 70))
register(
    Entry(
        "jobs", _("Scheduling"), "/operations/jobs/", "calendar-clock", "operations", "operations.read", 20,
        counter=jobs.wrong,
    )
)  # fmt: skip
