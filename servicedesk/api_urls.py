from itsm.gateway.router import router

from .incidents.api import IncidentViewSet
from .surveys.api import SurveyViewSet

router.register("incidents", IncidentViewSet, basename="incidents")
router.register("surveys", SurveyViewSet, basename="surveys")
