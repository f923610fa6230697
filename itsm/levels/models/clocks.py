"""One running promise on a record, and the calendars as they stood when promises were settled."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .agreements import Kind, Metric


class FrozenCalendar(models.Model):
    """A calendar as it was, holidays written out: what a later edit cannot rewrite. One row a version."""

    digest = models.CharField(max_length=64, unique=True)
    calendar = models.ForeignKey("calendars.Calendar", models.PROTECT, related_name="+")
    spec = models.JSONField()

    def __str__(self):
        return self.digest[:12]


class Clock(models.Model):
    """One promise on a record. While it is `waiting` it has not begun: `counted_from` says when it did. `elapsed_seconds` are business seconds up to `since`, counted from `counted_from`.

    `segments` are the spans that ran, [[begin, end], ...]; `events` say what was done to the clock and why:
    [{"at", "what", ...}]. A leg of a team, a wait for a supplier and a reopening each begin a new `cycle`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Not started")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Stopped")
        CANCELLED = "cancelled", _("Cancelled")

    record = models.ForeignKey("records.Record", models.CASCADE, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=3, choices=Kind, default=Kind.SLA)
    metric = models.CharField(max_length=10, choices=Metric)
    cycle = models.PositiveSmallIntegerField(default=1)
    agreement = models.ForeignKey("levels.Agreement", models.PROTECT, null=True, related_name="clocks")
    team = models.ForeignKey("people.Team", models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    calendar = models.ForeignKey("calendars.Calendar", models.PROTECT, related_name="+")
    frozen = models.ForeignKey(FrozenCalendar, models.PROTECT, null=True, related_name="+", db_index=False)
    target_seconds = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField()
    counted_from = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True)
    elapsed_seconds = models.PositiveIntegerField(default=0)
    segments = models.JSONField(default=list)
    events = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True)
    step = models.PositiveSmallIntegerField(default=0, help_text=_("The last step done, in per cent of the target"))
    repeats = models.PositiveSmallIntegerField(default=0, help_text=_("How often it was repeated after the last step"))
    next_step_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)
    met = models.BooleanField(null=True)
    conditions = models.JSONField(
        default=dict, blank=True, help_text=_("What starts, pauses, stops or cancels it, as agreed when it began")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "kind", "metric", "cycle"], name="clock_one_a_cycle"),
            models.UniqueConstraint(
                fields=["record", "kind", "metric"],
                condition=Q(state__in=["waiting", "running", "paused"]),
                name="clock_one_alive",
            ),
            models.CheckConstraint(
                condition=Q(state="running", since__isnull=False) | (~Q(state="running") & Q(since=None)),
                name="clock_runs_since",
            ),
            models.CheckConstraint(
                condition=Q(next_step_at=None) | Q(state="running"), name="clock_steps_only_while_running"
            ),
            models.CheckConstraint(
                condition=~Q(metric__in=["own", "response"])
                | ~(Q(conditions__has_key="pause") | Q(conditions__has_key="resume")),
                name="clock_response_never_pauses",
            ),
        ]
        indexes = [
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="clock_due"),
            models.Index(fields=["stopped_at"], condition=Q(stopped_at__isnull=False), name="clock_stopped"),
        ]

    def __str__(self):
        return f"{self.kind} {self.metric} {self.cycle} of {self.record_id}"

    @property
    def alive(self) -> bool:
        """Not started, running or paused: nothing is settled yet."""
        return self.state in ALIVE


ALIVE = (Clock.State.WAITING, Clock.State.RUNNING, Clock.State.PAUSED)
