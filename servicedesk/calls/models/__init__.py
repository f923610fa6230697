"""Re-exports only."""

from .calls import KIND, LIVE, NEVER, PREFIX, Call, CallEvent, CallLink, Direction, State
from .codes import PauseReason, WrapUpCode
from .queues import CallQueue, Operator, OperatorSpan, QueueMember

__all__ = [
    "KIND",
    "LIVE",
    "NEVER",
    "PREFIX",
    "Call",
    "CallEvent",
    "CallLink",
    "CallQueue",
    "Direction",
    "Operator",
    "OperatorSpan",
    "PauseReason",
    "QueueMember",
    "State",
    "WrapUpCode",
]
