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

__all__ = [
    "BackupCopy",
    "BackupExemption",
    "BackupPlan",
    "BackupRun",
    "Console",
    "ConsoleEntry",
    "Delivery",
    "Job",
    "JobLink",
    "JobPing",
    "JobResource",
    "JobRun",
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
]
