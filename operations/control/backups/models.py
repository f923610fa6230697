"""Backup plans beside their item, where the copies stand, every run, and the restores that were tried."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from .queryset import OfPlanQuerySet, PlanQuerySet

WEEK = [1, 2, 3, 4, 5, 6, 7]


def whole_week() -> list[int]:
    """Monday is 1."""
    return list(WEEK)


class BackupPlan(models.Model):
    """What an item of class `backup_plan` promises. Which items it covers is told by the CMDB: they are *backed up by* it.

    The columns without form are kept by the services: what was awaited, what came last, when to look again.
    """

    class Tool(models.TextChoices):
        RESTIC = "restic", "restic"
        BORG = "borg", "BorgBackup"
        OTHER = "other", pgettext_lazy("backup tool", "Other")

    class Kind(models.TextChoices):
        FULL = "full", pgettext_lazy("backup", "Full")
        INCREMENTAL = "incremental", pgettext_lazy("backup", "Incremental")
        DIFFERENTIAL = "differential", pgettext_lazy("backup", "Differential")
        SNAPSHOT = "snapshot", pgettext_lazy("backup", "Snapshot")

    item = models.OneToOneField("cmdb.ConfigurationItem", models.PROTECT, related_name="backup_plan")
    tool = models.CharField(_("tool"), max_length=8, choices=Tool, default=Tool.OTHER)
    kind = models.CharField(_("type"), max_length=12, choices=Kind, default=Kind.INCREMENTAL)
    starts_at = models.TimeField(_("starts at"))
    every_hours = models.PositiveSmallIntegerField(_("every (hours)"), default=24)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("days"), default=whole_week)
    grace_minutes = models.PositiveIntegerField(_("result at the latest after (minutes)"), default=240)
    rpo_minutes = models.PositiveIntegerField(_("RPO (minutes)"))
    rto_minutes = models.PositiveIntegerField(_("RTO (minutes)"), null=True, blank=True)
    retention_days = models.PositiveIntegerField(_("retention (days)"), null=True, blank=True)
    paths = ArrayField(models.CharField(max_length=500), verbose_name=_("paths"), default=list, blank=True)
    least_files = models.PositiveBigIntegerField(_("at least so many files"), null=True, blank=True)
    drop_percent = models.PositiveSmallIntegerField(_("accepted loss of files (%)"), default=10)
    growth_factor = models.PositiveSmallIntegerField(_("suspect from so many times the usual volume"), default=5)
    restore_every_days = models.PositiveSmallIntegerField(_("restore test every (days)"), null=True, blank=True)
    is_active = models.BooleanField(pgettext_lazy("plan", "active"), default=True)
    source = models.ForeignKey(
        "gateway.Source", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("source")
    )

    expected_at = models.DateTimeField(null=True, editable=False)
    next_check_at = models.DateTimeField(null=True, editable=False)
    last_run_at = models.DateTimeField(null=True, editable=False)
    last_result = models.CharField(max_length=8, blank=True, default="", editable=False)
    last_good_at = models.DateTimeField(null=True, editable=False)
    rpo_told = models.BooleanField(default=False, editable=False)
    restore_due_on = models.DateField(null=True, editable=False)
    restore_told = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tool__in=["restic", "borg", "other"]), name="backup_plan_tool_known"),
            models.CheckConstraint(condition=Q(kind__in=["full", "incremental", "differential", "snapshot"]), name="backup_plan_kind_known"),
            models.CheckConstraint(condition=Q(every_hours__in=[1, 2, 3, 4, 6, 8, 12, 24]), name="backup_plan_divides_the_day"),
            models.CheckConstraint(condition=Q(weekdays__contained_by=WEEK) & Q(weekdays__len__gt=0), name="backup_plan_has_days"),
            models.CheckConstraint(condition=Q(rpo_minutes__gt=0, grace_minutes__gt=0), name="backup_plan_promises"),
            models.CheckConstraint(condition=Q(drop_percent__lte=100) & Q(growth_factor__gte=2), name="backup_plan_limits"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["next_check_at"], condition=Q(is_active=True), name="backup_plan_due")]

    def __str__(self):
        return self.item.name

    def get_absolute_url(self) -> str:
        return f"/operations/backups/{self.pk}/"


class BackupCopy(models.Model):
    """A place where a plan keeps copies: what the rule of three copies, two media, one elsewhere is read from."""

    class Medium(models.TextChoices):
        DISK = "disk", pgettext_lazy("medium", "Disk")
        TAPE = "tape", pgettext_lazy("medium", "Tape")
        OBJECT = "object", pgettext_lazy("medium", "Object storage")
        OPTICAL = "optical", pgettext_lazy("medium", "Optical disc")

    plan = models.ForeignKey(BackupPlan, models.CASCADE, related_name="copies")
    place = models.CharField(_("place"), max_length=120)
    site = models.ForeignKey(
        "people.Site", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("site")
    )
    medium = models.CharField(_("medium"), max_length=8, choices=Medium, default=Medium.DISK)
    is_offsite = models.BooleanField(_("at another site"), default=False)
    is_immutable = models.BooleanField(_("cannot be altered"), default=False)
    is_encrypted = models.BooleanField(_("encrypted"), default=False)

    class Meta:
        verbose_name_plural = "backup copies"
        constraints = [
            models.UniqueConstraint(fields=["plan", "place"], name="backup_copy_once"),
            models.CheckConstraint(condition=~Q(place=""), name="backup_copy_has_a_place"),
            models.CheckConstraint(condition=Q(medium__in=["disk", "tape", "object", "optical"]), name="backup_copy_medium_known"),
        ]  # fmt: skip

    def __str__(self):
        return self.place


class BackupRun(models.Model):
    """What came of one night. `reasons` says why it is not green: a list of {code, ...}."""

    class Result(models.TextChoices):
        OK = "ok", pgettext_lazy("backup", "OK")
        WARNING = "warning", pgettext_lazy("backup", "Incomplete")
        FAILED = "failed", pgettext_lazy("backup", "Failed")
        MISSED = "missed", pgettext_lazy("backup", "No news")

    class Origin(models.TextChoices):
        DOOR = "door", _("Source")
        API = "api", _("Interface")
        HAND = "hand", _("By hand")
        SWEEP = "sweep", _("Silence")

    plan = models.ForeignKey(BackupPlan, models.CASCADE, related_name="runs", db_index=False)
    night = models.DateField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=now)
    origin = models.CharField(max_length=5, choices=Origin)
    result = models.CharField(max_length=8, choices=Result)
    exit_status = models.SmallIntegerField(null=True)
    files = models.BigIntegerField(null=True)
    changed_files = models.BigIntegerField(null=True)
    size = models.BigIntegerField(null=True)
    added = models.BigIntegerField(null=True)
    snapshot = models.CharField(max_length=100, blank=True, default="")
    paths = ArrayField(models.CharField(max_length=500), default=list)
    reasons = models.JSONField(default=list)
    messages = models.TextField(blank=True, default="")
    digest = models.CharField(max_length=64)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    accepted_why = models.CharField(max_length=500, blank=True, default="")

    objects = OfPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "digest"], name="backup_run_once"),
            models.CheckConstraint(condition=Q(result__in=["ok", "warning", "failed", "missed"]), name="backup_run_result_known"),
            models.CheckConstraint(condition=Q(origin__in=["door", "api", "hand", "sweep"]), name="backup_run_origin_known"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="backup_run_ends_after_it_began"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["plan", "-started_at", "-id"], name="backup_run_of_plan"),
            models.Index(fields=["night", "plan"], name="backup_run_night"),
        ]

    def __str__(self):
        return f"{self.plan_id} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_good(self) -> bool:
        """A copy that one may count on: complete, or looked at by somebody who vouches for it."""
        return self.result == self.Result.OK or self.accepted_at is not None

    @property
    def over_at(self):
        """By which runs follow one another: many programs tell only when they ended."""
        return self.ended_at or self.started_at

    @property
    def seconds(self) -> float | None:
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


def evidence_path(_test, _filename: str) -> str:
    """Nothing of the uploader's name reaches the disk."""
    name = uuid.uuid4().hex
    return f"restore-tests/{name[:2]}/{name}"


