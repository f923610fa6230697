from itsm.gateway.router import router

from .desk.api import IncidentViewSet
from .imports.api import ImportViewSet
from .surveys.api import SurveyViewSet

router.register("incidents", IncidentViewSet, basename="incidents")
router.register("imports", ImportViewSet, basename="imports")
router.register("surveys", SurveyViewSet, basename="surveys")
