"""The tables of operations, a room a line."""

from .control.backups.models import BackupCopy, BackupExemption, BackupPlan, BackupRun, RestoreTest  # noqa: F401
