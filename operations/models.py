"""The tables of operations, a room a line."""

from .control.backups.models import BackupCopy, BackupExemption, BackupPlan, BackupRun, RestoreTest
from .control.consoles.models import Console, ConsoleEntry
from .control.printing.models import (
    Delivery,
    Output,
    OutputRecipient,
    OutputRun,
    PageLine,
    PrintJob,
    PrintQueue,
    PrintServer,
    Reprint,
)
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
    "BackupCopy",
    "BackupExemption",
    "BackupPlan",
    "BackupRun",
    "Check",
    "CheckList",
    "CheckResult",
    "Console",
    "ConsoleEntry",
    "Delivery",
    "Handover",
    "Job",
    "JobLink",
    "JobPing",
    "JobResource",
    "JobRun",
    "LogCursor",
    "LogEntry",
    "Output",
    "OutputRecipient",
    "OutputRun",
    "PageLine",
    "PingKey",
    "PrintJob",
    "PrintQueue",
    "PrintServer",
    "Reprint",
    "Resource",
    "RestoreTest",
    "Shift",
    "ShiftPattern",
    "ShiftPerson",
    "ShiftTurn",
]
