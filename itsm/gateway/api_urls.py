"""Everything under /api/v1/. Imported once all apps are ready; it finds the `api_urls.py` of each of them."""

from django.urls import path, re_path
from django.utils.module_loading import autodiscover_modules

from . import cmdb_api, docs, levels_api, problems, reference_api, token_api, trust_api
from .approvals_api import ApprovalViewSet
from .events.api import AlertViewSet, EventViewSet, SilenceViewSet
from .intake_api import DataSourceViewSet, IntakeViewSet
from .people_api import UserViewSet
from .planning_api import WindowViewSet
from .records_api import RecordViewSet
from .relations_api import RelationViewSet
from .rotas_api import RotaViewSet
from .router import router
from .sources.api import InboundViewSet, SourceViewSet
from .webhooks.api import DeliveryViewSet, WebhookViewSet

router.register("records", RecordViewSet, basename="records")
router.register("approvals", ApprovalViewSet, basename="approvals")
router.register("users", UserViewSet, basename="users")
router.register("organisations", reference_api.OrganisationViewSet, basename="organisations")
router.register("sites", reference_api.SiteViewSet, basename="sites")
router.register("teams", reference_api.TeamViewSet, basename="teams")
router.register("categories", reference_api.CategoryViewSet, basename="categories")
router.register("resolution-codes", reference_api.ResolutionCodeViewSet, basename="resolution-codes")
router.register("cause-codes", reference_api.CauseCodeViewSet, basename="cause-codes")
router.register("hold-reasons", reference_api.HoldReasonViewSet, basename="hold-reasons")
router.register("calendars", reference_api.CalendarViewSet, basename="calendars")
router.register("agreements", levels_api.AgreementViewSet, basename="agreements")
router.register("clocks", levels_api.ClockViewSet, basename="clocks")
router.register("rotas", RotaViewSet, basename="rotas")
router.register("maintenance-windows", WindowViewSet, basename="maintenance-windows")
router.register("cis", cmdb_api.ItemViewSet, basename="cis")
router.register("relations", RelationViewSet, basename="relations")
router.register("ci-classes", cmdb_api.ClassViewSet, basename="ci-classes")
router.register("ci-imports", IntakeViewSet, basename="ci-imports")
router.register("data-sources", DataSourceViewSet, basename="data-sources")
router.register("corrections", trust_api.CorrectionViewSet, basename="corrections")
router.register("services", cmdb_api.ServiceViewSet, basename="services")
router.register("alerts", AlertViewSet, basename="alerts")
router.register("events", EventViewSet, basename="events")
router.register("silences", SilenceViewSet, basename="silences")
router.register("webhooks", WebhookViewSet, basename="webhooks")
router.register(r"webhooks/(?P<webhook>[0-9]{1,18})/deliveries", DeliveryViewSet, basename="deliveries")
router.register("sources", SourceViewSet, basename="sources")
router.register(r"sources/(?P<source>[0-9]{1,18})/log", InboundViewSet, basename="inbound")
autodiscover_modules("api_urls")

urlpatterns = [
    path("tokens/", token_api.TokenList.as_view(), name="api-tokens"),
    path("tokens/<int:pk>/", token_api.TokenDetail.as_view(), name="api-token"),
    path("ci-health/", trust_api.HealthView.as_view(), name="api-ci-health"),
    path("schema/", docs.schema, name="api-schema"),
    path("docs/", docs.reference, name="api-docs"),
    *router.urls,
    re_path(r"", problems.not_found),
]
