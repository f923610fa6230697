from .networks.models import VLAN, VRF, Cable, CableEnd, Interface, IPAddress, IPRange, Prefix, VLANGroup

__all__ = ["VLAN", "VRF", "Cable", "CableEnd", "IPAddress", "IPRange", "Interface", "Prefix", "VLANGroup"]
