"""Everything that changes the networks. `actor` is required where people act; imports may leave it out.

Each function is one transaction. Lock order: items by id, then prefixes, interfaces and addresses.
"""

from .allocating import allocate_address, allocate_prefix, claim_address, claim_prefix
from .cabling import Port, cable_between, connect, disconnect, update_cable
from .keeping import create, delete, update
from .syncing import find_items_by_mac, sync_interfaces
from .upserts import upsert_address, upsert_prefix, upsert_range, upsert_vlan, upsert_vlan_group, upsert_vrf

__all__ = [
    "Port",
    "allocate_address",
    "allocate_prefix",
    "cable_between",
    "claim_address",
    "claim_prefix",
    "connect",
    "create",
    "delete",
    "disconnect",
    "find_items_by_mac",
    "sync_interfaces",
    "update",
    "update_cable",
    "upsert_address",
    "upsert_prefix",
    "upsert_range",
    "upsert_vlan",
    "upsert_vlan_group",
    "upsert_vrf",
]
