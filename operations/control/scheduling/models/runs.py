"""Runs of jobs: planned ones are rows already, so that a missed one is counted; and what jobs told of them."""

from datetime import timedelta

from django.db import models
from django.db.models import ExpressionWrapper, F, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.people.scope import scope_of


class State(models.TextChoices):
    """Where a run stands."""

    PLANNED = "planned", pgettext_lazy("run", "Planned")
    WAITING = "waiting", pgettext_lazy("run", "Waiting")
    LATE = "late", pgettext_lazy("run", "Late")
    RUNNING = "running", pgettext_lazy("run", "Running")
    TOO_LONG = "too_long", pgettext_lazy("run", "Too long")
    OK = "ok", pgettext_lazy("run", "Ended OK")
    TOO_FAST = "too_fast", pgettext_lazy("run", "Too fast")
    FAILED = "failed", pgettext_lazy("run", "Failed")
    NOT_STARTED = "not_started", pgettext_lazy("run", "Not started")
    HELD = "held", pgettext_lazy("run", "Held")
    CANCELLED = "cancelled", pgettext_lazy("run", "Cancelled")


AHEAD = (State.PLANNED, State.WAITING, State.LATE)
UNDER_WAY = (State.RUNNING, State.TOO_LONG)
OPEN = (*AHEAD, *UNDER_WAY, State.HELD)
TOLERATED = timedelta(minutes=1)
DONE = (State.OK, State.TOO_FAST, State.FAILED, State.NOT_STARTED, State.CANCELLED)


class RunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the organisations that the person's role reaches, for who may see operations."""
        scope = scope_of(user)
        if not scope.may("operations.read"):
            return self.none()
        return self if scope.everything else self.filter(organisation_id__in=scope.organisations)

    def open(self):
        """Those that have not ended."""
        return self.filter(state__in=OPEN)


def overrun(at) -> Q:
    """Runs under way whose planned end has passed by more than a minute."""
    span = ExpressionWrapper(F("job__expected_seconds") * Value(timedelta(seconds=1)), models.DurationField())
    return Q(state__in=UNDER_WAY, planned_at__lt=ExpressionWrapper(at - TOLERATED - span, models.DateTimeField()))


class JobRun(models.Model):
    """One run. `at` is where it stands in time: when it was planned, else when it began or was told of."""

    job = models.ForeignKey("operations.Job", models.CASCADE, related_name="runs", db_index=False)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=State, default=State.PLANNED)
    reason = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=300, blank=True)
    trigger = models.CharField(max_length=10, default="schedule")
    at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    deadline_told = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(null=True)
    exit_status = models.SmallIntegerField(null=True)
    rid = models.UUIDField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["job", "planned_at"], condition=Q(planned_at__isnull=False), name="run_planned_once"
            ),
            models.UniqueConstraint(fields=["job", "rid"], condition=Q(rid__isnull=False), name="run_rid_once"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "waiting", "late", "running", "too_long", "ok", "too_fast", "failed",
                                       "not_started", "held", "cancelled"]),
                name="run_state_known",
            ),
            models.CheckConstraint(
                condition=Q(started_at=None) | Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="run_order"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["running", "too_long"]) | Q(started_at__isnull=False), name="run_has_begun"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["job", "-at", "-id"], name="run_of_job"),
            models.Index(fields=["at", "job"], name="run_at"),
            models.Index(fields=["organisation", "-id"], name="run_of_organisation"),
            models.Index(
                fields=["job", "at"],
                condition=Q(state__in=["planned", "waiting", "late", "running", "too_long", "held"]),
                name="run_open",
            ),
            models.Index(
                fields=["-id"], condition=Q(state__in=["failed", "too_fast", "not_started"]), name="run_went_wrong"
            ),
        ]

    def __str__(self):
        return f"{self.job_id} {self.at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return f"/operations/jobs/{self.job_id}/runs/{self.pk}/"


class JobPing(models.Model):
    """What a job, a program or the dispatcher told of a run, with its words."""

    job = models.ForeignKey("operations.Job", models.CASCADE, related_name="pings", db_index=False)
    run = models.ForeignKey(JobRun, models.CASCADE, null=True, related_name="pings", db_index=False)
    at = models.DateTimeField(default=now)
    kind = models.CharField(_("kind"), max_length=8)
    exit_status = models.SmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    size = models.PositiveIntegerField(default=0)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["job", "-id"], name="ping_of_job"),
            models.Index(fields=["run", "id"], condition=Q(run__isnull=False), name="ping_of_run"),
            models.Index(fields=["at"], name="ping_at"),
        ]

    def __str__(self):
        return f"{self.job_id} {self.kind} {self.at:%Y-%m-%d %H:%M:%S}"
