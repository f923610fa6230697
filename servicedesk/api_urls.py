from itsm.gateway.router import router

from .incidents.api import IncidentViewSet

router.register("incidents", IncidentViewSet, basename="incidents")
