"""What hangs on a record. Satellites point at the spine, never at a child, never generically."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from .record import Record


class Comment(models.Model):
    """Something said on a record: to the requester (public) or among agents (internal)."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="comments", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    body = models.TextField()
    public = models.BooleanField(default=True)
    at = models.DateTimeField(default=now)
    channel = models.CharField(max_length=10, blank=True)
    origin = models.ForeignKey(
        Record,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text=_("The record it was merged or copied from"),
    )

    class Meta:
        indexes = [models.Index(fields=["record", "at", "id"], name="comment_record")]
        constraints = [models.CheckConstraint(condition=~Q(body=""), name="comment_not_empty")]

    def __str__(self):
        return self.body[:60]


class Link(models.Model):
    """Two records belong together. `parent_of` lives on the spine (`Record.parent`), not here."""

    class Type(models.TextChoices):
        RELATED = "related", _("Related to")
        CAUSED_BY = "caused_by", _("Caused by")
        DUPLICATES = "duplicates", _("Duplicate of")
        FOLLOWS = "follows", _("Follows")
        SPLIT_FROM = "split_from", _("Split off from")

    source = models.ForeignKey(Record, models.CASCADE, related_name="links", db_index=False)
    target = models.ForeignKey(Record, models.CASCADE, related_name="backlinks")
    type = models.CharField(max_length=12, choices=Type, default=Type.RELATED)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "type"], name="link_unique"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="link_not_to_self"),
        ]

    def __str__(self):
        return f"{self.source_id} {self.type} {self.target_id}"


class Hop(models.Model):
    """A stay in a team: when it began and ended, why it moved on. The sum of hops tells who held a record how long."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("Opening")
        ASSIGNMENT = "assignment", _("Reassignment")
        ESCALATION = "escalation", _("Functional escalation")

    record = models.ForeignKey(Record, models.CASCADE, related_name="hops", db_index=False)
    team = models.ForeignKey("people.Team", models.PROTECT, null=True, related_name="+")
    level = models.PositiveSmallIntegerField(null=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.OPENING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["record", "started_at", "id"], name="hop_record")]
        constraints = [
            models.UniqueConstraint(fields=["record"], condition=Q(ended_at=None), name="hop_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="hop_ends_after_start"
            ),
        ]

    def __str__(self):
        return f"{self.record_id} at {self.team_id}"

    def lasted(self, at) -> int:
        """Seconds in the team until an instant: now, or when the record was closed."""
        return max(0, int(((self.ended_at or at) - self.started_at).total_seconds()))


class Task(models.Model):
    """A piece of work inside a record, or a follow-up that a rule asked for.

    A task of a plan waits (no `opened_at`) until its predecessors are over. It is over when it has `done_at`; `outcome`
    tells a skipped one from a done one. A failed one is not over: it holds its successors up until it is tried again.
    """

    class Outcome(models.TextChoices):
        DONE = "", pgettext_lazy("task", "Done")
        SKIPPED = "skipped", pgettext_lazy("task", "Skipped")
        FAILED = "failed", pgettext_lazy("task", "Failed")

    record = models.ForeignKey(Record, models.CASCADE, related_name="tasks", db_index=False)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    team = models.ForeignKey("people.Team", models.PROTECT, null=True, blank=True, related_name="+")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="tasks")
    key = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    plan = models.ForeignKey(
        "records.PlanRun", models.CASCADE, null=True, blank=True, related_name="tasks", db_index=False
    )
    step = models.CharField(max_length=40, blank=True, default="")
    action = models.CharField(max_length=40, blank=True, default="")
    opened_at = models.DateTimeField(null=True, blank=True, default=now)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    result = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["record", "id"], name="task_record"),
            models.Index(
                fields=["team", "id"],
                condition=Q(done_at=None, opened_at__isnull=False, team__isnull=False),
                name="task_open_team",
            ),
            models.Index(
                fields=["assignee", "id"],
                condition=Q(done_at=None, opened_at__isnull=False, assignee__isnull=False),
                name="task_open_assignee",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="task_key_unique"),
            models.UniqueConstraint(fields=["plan", "step"], name="task_once_a_plan"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(opened_at__isnull=False), name="task_done_was_open"),
            models.CheckConstraint(
                condition=Q(outcome="")
                | Q(outcome="skipped", done_at__isnull=False)
                | Q(outcome="failed", done_at=None),
                name="task_outcome_known",
            ),
            models.CheckConstraint(condition=Q(outcome="") | ~Q(result=""), name="task_outcome_has_reason"),
        ]

    def __str__(self):
        return self.title

    @property
    def waits(self) -> bool:
        """For its predecessors."""
        return self.opened_at is None


class AffectedItem(models.Model):
    """A configuration item that the record touches."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="affected", db_index=False)
    item = models.ForeignKey("cmdb.ConfigurationItem", models.PROTECT, related_name="affected")
    is_cause = models.BooleanField(default=False)
    added_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "item"], name="affected_once")]

    def __str__(self):
        return f"{self.record_id} touches {self.item_id}"


class Watch(models.Model):
    """A person follows a record: reads it, and is told of its public events."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="watches", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watches", db_index=False)
    since = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "record"], name="watch_once")]
        indexes = [models.Index(fields=["record"], name="watch_record")]

    def __str__(self):
        return f"{self.user_id} watches {self.record_id}"
