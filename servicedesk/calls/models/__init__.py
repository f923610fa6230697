"""Re-exports only."""

from .calls import KIND, LIVE, NEVER, PREFIX, Call, CallEvent, CallLink, Direction, State
from .codes import PauseReason, WrapUpCode
from .console import CallerNote, CallNature
from .exchanges import CallMapping, CallPolicy, Exchange
from .menus import CallMenu, CallNumber, MenuStep
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
    "CallMenu",
    "CallNature",
    "CallNumber",
    "CallPolicy",
    "CallQueue",
    "CallerNote",
    "Direction",
    "Exchange",
    "MenuStep",
    "Operator",
    "OperatorSpan",
    "PauseReason",
    "QueueMember",
    "State",
    "WrapUpCode",
]
