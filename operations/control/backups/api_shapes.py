"""What the interface gives out and takes of backups."""

from rest_framework import serializers

from itsm.gateway.fields import Instant, ItemField, OrganisationField, SiteField
from itsm.gateway.shapes import Shape, Whole

from .models import WEEK, BackupCopy, BackupPlan, BackupRun, RestoreTest

BIG = 2**62


class BackupCopyShape(serializers.Serializer):
    """A place where copies stand."""

    place = serializers.CharField(max_length=120)
    medium = serializers.ChoiceField(choices=BackupCopy.Medium.choices, default="disk")
    site = serializers.CharField(allow_null=True, required=False, help_text="Code.")
    is_offsite = serializers.BooleanField(default=False)
    is_immutable = serializers.BooleanField(default=False)
    is_encrypted = serializers.BooleanField(default=False)


class NewBackupCopy(Whole, BackupCopyShape):
    """The same, as it is written."""

    site = SiteField(allow_null=True, required=False)


class BackupPlanShape(Shape):
    """A plan."""

    id = serializers.IntegerField()
    key = serializers.CharField(help_text="Key of its item.")
    name = serializers.CharField()
    organisation = serializers.CharField(allow_null=True)
    tool = serializers.ChoiceField(choices=BackupPlan.Tool.choices)
    kind = serializers.ChoiceField(choices=BackupPlan.Kind.choices)
    starts_at = serializers.CharField(help_text="HH:MM by the clock of the organisation.")
    every_hours = serializers.IntegerField()
    weekdays = serializers.ListField(child=serializers.IntegerField(), help_text="Monday is 1.")
    grace_minutes = serializers.IntegerField()
    rpo_minutes = serializers.IntegerField()
    rto_minutes = serializers.IntegerField(allow_null=True)
    retention_days = serializers.IntegerField(allow_null=True)
    paths = serializers.ListField(child=serializers.CharField())
    least_files = serializers.IntegerField(allow_null=True)
    drop_percent = serializers.IntegerField()
    growth_factor = serializers.IntegerField()
    restore_every_days = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()
    expected_at = serializers.DateTimeField(allow_null=True)
    last_run_at = serializers.DateTimeField(allow_null=True)
    last_result = serializers.CharField(allow_blank=True)
    last_good_at = serializers.DateTimeField(allow_null=True)
    age_minutes = serializers.IntegerField(allow_null=True, help_text="Of the last good copy.")
    rpo_met = serializers.BooleanField()
    restore_due_on = serializers.DateField(allow_null=True)
    rule_321 = serializers.BooleanField(help_text="Three copies, two media, one elsewhere.")
    copies = BackupCopyShape(many=True)
    items = serializers.ListField(child=serializers.CharField(), help_text="Keys of what is covered.")
    version = serializers.IntegerField()


class BackupPlanChanges(serializers.Serializer):
    """What may be changed of a plan."""

    tool = serializers.ChoiceField(choices=BackupPlan.Tool.choices, required=False)
    kind = serializers.ChoiceField(choices=BackupPlan.Kind.choices, required=False)
    starts_at = serializers.TimeField(required=False)
    every_hours = serializers.ChoiceField(choices=[1, 2, 3, 4, 6, 8, 12, 24], required=False)
    weekdays = serializers.ListField(
        child=serializers.ChoiceField(choices=WEEK), min_length=1, max_length=7, required=False
    )
    grace_minutes = serializers.IntegerField(min_value=1, max_value=10_080, required=False)
    rpo_minutes = serializers.IntegerField(min_value=1, max_value=5_256_000, required=False)
    rto_minutes = serializers.IntegerField(min_value=1, max_value=5_256_000, allow_null=True, required=False)
    retention_days = serializers.IntegerField(min_value=1, max_value=36_500, allow_null=True, required=False)
    paths = serializers.ListField(child=serializers.CharField(max_length=500), max_length=500, required=False)
    least_files = serializers.IntegerField(min_value=0, max_value=10**15, allow_null=True, required=False)
    drop_percent = serializers.IntegerField(min_value=0, max_value=100, required=False)
    growth_factor = serializers.IntegerField(min_value=2, max_value=1000, required=False)
    restore_every_days = serializers.IntegerField(min_value=1, max_value=3650, allow_null=True, required=False)
    is_active = serializers.BooleanField(required=False)
    copies = NewBackupCopy(many=True, required=False, max_length=10)


