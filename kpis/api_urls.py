from itsm.gateway.router import router

from .api import KpiViewSet

router.register("kpis", KpiViewSet, basename="kpis")
