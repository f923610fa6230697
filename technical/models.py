from .inventory.models import Agent, Component, Discovery, Installation, Software
from .networks.models import VLAN, VRF, Cable, CableEnd, Interface, IPAddress, IPRange, Prefix, VLANGroup

__all__ = [
    "VLAN",
    "VRF",
    "Agent",
    "Cable",
    "CableEnd",
    "Component",
    "Discovery",
    "IPAddress",
    "IPRange",
    "Installation",
    "Interface",
    "Prefix",
    "Software",
    "VLANGroup",
]
