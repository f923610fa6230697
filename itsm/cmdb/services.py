"""Everything that changes the CMDB. `actor` is required; None means the product itself.

Each function is one transaction: the item's lock, history, audit, outbox. Lock order: items by id, then their
relations, services and outages; nobody locks those first.
"""

from .changing import (
    confirm_ci,
    create_ci,
    create_service,
    offer_service,
    retire_ci,
    set_state,
    update_ci,
    update_service,
)
from .impact import GRAPH
from .loading import bulk_load
from .outage_records import end_reported, hand_back_reported, hand_on_reported, report_outage, resume_reported
from .outages import (
    cancel_outage,
    close_outage,
    follow_planned,
    open_outage,
    reopen_outage,
    tell_outage,
    turn_outage,
)
from .relating import relate, unrelate

__all__ = [
    "GRAPH",
    "bulk_load",
    "cancel_outage",
    "close_outage",
    "confirm_ci",
    "create_ci",
    "create_service",
    "end_reported",
    "follow_planned",
    "hand_back_reported",
    "hand_on_reported",
    "offer_service",
    "open_outage",
    "relate",
    "reopen_outage",
    "report_outage",
    "resume_reported",
    "retire_ci",
    "set_state",
    "tell_outage",
    "turn_outage",
    "unrelate",
    "update_ci",
    "update_service",
]