class RestoreTest(models.Model):
    """A restore that was asked for, begun and verified; what it took, what was lost, and the proof."""

    class State(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("restore test", "Requested")
        STARTED = "started", pgettext_lazy("restore test", "Under way")
        DONE = "done", pgettext_lazy("restore test", "Verified")
        CANCELLED = "cancelled", pgettext_lazy("restore test", "Cancelled")

    class Verdict(models.TextChoices):
        PASSED = "passed", pgettext_lazy("restore test", "Passed")
        ABOVE = "above", pgettext_lazy("restore test", "Above target")
        FAILED = "failed", pgettext_lazy("restore test", "Failed")

    plan = models.ForeignKey(BackupPlan, models.CASCADE, related_name="restore_tests")
    state = models.CharField(max_length=9, choices=State, default=State.REQUESTED)
    what = models.CharField(_("what to restore"), max_length=300)
    planned_on = models.DateField(_("planned on"), null=True, blank=True)
    requested_at = models.DateTimeField(default=now)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    failure_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    run = models.ForeignKey(BackupRun, models.SET_NULL, null=True, related_name="+")
    recovered_point = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    rto_seconds = models.BigIntegerField(null=True)
    rpo_seconds = models.BigIntegerField(null=True)
    verdict = models.CharField(max_length=6, choices=Verdict, blank=True, default="")
    notes = models.TextField(_("findings"), max_length=5000, blank=True, default="")
    evidence = models.FileField(upload_to=evidence_path, max_length=200, blank=True)
    evidence_name = models.CharField(max_length=200, blank=True, default="")
    evidence_type = models.CharField(max_length=100, blank=True, default="")
    evidence_sha256 = models.CharField(max_length=64, blank=True, default="")

    objects = OfPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["requested", "started", "done", "cancelled"]), name="restore_test_state_known"),
            models.CheckConstraint(condition=Q(verdict__in=["", "passed", "above", "failed"]), name="restore_test_verdict_known"),
            models.CheckConstraint(condition=~Q(state="done") | (Q(verified_at__isnull=False) & ~Q(verdict="")), name="restore_test_done_has_a_verdict"),
            models.CheckConstraint(condition=Q(verified_at=None) | Q(verified_at__gte=F("started_at")), name="restore_test_ends_after_it_began"),
            models.UniqueConstraint(fields=["plan"], condition=Q(state__in=["requested", "started"]), name="restore_test_one_at_a_time"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["plan", "-requested_at", "-id"], name="restore_test_of_plan")]

    def __str__(self):
        return self.what

    def get_absolute_url(self) -> str:
        return f"/operations/backups/tests/{self.pk}/"


class BackupExemption(models.Model):
    """An item that needs no backup, with who says so, why and until when: coverage leaves it out."""

    item = models.OneToOneField("cmdb.ConfigurationItem", models.CASCADE, related_name="backup_exemption")
    reason = models.CharField(_("reason"), max_length=300)
    until = models.DateField(pgettext_lazy("exemption", "until"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="backup_exemption_has_a_reason")]

    def __str__(self):
        return self.reason
