from itsm.gateway.router import router

from .access.api import AccessViewSet
from .calls.api import CallViewSet
from .calls.campaigns.api import CampaignViewSet
from .calls.switchboard.api import CallNumberViewSet, CallQueueViewSet
from .calls.switchboard.menuapi import CallMenuViewSet
from .catalogue.api import CatalogueItemViewSet
from .imports.api import ImportViewSet
from .incidents.api import IncidentViewSet
from .requests.api import RequestViewSet
from .surveys.api import SurveyViewSet

router.register("access-grants", AccessViewSet, basename="access-grants")
router.register("calls", CallViewSet, basename="calls")
router.register("call-campaigns", CampaignViewSet, basename="call-campaigns")
router.register("call-queues", CallQueueViewSet, basename="call-queues")
router.register("call-numbers", CallNumberViewSet, basename="call-numbers")
router.register("call-menus", CallMenuViewSet, basename="call-menus")
router.register("catalogue-items", CatalogueItemViewSet, basename="catalogue-items")
router.register("incidents", IncidentViewSet, basename="incidents")
router.register("imports", ImportViewSet, basename="imports")
router.register("requests", RequestViewSet, basename="requests")
router.register("surveys", SurveyViewSet, basename="surveys")
