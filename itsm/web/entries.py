"""The lines of the navigation that belong to the shared ground."""

from django.utils.translation import gettext_lazy as _

from itsm.cmdb.trust import corrections
from itsm.records.approvals.access import waiting as approvals_waiting
from itsm.records.plans.access import waiting as tasks_waiting

from .navigation import Entry, register

register(Entry("home", _("Home"), "/", "home", "home", "records.read", 5, keys="h"))
register(
    Entry(
        "approvals", _("Approvals"), "/approvals/", "thumb-up", "home", "records.read", 20, counter=approvals_waiting,
        keys="a",
    )
)  # fmt: skip
register(
    Entry("tasks", _("Tasks"), "/tasks/", "list-check", "home", "records.read", 15, counter=tasks_waiting, keys="t")
)
register(Entry("cis", _("CMDB"), "/cmdb/", "sitemap", "technical", "cmdb.read", 10))
register(Entry("ci-imports", _("Imports of items"), "/cmdb/imports/", "download", "technical", "cmdb.edit", 15))
register(Entry("ci-health", _("Health of items"), "/cmdb/health/", "heartbeat", "technical", "cmdb.read", 11))
register(
    Entry(
        "ci-corrections", _("Corrections"), "/cmdb/corrections/", "edit", "technical", "cmdb.edit", 12,
        counter=corrections.waiting,
    )
)  # fmt: skip
register(
    Entry("ci-certifications", _("Certification"), "/cmdb/certifications/", "certificate", "technical", "cmdb.edit", 13)
)
register(Entry("ci-drifts", _("Differences"), "/cmdb/drift/", "arrows-diff", "technical", "cmdb.edit", 14))
register(Entry("services", _("Services"), "/services/", "heart-handshake", "technical", "cmdb.read", 20))
register(
    Entry("agreements", _("Agreements"), "/settings/agreements/", "heart-handshake", "settings", "settings.manage", 4)
)
register(Entry("calendars", _("Calendars"), "/settings/calendars/", "calendar", "settings", "settings.manage", 5))
register(
    Entry(
        "data-sources", _("Sources of items"), "/settings/data-sources/", "database", "settings", "settings.manage", 30
    )
)
register(Entry("ci-classes", _("CI classes"), "/settings/ci-classes/", "schema", "settings", "settings.manage", 6))
register(Entry("mailbox", _("Messages sent"), "/mailbox/", "mail", "settings", "notify.mailbox", 20))
register(Entry("routing", _("Routing"), "/settings/routing/", "route", "settings", "settings.manage", 60))
register(
    Entry("planning", _("Planning"), "/operations/planning/", "calendar-time", "operations", "operations.read", 45)
)
register(Entry("oncall", _("On call"), "/oncall/", "bell-ringing", "home", "records.read", 30))
register(Entry("absences", _("Absences"), "/oncall/absences/", "beach", "desk", "records.read", 85))
register(Entry("rotas", _("Rotas"), "/oncall/rotas/", "calendar-event", "desk", "records.read", 80))
register(
    Entry("escalation", _("Escalation"), "/settings/escalation/", "arrow-up-right", "settings", "settings.manage", 40)
)
register(Entry("sources", _("Sources"), "/settings/sources/", "plug", "settings", "settings.manage", 65))
register(Entry("event-rules", _("Events"), "/settings/events/", "bell-cog", "settings", "operations.manage", 61))
register(Entry("mailboxes", _("Mailboxes"), "/settings/mailboxes/", "inbox", "settings", "settings.manage", 62))
register(Entry("webhooks", _("Webhooks"), "/settings/webhooks/", "webhook", "settings", "settings.manage", 70))
register(Entry("admin", _("Settings"), "/admin/", "settings", "settings", "settings.manage", 90))
register(
    Entry("mailboxes-read", _("Mailboxes"), "/settings/mailboxes/", "inbox", "desk", "records.manage", 94, unless="settings.manage")
)  # fmt: skip
# What agents only read stands where they work; who changes it finds it among the settings.
for _key, _label, _url, _icon, _order in (
    ("agreements-read", _("Agreements"), "/settings/agreements/", "heart-handshake", 90),
    ("calendars-read", _("Calendars"), "/settings/calendars/", "calendar", 91),
    ("escalation-read", _("Escalation"), "/settings/escalation/", "arrow-up-right", 92),
    ("routing-read", _("Routing"), "/settings/routing/", "route", 93),
):
    register(Entry(_key, _label, _url, _icon, "desk", "records.read", _order, unless="settings.manage"))
