"""The tables of operations, a room a line."""

from .control.backups.models import BackupCopy, BackupExemption, BackupPlan, BackupRun, RestoreTest
from .control.scheduling.models import Job, JobLink, JobPing, JobResource, JobRun, PingKey, Resource

__all__ = [
    "BackupCopy",
    "BackupExemption",
    "BackupPlan",
    "BackupRun",
    "Job",
    "JobLink",
    "JobPing",
    "JobResource",
    "JobRun",
    "PingKey",
    "Resource",
    "RestoreTest",
]
