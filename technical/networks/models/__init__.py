from .plan import VLAN, VRF, IPAddress, IPRange, Prefix, VLANGroup
from .ports import Cable, CableEnd, Interface

__all__ = ["VLAN", "VRF", "Cable", "CableEnd", "IPAddress", "IPRange", "Interface", "Prefix", "VLANGroup"]
