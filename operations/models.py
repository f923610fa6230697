from .control.consoles.models import Console, ConsoleEntry
"""The tables of operations, a room a line."""

from .control.backups.models import BackupCopy, BackupExemption, BackupPlan, BackupRun, RestoreTest
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
    "Check",
    "CheckList",
    "CheckResult",
    "Console",
    "ConsoleEntry",
    "Handover",
    "BackupCopy",
    "BackupExemption",
    "BackupPlan",
    "BackupRun",
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
    "RestoreTest",
]
