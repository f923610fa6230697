"""Targets and clocks: how long a record may take, and how long it took. Pure time, knows no process."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

METRICS = ("own", "resolve")


class Metric(models.TextChoices):
    OWN = "own", _("Ownership")
    RESOLVE = "resolve", _("Resolution")


class Target(models.Model):
    """How long a record of one priority may take. An organisation without targets inherits its parent's."""

    organisation = models.ForeignKey("people.Organisation", models.CASCADE, null=True, blank=True, related_name="+")
    priority = models.PositiveSmallIntegerField()
    metric = models.CharField(max_length=10, choices=Metric)
    seconds = models.PositiveIntegerField(_("target in business seconds"), null=True, blank=True)
    calendar = models.ForeignKey(
        "calendars.Calendar",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: the organisation's own calendar"),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "priority", "metric"], nulls_distinct=False, name="target_unique"
            ),
            models.CheckConstraint(condition=Q(priority__range=(1, 5)), name="target_priority_1_to_5"),
        ]

    def __str__(self):
        return f"P{self.priority} {self.metric}"


class Clock(models.Model):
    """One running promise on a record. `elapsed_seconds` are business seconds up to `since`."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Stopped")
        CANCELLED = "cancelled", _("Cancelled")

    record = models.ForeignKey("records.Record", models.CASCADE, related_name="clocks", db_index=False)
    metric = models.CharField(max_length=10, choices=Metric)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    calendar = models.ForeignKey("calendars.Calendar", models.PROTECT, related_name="+")
    target_seconds = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField()
    since = models.DateTimeField(null=True)
    elapsed_seconds = models.PositiveIntegerField(default=0)
    segments = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True)
    step = models.PositiveSmallIntegerField(default=0, help_text=_("The last step done, in per cent of the target"))
    next_step_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)
    met = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "metric"], name="clock_one_a_metric"),
            models.CheckConstraint(
                condition=Q(state="running", since__isnull=False) | (~Q(state="running") & Q(since=None)),
                name="clock_runs_since",
            ),
            models.CheckConstraint(
                condition=Q(next_step_at=None) | Q(state="running"), name="clock_steps_only_while_running"
            ),
        ]
        indexes = [
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="clock_due"),
            models.Index(fields=["stopped_at"], condition=Q(stopped_at__isnull=False), name="clock_stopped"),
        ]

    def __str__(self):
        return f"{self.metric} of {self.record_id}"
