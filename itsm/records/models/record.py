"""The spine: every piece of work, whatever the process, is one Record.

Everything that a list filters, sorts or badges by is a column here. A process adds a one-level child table for its own
columns; satellites point here and never at a child (docs/decisions/one-spine.md).
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now, reachable

from ..queryset import RecordQuerySet

FAR = reachable.NEVER


class Phase(models.TextChoices):
    """What a state means to everyone outside the process: the public contract."""

    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


class Impact(models.IntegerChoices):
    EXTENSIVE = 1, _("Extensive: whole organisation or vital service")
    SIGNIFICANT = 2, _("Significant: site, department, service")
    MODERATE = 3, _("Moderate: a team")
    MINOR = 4, _("Minor: one person")


class Urgency(models.IntegerChoices):
    CRITICAL = 1, _("Critical: work stopped, no workaround")
    HIGH = 2, _("High")
    MEDIUM = 3, _("Medium")
    LOW = 4, _("Low")


class Priority(models.IntegerChoices):
    CRITICAL = 1, _("Critical")
    HIGH = 2, _("High")
    MEDIUM = 3, _("Medium")
    LOW = 4, _("Low")
    PLANNED = 5, _("Planned")


class Channel(models.TextChoices):
    """How the record came in; it never changes."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    PORTAL = "portal", _("Portal")
    CHAT = "chat", _("Chat")
    API = "api", _("API")
    EVENT = "event", _("Event")
    WALK_UP = "walk_up", _("Walk-up")
    INTERNAL = "internal", _("Internal")


PHASES = {phase.value: phase for phase in Phase}
ACTIVE = Q(phase__in=["open", "waiting"])
# What the desk made common: several people have it.
COMMON = Q(major=True) | Q(child_count__gte=2)


