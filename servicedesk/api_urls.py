from itsm.gateway.router import router

from .imports.api import ImportViewSet
from .incidents.api import IncidentViewSet
from .requests.api import RequestViewSet
from .surveys.api import SurveyViewSet

router.register("incidents", IncidentViewSet, basename="incidents")
router.register("imports", ImportViewSet, basename="imports")
router.register("requests", RequestViewSet, basename="requests")
router.register("surveys", SurveyViewSet, basename="surveys")
