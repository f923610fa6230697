"""Re-exports only."""

from .calls import KIND, LIVE, NEVER, PREFIX, Call, CallEvent, CallLink, Direction, State
from .codes import PauseReason, WrapUpCode
from .console import CallerNote, CallNature
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
    "CallNature",
    "CallPolicy",
    "CallQueue",
    "CallerNote",
    "Direction",
    "Exchange",
    "Operator",
    "OperatorSpan",
    "PauseReason",
    "QueueMember",
    "State",
    "WrapUpCode",
]
