"""Append-only: who did what to which subject, when, in which request. A trigger refuses change and removal."""

from django.conf import settings
from django.db import models

from itsm.core import now


class Entry(models.Model):
    """One act. The subject is named by kind, id and text, so that people, CIs and settings are audited like records."""

    at = models.DateTimeField(default=now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False, db_index=False
    )
    verb = models.CharField(max_length=60, editable=False)
    subject_kind = models.CharField(max_length=30, editable=False)
    subject_id = models.BigIntegerField(null=True, editable=False)
    subject_text = models.CharField(max_length=200, editable=False)
    changes = models.JSONField(default=dict, editable=False)
    data = models.JSONField(default=dict, editable=False)
    request_id = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="audit_subject"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject_text}"
