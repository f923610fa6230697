from itsm.gateway.router import router

from .inventory.api import InstallationViewSet
from .networks import api

router.register("vrfs", api.VRFViewSet, basename="vrfs")
router.register("vlan-groups", api.VLANGroupViewSet, basename="vlan-groups")
router.register("vlans", api.VLANViewSet, basename="vlans")
router.register("prefixes", api.PrefixViewSet, basename="prefixes")
router.register("ip-addresses", api.IPAddressViewSet, basename="ip-addresses")
router.register("interfaces", api.InterfaceViewSet, basename="interfaces")
router.register("cables", api.CableViewSet, basename="cables")
router.register("installations", InstallationViewSet, basename="installations")
