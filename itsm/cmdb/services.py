"""Everything that changes the CMDB. `actor` is required; None means the product itself.

Each function is one transaction: the item's lock, history, audit, outbox. Lock order: items by id, then their
relations, services and outages; nobody locks those first.
"""

from .baselining import make_baseline, remove_baseline
from .changing import (
    catch_up,
    confirm_ci,
    create_ci,
    create_service,
    forget_set_aside,
    offer_service,
    retire_ci,
    set_state,
    update_ci,
    update_service,
)
from .drifting import accept_drift, ignore_drift, lock_drifts, mark_recorded, report_drift
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
from .relating import change_relation, relate, unrelate
from .versioning import save_class, take_file_back

__all__ = [
    "GRAPH",
    "accept_drift",
    "bulk_load",
    "cancel_outage",
    "catch_up",
    "change_relation",
    "close_outage",
    "confirm_ci",
    "create_ci",
    "create_service",
    "end_reported",
    "follow_planned",
    "forget_set_aside",
    "hand_back_reported",
    "hand_on_reported",
    "ignore_drift",
    "lock_drifts",
    "make_baseline",
    "mark_recorded",
    "offer_service",
    "open_outage",
    "relate",
    "remove_baseline",
    "reopen_outage",
    "report_drift",
    "report_outage",
    "resume_reported",
    "retire_ci",
    "save_class",
    "set_state",
    "take_file_back",
    "tell_outage",
    "turn_outage",
    "unrelate",
    "update_ci",
    "update_service",
]