class NewBackupPlan(BackupPlanChanges):
    """A new plan."""

    item = ItemField(required=False)
    name = serializers.CharField(max_length=200, required=False)
    organisation = OrganisationField(required=False)
    items = serializers.ListField(child=ItemField(), required=False, max_length=200)
    starts_at = serializers.TimeField()
    rpo_minutes = serializers.IntegerField(min_value=1, max_value=5_256_000)


class BackupRunReasonShape(Shape):
    """Why a run is not green."""

    code = serializers.CharField()
    text = serializers.CharField()


class BackupRunShape(Shape):
    """A run."""

    id = serializers.IntegerField()
    plan = serializers.CharField(help_text="Key.")
    night = serializers.DateField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    origin = serializers.ChoiceField(choices=BackupRun.Origin.choices)
    result = serializers.ChoiceField(choices=BackupRun.Result.choices)
    exit_status = serializers.IntegerField(allow_null=True)
    files = serializers.IntegerField(allow_null=True)
    changed_files = serializers.IntegerField(allow_null=True)
    size = serializers.IntegerField(allow_null=True)
    added = serializers.IntegerField(allow_null=True)
    snapshot = serializers.CharField(allow_blank=True)
    paths = serializers.ListField(child=serializers.CharField())
    reasons = BackupRunReasonShape(many=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    accepted_by = serializers.CharField(allow_null=True)
    accepted_why = serializers.CharField(allow_blank=True)


class NewBackupRun(serializers.Serializer):
    """A run as its program tells of it. Without times it ended just now."""

    plan = serializers.CharField(max_length=80, help_text="Id or key.")
    started_at = Instant(required=False)
    ended_at = Instant(required=False)
    exit_status = serializers.IntegerField(min_value=0, max_value=255, default=0)
    files = serializers.IntegerField(min_value=0, max_value=BIG, required=False)
    changed_files = serializers.IntegerField(min_value=0, max_value=BIG, required=False)
    size = serializers.IntegerField(min_value=0, max_value=BIG, required=False)
    added = serializers.IntegerField(min_value=0, max_value=BIG, required=False)
    snapshot = serializers.CharField(max_length=100, required=False, allow_blank=True)
    paths = serializers.ListField(child=serializers.CharField(max_length=500), max_length=500, required=False)
    warnings = serializers.IntegerField(min_value=0, max_value=10**6, required=False)
    errors = serializers.IntegerField(min_value=0, max_value=10**6, required=False)
    messages = serializers.CharField(max_length=20_000, required=False, allow_blank=True)


class BackupReason(serializers.Serializer):
    """Why."""

    reason = serializers.CharField(max_length=500)


class RestoreTestShape(Shape):
    """A restore test."""

    id = serializers.IntegerField()
    plan = serializers.CharField(help_text="Key.")
    state = serializers.ChoiceField(choices=RestoreTest.State.choices)
    what = serializers.CharField()
    planned_on = serializers.DateField(allow_null=True)
    requested_at = serializers.DateTimeField()
    requested_by = serializers.CharField(allow_null=True)
    failure_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    run = serializers.IntegerField(allow_null=True)
    recovered_point = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)
    verified_by = serializers.CharField(allow_null=True)
    rto_seconds = serializers.IntegerField(allow_null=True)
    rpo_seconds = serializers.IntegerField(allow_null=True)
    verdict = serializers.CharField(allow_blank=True)
    notes = serializers.CharField(allow_blank=True)
    evidence_name = serializers.CharField(allow_blank=True)
    evidence_sha256 = serializers.CharField(allow_blank=True)


class NewRestoreTest(serializers.Serializer):
    """A restore that is to be tried."""

    plan = serializers.CharField(max_length=80, help_text="Id or key.")
    what = serializers.CharField(max_length=300)
    planned_on = serializers.DateField(required=False, allow_null=True)


class RestoreStart(serializers.Serializer):
    """When the failure that is played happened."""

    failure_at = Instant(required=False, allow_null=True)


class RestoreResult(serializers.Serializer):
    """What came of it."""

    worked = serializers.BooleanField()
    recovered_point = Instant(required=False, allow_null=True)
    notes = serializers.CharField(max_length=5000, required=False, allow_blank=True)
