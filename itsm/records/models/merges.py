"""What a merge moved, row by row, so that it can be taken back exactly."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from itsm.core import now

from .record import Record


class Merge(models.Model):
    """One record folded into another. `before` is how the source stood, `moved` names the rows that left it.

    Only keys are kept: what was said on the target afterwards is in neither, so it stays where it was said.
    """

    source = models.ForeignKey(Record, models.CASCADE, related_name="merges", db_index=False)
    target = models.ForeignKey(Record, models.CASCADE, related_name="gained", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)
    before = models.JSONField(default=dict)
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(undone_at=None), name="merge_one_standing"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="merge_not_into_itself"),
        ]
        indexes = [
            models.Index(fields=["source", "-at"], name="merge_source"),
            models.Index(fields=["target", "-at"], name="merge_target"),
        ]

    def __str__(self):
        return f"{self.source_id} into {self.target_id}"
