"""What was done to many tickets at once, row by row, so that it can be shown and taken back."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.core import now

# A row takes a moment: a run that wrote none for so long is dead.
SILENT = timedelta(minutes=1)


class BulkRun(models.Model):
    """One act on several tickets. `rows`: number, ok, message, and what is needed to take it back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    act = models.CharField(max_length=12)
    token = models.CharField(max_length=40)
    at = models.DateTimeField(default=now)
    told = models.BooleanField(_("people were told"), default=False)
    rows = models.JSONField(default=list)
    moved_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "token"], name="bulk_run_once")]

    def __str__(self):
        return f"{self.act} {self.at:%F %T}"

    @property
    def is_running(self) -> bool:
        """Does a process still go through its rows?"""
        return self.finished_at is None and now() - self.moved_at < SILENT
