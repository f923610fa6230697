"""What sources of data say of items, by what one knows an item again, and the runs that bring it in."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.people.scope import scope_of

from .items import ConfigurationItem


class SourceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Sources into organisations that the person's role reaches, for those who change items."""
        scope = scope_of(user)
        if not scope.may("cmdb.edit"):
            return self.none()
        return self if scope.everything else self.filter(organisation_id__in=scope.organisations)

    def of_files(self):
        """Those that a person may send a file for."""
        return self.filter(is_active=True).exclude(code="hand")


class RunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Runs that one started, and those of sources that one may see."""
        scope = scope_of(user)
        if not scope.may("cmdb.edit"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(Q(started_by_id=scope.user_id) | Q(source__organisation_id__in=scope.organisations))


class DataSource(models.Model):
    """Who says what is there: a file, an agent, a scan, another CMDB. `hand` stands for what people typed."""

    code = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    rank = models.PositiveSmallIntegerField(_("rank"), default=50, help_text=_("1 is believed before 99"))
    keys = ArrayField(models.CharField(max_length=12), default=list, blank=True, help_text=_("Empty: all"))
    may_create = models.BooleanField(_("may add items"), default=True)
    stale_days = models.PositiveSmallIntegerField(_("stale after (days)"), default=30)
    brake_percent = models.PositiveSmallIntegerField(_("brake (per cent)"), default=20)
    is_active = models.BooleanField(_("active"), default=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="data_source_code_unique"),
            models.CheckConstraint(condition=Q(rank__range=(1, 99)), name="data_source_rank_1_to_99"),
            models.CheckConstraint(condition=Q(brake_percent__range=(1, 100)), name="data_source_brake_1_to_100"),
            models.CheckConstraint(condition=Q(stale_days__gte=1), name="data_source_stale_from_1"),
        ]

    def __str__(self):
        return self.name


class PrecedenceRule(models.Model):
    """For one attribute, or one class, a source stands elsewhere than its rank says. Empty means any."""

    source = models.ForeignKey(DataSource, models.CASCADE, related_name="rules")
    ci_class = models.CharField(max_length=40, blank=True, default="")
    field = models.CharField(max_length=80, blank=True, default="")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "ci_class", "field"], name="precedence_rule_once"),
            models.CheckConstraint(condition=Q(rank__range=(1, 99)), name="precedence_rule_rank_1_to_99"),
        ]

    def __str__(self):
        return f"{self.source_id} {self.ci_class or '*'}.{self.field or '*'}: {self.rank}"


class Identifier(models.Model):
    """By what an item is known again, whoever speaks of it."""

    class Kind(models.TextChoices):
        UUID = "uuid", _("UUID")
        SERIAL = "serial", _("Serial number")
        TAG = "asset_tag", _("Asset tag")
        MAC = "mac", _("MAC address")
        FQDN = "fqdn", _("Full host name")

    item = models.ForeignKey(ConfigurationItem, models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "kind", "value"], name="identifier_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["uuid", "serial", "asset_tag", "mac", "fqdn"]), name="identifier_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["value", "kind"], include=["item"], name="identifier_value")]

    def __str__(self):
        return f"{self.kind} {self.value}"


class IntakeRun(models.Model):
    """One delivery of a source: read, shown, then done. What happened to each of its rows stays."""

    class State(models.TextChoices):
        READING = "reading", _("Reading")
        READY = "ready", _("To be confirmed")
        RUNNING = "running", _("Running")
        STOPPED = "stopped", pgettext_lazy("import", "Stopped")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    source = models.ForeignKey(DataSource, models.PROTECT, related_name="runs")
    format = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    file = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    is_full = models.BooleanField(default=False)
    brake = models.PositiveIntegerField(default=0, help_text="Items that would be missing, where it holds the run.")
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    started_by = models.ForeignKey("people.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)
    moved_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["reading", "ready", "running", "stopped", "done", "failed"]),
                name="intake_run_state_known",
            )
        ]
        indexes = [models.Index(fields=["-id"], name="intake_run_newest")]

    def __str__(self):
        return f"{self.name} ({self.source_id})"

    def get_absolute_url(self) -> str:
        return f"/cmdb/imports/{self.pk}/"


class IntakeRow(models.Model):
    """One thing that a run speaks of: what is to become of it, why, and what became of it."""

    class Decision(models.TextChoices):
        CREATE = "create", _("To add")
        UPDATE = "update", _("To change")
        SAME = "same", _("Nothing new")
        AMBIGUOUS = "ambiguous", _("Ambiguous")
        REJECT = "reject", _("Refused")
        SKIP = "skip", _("Left out")

    run = models.ForeignKey(IntakeRun, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, default="ci")
    label = models.CharField(max_length=200)
    decision = models.CharField(max_length=10, choices=Decision)
    reason = models.TextField(blank=True)
    why = models.JSONField(default=dict, help_text="The reason as a code with its values, where it has one.")
    candidate = models.JSONField()
    changes = models.JSONField(default=dict)
    kept = models.JSONField(default=dict, help_text="What the source says and somebody believed more says otherwise.")
    options = ArrayField(models.BigIntegerField(), default=list)
    item = models.ForeignKey(ConfigurationItem, models.SET_NULL, null=True, related_name="+")
    chosen = models.BooleanField(default=False)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="intake_row_once"),
            models.CheckConstraint(
                condition=Q(decision__in=["create", "update", "same", "ambiguous", "reject", "skip"]),
                name="intake_row_decision_known",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "decision", "number"], name="intake_row_decided"),
            models.Index(fields=["run", "number"], condition=Q(applied_at=None), name="intake_row_open"),
        ]

    def __str__(self):
        return f"{self.number}: {self.label}"


class Claim(models.Model):
    """What one source said last of one item. Where sources differ, the one that is believed more stands in the item."""

    source = models.ForeignKey(DataSource, models.PROTECT, related_name="claims", db_index=False)
    item = models.ForeignKey(ConfigurationItem, models.CASCADE, related_name="claims")
    external_id = models.CharField(max_length=120, blank=True)
    values = models.JSONField(default=dict)
    conflicts = models.JSONField(
        default=dict, help_text="{field: [what stands, what the source says]} where they differ."
    )
    settled = models.JSONField(default=dict, help_text="{field: what the source said when a person decided otherwise}")
    identifiers = models.JSONField(default=dict)
    relations = ArrayField(models.BigIntegerField(), default=list, help_text="Those that the source made, by id.")
    links = ArrayField(models.BigIntegerField(), default=list, help_text="Relations that a scan concluded, by id.")
    run = models.ForeignKey(IntakeRun, models.SET_NULL, null=True, related_name="+")
    first_seen_at = models.DateTimeField(default=now)
    last_seen_at = models.DateTimeField(default=now)
    missing_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "item"], name="claim_once"),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="claim_external_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["source", "last_seen_at"], name="claim_seen"),
            models.Index(fields=["missing_since"], condition=Q(missing_since__isnull=False), name="claim_missing"),
            models.Index(fields=["item"], condition=~Q(conflicts={}), name="claim_differs"),
        ]

    def __str__(self):
        return f"{self.source_id} on {self.item_id}"
