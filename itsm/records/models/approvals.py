"""Who was asked to approve a record, and what they said. Satellites of the spine; each process asks by its own rules."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from itsm.core import now

from .record import Record


class ApprovalRun(models.Model):
    """A rule at work on a record: the rule as it was then, and the stage that is asked now. One at a time.

    Stages are counted through all runs of a record, so that a person may be asked again when it is submitted again.
    """

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("approvals", "Under way")
        GRANTED = "granted", pgettext_lazy("approvals", "Approved")
        REFUSED = "refused", pgettext_lazy("approvals", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("approvals", "Withdrawn")

    record = models.ForeignKey(Record, models.CASCADE, related_name="approval_runs", db_index=False)
    rule = models.JSONField()
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    offset = models.PositiveSmallIntegerField(default=0)
    stage = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(default=now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["record", "-id"], name="approval_run_record")]
        constraints = [
            models.UniqueConstraint(fields=["record"], condition=Q(state="running"), name="approval_run_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None)
                | Q(state__in=["granted", "refused", "withdrawn"], ended_at__isnull=False),
                name="approval_run_ended_has_time",
            ),
        ]

    def __str__(self):
        return f"{self.record_id}: {self.state}"


class ApprovalQuerySet(models.QuerySet):
    """Rows by who may answer or read them."""

    def pending(self):
        """Still to be answered."""
        return self.filter(state="pending")

    def answerable_by(self, user):
        """Pending ones that wait for the person, or for somebody away whom they stand in for."""
        from ..approvals import access

        return access.answerable(self, user)

    def asked_of(self, user):
        """All that the person was asked, may answer for somebody, or answered."""
        from ..approvals import access

        return access.asked(self, user)


class Approval(models.Model):
    """One question to one person. `decided_by` differs from `approver` when a delegate answered."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("approval", "Pending")
        APPROVED = "approved", pgettext_lazy("approval", "Approved")
        REFUSED = "refused", pgettext_lazy("approval", "Refused")
        EXPIRED = "expired", pgettext_lazy("approval", "Expired")
        WITHDRAWN = "withdrawn", pgettext_lazy("approval", "Withdrawn")
        HANDED_ON = "handed_on", pgettext_lazy("approval", "Handed on")

    class Why(models.TextChoices):
        """Why this person: the rule's own words, or who had to take somebody's place."""

        MANAGER = "manager", pgettext_lazy("approver", "Manager of the requester")
        ITEM_OWNER = "item_owner", pgettext_lazy("approver", "Owner of the item")
        APPLICATION_OWNER = "application_owner", pgettext_lazy("approver", "Owner of the application")
        SERVICE_OWNER = "service_owner", pgettext_lazy("approver", "Owner of the service")
        PERSON = "person", pgettext_lazy("approver", "Named by the rule")
        TEAM = "team", pgettext_lazy("approver", "Member of the team")

    class Instead(models.TextChoices):
        """How the question came to somebody else than the rule's first choice."""

        SELF = "self", pgettext_lazy("approver", "Nobody approves their own request")
        SUBMITTER = "submitter", pgettext_lazy("approver", "Nobody approves what they ordered for somebody")
        INACTIVE = "inactive", pgettext_lazy("approver", "The person has left")
        ROLE = "role", pgettext_lazy("approver", "The person has this role no longer")
        NOBODY = "nobody", pgettext_lazy("approver", "Nobody was found")
        ESCALATED = "escalated", pgettext_lazy("approver", "No answer in time")
        EARLIER = "earlier", pgettext_lazy("approver", "Approved in an earlier stage")
        CIRCLE = "circle", pgettext_lazy("approver", "Confidential: somebody of the circle")

    record = models.ForeignKey(Record, models.CASCADE, related_name="approvals", db_index=False)
    run = models.ForeignKey(ApprovalRun, models.CASCADE, null=True, related_name="approvals")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    stage = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    asked_at = models.DateTimeField(default=now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)
    why = models.CharField(max_length=20, choices=Why, blank=True, default="")
    instead = models.CharField(max_length=10, choices=Instead, blank=True, default="")
    instead_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    remind_at = models.DateTimeField(null=True, blank=True)
    next_step_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Who was asked cannot answer any more and nobody was found in their place: since when administrators know.
    stranded_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["record", "stage", "id"], name="approval_record"),
            models.Index(fields=["approver", "-id"], name="approval_approver"),
            models.Index(
                fields=["next_step_at", "id"],
                condition=Q(state="pending", next_step_at__isnull=False),
                name="approval_due",
            ),
            models.Index(fields=["approver", "due_at"], condition=Q(state="pending"), name="approval_to_decide"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["record", "stage", "approver"], name="approval_asked_once_a_stage"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "approved", "refused", "expired", "withdrawn", "handed_on"]),
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
