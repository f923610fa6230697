"""Re-exports only."""

from .calls import KIND, LIVE, NEVER, PREFIX, Call, CallEvent, CallLink, Direction, State
from .codes import PauseReason, WrapUpCode
from .exchanges import CallMapping, CallPolicy, Exchange
from .queues import CallQueue, Operator, OperatorSpan, QueueMember

__all__ = [
    "KIND",
    "LIVE",
    "NEVER",
    "PREFIX",
    "Call",
    "CallEvent",
    "CallLink",
    "CallMapping",
    "CallPolicy",
    "CallQueue",
    "Direction",
    "Exchange",
    "Operator",
    "OperatorSpan",
    "PauseReason",
    "QueueMember",
    "State",
    "WrapUpCode",
]