class Record(models.Model):
    """One piece of work. `kind` and `channel` never change; `phase` is public, `state` private to the process."""

    kind = models.CharField(max_length=20, editable=False)
    number = models.CharField(max_length=20, editable=False)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    language = models.CharField(max_length=5, default="fr")

    state = models.CharField(max_length=20, editable=False)
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.OPEN, editable=False)
    state_before_hold = models.CharField(max_length=20, blank=True, editable=False)
    hold_reason = models.ForeignKey(
        "records.HoldReason", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    hold_supplier = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    hold_until = models.DateTimeField(null=True, blank=True)
    woken_at = models.DateTimeField(null=True, editable=False)
    follow_up_at = models.DateTimeField(null=True, blank=True)
    confidentiality = models.ForeignKey(
        "people.Circle", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    impact = models.PositiveSmallIntegerField(choices=Impact, default=Impact.MINOR)
    urgency = models.PositiveSmallIntegerField(choices=Urgency, default=Urgency.MEDIUM)
    priority = models.PositiveSmallIntegerField(choices=Priority, editable=False)
    priority_reason = models.CharField(max_length=200, blank=True, editable=False)
    category = models.ForeignKey("records.Category", models.PROTECT, null=True, blank=True, related_name="+")
    service = models.ForeignKey(
        "cmdb.Service", models.PROTECT, null=True, blank=True, related_name="records", db_index=False
    )
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.PORTAL, editable=False)
    resolution_code = models.ForeignKey(
        "records.ResolutionCode", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="records", db_index=False)
    site = models.ForeignKey("people.Site", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="requested", db_index=False
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="opened", editable=False, db_index=False
    )
    team = models.ForeignKey(
        "people.Team", models.PROTECT, null=True, blank=True, related_name="records", db_index=False
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="assigned", db_index=False
    )
    owner_team = models.ForeignKey(
        "people.Team", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    past_teams = ArrayField(models.BigIntegerField(), default=list, editable=False)
    level = models.PositiveSmallIntegerField(null=True, editable=False)

    opened_at = models.DateTimeField(default=now, editable=False)
    acknowledged_at = models.DateTimeField(null=True, editable=False)
    first_response_at = models.DateTimeField(null=True, editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    queue_at = models.DateTimeField(default=FAR, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", db_index=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged", db_index=False
    )
    major = models.BooleanField(default=False)
    reopen_count = models.PositiveSmallIntegerField(default=0, editable=False)
    reassignment_count = models.PositiveSmallIntegerField(default=0, editable=False)
    escalation_count = models.PositiveSmallIntegerField(default=0, editable=False)
    alert_count = models.PositiveSmallIntegerField(default=0, editable=False)
    child_count = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    source = models.CharField(max_length=40, blank=True, default="", editable=False)
    external_id = models.CharField(max_length=80, blank=True, default="", editable=False)

    objects = RecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="record_number_unique"),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(source=""), name="record_external_unique"
            ),
            models.CheckConstraint(
                condition=Q(phase__in=["open", "waiting", "resolved", "closed"]), name="record_phase_known"
            ),
            models.CheckConstraint(condition=Q(impact__range=(1, 4)), name="record_impact_1_to_4"),
            models.CheckConstraint(condition=Q(urgency__range=(1, 4)), name="record_urgency_1_to_4"),
            models.CheckConstraint(condition=Q(priority__range=(1, 5)), name="record_priority_1_to_5"),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("opened_at")), name="record_resolved_after_opened"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="record_closed_after_opened"
            ),
            models.CheckConstraint(condition=ACTIVE & Q(closed_at=None) | ~ACTIVE, name="record_active_is_not_closed"),
            models.CheckConstraint(
                condition=~Q(phase="closed") | Q(closed_at__isnull=False), name="record_closed_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(phase="resolved") | Q(resolved_at__isnull=False), name="record_resolved_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(phase="waiting") | Q(hold_reason__isnull=False), name="record_waiting_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(hold_supplier=None) | Q(phase="waiting"), name="record_supplier_only_while_waiting"
            ),
            models.CheckConstraint(
                condition=Q(requester__isnull=False) | Q(channel="event") | ~Q(source=""),
                name="record_has_requester_unless_event_or_import",
            ),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="record_not_its_own_parent"),
            models.CheckConstraint(condition=~Q(title=""), name="record_has_title"),
        ]
        indexes = [
            models.Index(fields=["queue_at", "id"], condition=ACTIVE, name="rec_queue"),
            models.Index(fields=["team", "queue_at", "id"], condition=ACTIVE, name="rec_queue_team"),
            models.Index(fields=["organisation", "queue_at", "id"], condition=ACTIVE, name="rec_queue_org"),
            models.Index(fields=["assignee", "queue_at", "id"], condition=ACTIVE, name="rec_queue_assignee"),
            models.Index(
                fields=["team", "organisation", "requester"],
                condition=ACTIVE,
                name="rec_counts",
                include=[
                    "phase",
                    "priority",
                    "assignee",
                    "queue_at",
                    "kind",
                    "major",
                    "reassignment_count",
                    "confidentiality",
                ],
            ),
            models.Index(fields=["priority", "id"], condition=ACTIVE, name="rec_queue_priority"),
            models.Index(fields=["queue_at", "id"], condition=Q(phase="resolved"), name="rec_queue_resolved"),
            models.Index(fields=["-id"], condition=ACTIVE & COMMON, name="rec_common"),
            models.Index(fields=["requester", "-id"], name="rec_requester"),
            models.Index(fields=["opened_by", "-id"], name="rec_opened_by"),
            models.Index(fields=["kind", "-id"], name="rec_kind"),
            models.Index(fields=["organisation", "-id"], name="rec_org"),
            models.Index(fields=["team", "-id"], name="rec_team"),
            models.Index(fields=["service", "-id"], name="rec_service"),
            models.Index(fields=["opened_at"], name="rec_opened"),
            models.Index(fields=["updated_at", "id"], name="rec_updated"),
            models.Index(fields=["resolved_at"], condition=Q(resolved_at__isnull=False), name="rec_resolved"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="rec_closed"),
            models.Index(fields=["resolved_at", "id"], condition=Q(phase="resolved", major=False), name="rec_to_close"),
            models.Index(
                fields=["hold_until"], condition=Q(phase="waiting", hold_until__isnull=False), name="rec_to_wake"
            ),
            models.Index(fields=["woken_at"], condition=Q(woken_at__isnull=False), name="rec_woken"),
            models.Index(
                fields=["follow_up_at"], condition=ACTIVE & Q(follow_up_at__isnull=False), name="rec_follow_up"
            ),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="rec_parent"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="rec_merged"),
            GinIndex(fields=["past_teams"], condition=ACTIVE, name="rec_past_teams"),
        ]

    def __str__(self):
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The one address of anything that has a number."""
        return f"/r/{self.number}"

    @property
    def is_active(self) -> bool:
        """Open or waiting."""
        return self.phase in (Phase.OPEN, Phase.WAITING)
