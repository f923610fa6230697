"""The lines of operations control in the navigation, a room a line."""

from django.utils.translation import gettext_lazy as _

from itsm.web.navigation import Entry, register

from .control.backups import counting as backups
from .control.consoles.listing import waiting
from .control.printing import listing as printing
from .control.scheduling import listing as jobs

register(
    Entry("printing", _("Print queues"), "/operations/printing/", "printer", "operations", "operations.read", 30, counter=printing.bad_queues, keys="q")
)  # fmt: skip
register(
    Entry("backups", _("Backups"), "/operations/backups/", "archive", "operations", "operations.read", 40, counter=backups.in_trouble)
)  # fmt: skip
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
register(
    Entry("shifts", _("Shift log"), "/operations/shifts/", "notebook", "operations", "operations.read", 50, keys="s")
)
register(
    Entry(
        "checks",
        _("Morning checks"),
        "/operations/checks/",
        "list-check",
        "operations",
        "operations.read",
        55,
        keys="m",
    )
)
register(
    Entry(
        "alerts",
        _("Alerts"),
        "/operations/alerts/",
        "bell-ringing",
        "operations",
        "operations.read",
        10,
        counter=waiting,
        lamp=True,
        keys="l",
    )
)
register(
    Entry("plan", _("Plan of the day"), "/operations/jobs/plan/", "chart-gantt", "operations", "operations.read", 18, keys="j")
)  # fmt: skip
register(Entry("consoles", _("Consoles"), "/operations/consoles/", "terminal", "operations", "operations.read", 15))
register(Entry("runbooks", _("Runbooks"), "/operations/runbooks/", "list-check", "operations", "operations.read", 70))
register(
    Entry(
        "jobs", _("Scheduling"), "/operations/jobs/", "calendar-clock", "operations", "operations.read", 20,
        counter=jobs.wrong,
    )
)  # fmt: skip
