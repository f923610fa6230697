"""Who was asked to approve a record, and what they said. A satellite of the spine; each process asks by its own rules."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from itsm.core import now

from .record import Record


class Approval(models.Model):
    """One question to one person. `decided_by` differs from `approver` when a delegate answered."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("approval", "Pending")
        APPROVED = "approved", pgettext_lazy("approval", "Approved")
        REFUSED = "refused", pgettext_lazy("approval", "Refused")
        EXPIRED = "expired", pgettext_lazy("approval", "Expired")
        WITHDRAWN = "withdrawn", pgettext_lazy("approval", "Withdrawn")

    record = models.ForeignKey(Record, models.CASCADE, related_name="approvals", db_index=False)
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    stage = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    asked_at = models.DateTimeField(default=now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["record", "stage", "id"], name="approval_record"),
            models.Index(fields=["approver", "due_at"], condition=Q(state="pending"), name="approval_to_decide"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["record", "stage", "approver"], name="approval_asked_once_a_stage"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "approved", "refused", "expired", "withdrawn"]),
                name="approval_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at=None)
                | ~Q(state="pending") & Q(decided_at__isnull=False, decided_at__gte=F("asked_at")),
                name="approval_decided_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | Q(decided_by__isnull=False),
                name="approval_answer_has_author",
            ),
            models.CheckConstraint(condition=~Q(state="refused", reason=""), name="approval_refusal_has_reason"),
        ]

    def __str__(self):
        return f"{self.record_id}: {self.approver_id} {self.state}"
