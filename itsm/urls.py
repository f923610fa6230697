"""Every address of the product. The top layer: it knows everyone and nobody knows it."""

from django.contrib import admin
from django.urls import include, path

from itsm.core.health import healthz
from itsm.gateway.mail.mail_views import of_record

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/", include("itsm.gateway.urls")),
    path("", include("itsm.gateway.page_urls")),
    path("", include("itsm.gateway.sources.door_urls")),
    path("settings/sources/", include("itsm.gateway.sources.urls")),
    path("settings/events/", include("itsm.gateway.events.urls")),
    path("settings/mailboxes/", include("itsm.gateway.mail.urls")),
    path("mails/<str:number>/", of_record, name="mails-of-record"),
    path("settings/webhooks/", include("itsm.gateway.webhooks.urls")),
    path("kpis/", include("kpis.urls")),
    path("", include("itsm.web.urls")),
    path("", include("itsm.cmdb.urls")),
    path("", include("itsm.notify.urls")),
    path("", include("itsm.records.urls")),
    path("", include("itsm.records.approvals.urls")),
    path("tasks/", include("itsm.records.plans.urls")),
    path("", include("itsm.escalation.urls")),
    path("", include("servicedesk.urls")),
    path("", include("technical.urls")),
    path("operations/planning/", include("itsm.planning.urls")),
    path("operations/", include("operations.urls")),
    path("ping/", include("operations.control.scheduling.ping_urls")),
]

# What does not exist and what one may not see are the same page.
handler400 = "itsm.web.errors.not_understood"
handler403 = handler404 = "itsm.web.errors.not_found"
handler500 = "itsm.web.errors.failed"
