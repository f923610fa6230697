from .control.consoles.models import Console, ConsoleEntry
from .control.scheduling.models import Job, JobLink, JobPing, JobResource, JobRun, PingKey, Resource
from .control.shifts.models import (
    Check,
    CheckList,
    CheckResult,
    Handover,
    LogCursor,
    LogEntry,
    Shift,
    ShiftPattern,
    ShiftPerson,
    ShiftTurn,
)

__all__ = [
<<<<<<< HEAD
    "Check",
    "CheckList",
    "CheckResult",
    "Handover",
=======
    "Console",
    "ConsoleEntry",
>>>>>>> work-g
    "Job",
    "JobLink",
    "JobPing",
    "JobResource",
    "JobRun",
    "LogCursor",
    "LogEntry",
    "PingKey",
    "Resource",
    "Shift",
    "ShiftPattern",
    "ShiftPerson",
    "ShiftTurn",
]
