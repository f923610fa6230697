"""An alert stands for what is wrong until it is over, however often machines say so."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from ..queryset import AlertQuerySet

ACTIVE = Q(closed_at=None)


class Severity(models.TextChoices):
    """How bad its sender finds it, worst first."""

    CRITICAL = "critical", pgettext_lazy("severity", "Critical")
    MAJOR = "major", pgettext_lazy("severity", "Major")
    MINOR = "minor", pgettext_lazy("severity", "Minor")
    WARNING = "warning", pgettext_lazy("severity", "Warning")
    INFO = "info", pgettext_lazy("severity", "Info")


RANKS = {value: rank for rank, value in enumerate(Severity.values, start=1)}


class State(models.TextChoices):
    """What people make of it. It follows from the columns beside it (`itsm.events.states`)."""

    OPEN = "open", pgettext_lazy("alert", "Open")
    ACKNOWLEDGED = "acknowledged", pgettext_lazy("alert", "Acknowledged")
    MAINTENANCE = "maintenance", pgettext_lazy("alert", "Maintenance")
    FLAPPING = "flapping", pgettext_lazy("alert", "Flapping")
    SILENCED = "silenced", pgettext_lazy("alert", "Silenced")
    CLOSED = "closed", pgettext_lazy("alert", "Closed")


class Alert(models.Model):
    """What is wrong with one thing, told by one source under one key. At most one is not closed at a time.

    `cleared_at`: its source says that it is over; it is not closed yet while it flaps. `changed_at` is when the source last
    changed its mind, by the clock that orders its messages: what is older changes nothing any more.
    """

    class Folded(models.TextChoices):
        NOT = "", ""
        TOPOLOGY = "topology", _("It depends on an item that is down")
        STORM = "storm", _("One of very many of the same kind")

    number = models.CharField(max_length=20, editable=False)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="alerts", db_index=False)
    source = models.CharField(max_length=60)
    key = models.CharField(max_length=300)
    group = models.CharField(
        max_length=200, blank=True, default="", help_text=_("What kind of trouble its source calls it.")
    )
    severity = models.CharField(max_length=10, choices=Severity)
    rank = models.GeneratedField(
        expression=Case(*[When(severity=value, then=Value(rank)) for value, rank in RANKS.items()], default=Value(9)),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, default="")
    url = models.CharField(max_length=1000, blank=True, default="")
    item = models.ForeignKey(
        "cmdb.ConfigurationItem", models.SET_NULL, null=True, related_name="alerts", db_index=False
    )
    said_item = models.CharField(max_length=200, blank=True, default="", help_text=_("What its source calls the item."))
    down = models.BooleanField(default=False, help_text=_("The item is dead, not merely unwell."))
    facts = models.JSONField(default=dict)

    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    count = models.PositiveIntegerField(default=1)
    first_seen = models.DateTimeField(default=now)
    last_seen = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    cleared_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    first_acknowledged_at = models.DateTimeField(null=True)
    silence = models.ForeignKey("events.Silence", models.PROTECT, null=True, related_name="alerts")
    maintenance_until = models.DateTimeField(null=True)
    flapping_until = models.DateTimeField(null=True)
    flips = ArrayField(models.DateTimeField(), default=list, help_text=_("When it came and went, lately."))
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="children", db_index=False)
    folded = models.CharField(max_length=10, choices=Folded, default=Folded.NOT, blank=True)
    child_count = models.PositiveIntegerField(default=0)
    record = models.ForeignKey("records.Record", models.SET_NULL, null=True, related_name="alerts", db_index=False)
    rule = models.ForeignKey("events.EventRule", models.SET_NULL, null=True, related_name="alerts")
    runbook = models.ForeignKey(
        "documents.Document", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    score = models.IntegerField(default=0)
    services = models.PositiveIntegerField(default=0, help_text=_("How many services suffer when its item fails."))
    next_look_at = models.DateTimeField(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="alert_number_unique"),
            models.UniqueConstraint(
                fields=["organisation", "source", "key"], condition=ACTIVE, name="alert_one_is_open"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at=None)),
                name="alert_closed_has_time",
            ),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="alert_severity_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="alert_state_known"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None) | Q(acknowledged_by__isnull=False),
                name="alert_acknowledged_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="silenced") | Q(silence__isnull=False), name="alert_silenced_by_a_silence"
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=models.F("id")), name="alert_not_its_own_parent"
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="alert_counts"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(key=""), name="alert_has_title_and_key"),
        ]
        indexes = [
            models.Index(fields=["rank", "-score", "-id"], condition=ACTIVE & Q(parent=None), name="alert_console"),
            models.Index(fields=["organisation", "rank", "-score", "-id"], condition=ACTIVE & Q(parent=None), name="alert_console_org"),
            models.Index(fields=["state", "rank", "-score", "-id"], condition=ACTIVE, name="alert_state"),
            models.Index(fields=["organisation", "source", "group", "first_seen"], condition=ACTIVE, name="alert_group"),
            models.Index(fields=["item", "-id"], condition=Q(item__isnull=False), name="alert_item"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="alert_parent"),
            models.Index(fields=["record"], condition=Q(record__isnull=False), name="alert_record"),
            models.Index(fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="alert_to_look_at"),
            models.Index(fields=["organisation", "source", "key", "-id"], name="alert_key"),
            models.Index(fields=["organisation", "-id"], name="alert_org"),
            models.Index(fields=["first_seen"], name="alert_first_seen"),
            models.Index(fields=["id"], condition=ACTIVE & Q(down=True), name="alert_down"),
            # Few are open, so that their words are simply read: a storm pays for no index of words.
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("title", "key", "said_item")), condition=Q(closed_at__isnull=False),
                name="alert_words_closed",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The one address of anything that has a number."""
        return f"/r/{self.number}"

    @property
    def firing(self) -> bool:
        """Is it wrong at this moment?"""
        return self.cleared_at is None and self.closed_at is None


class AlertEntry(models.Model):
    """One step in the life of an alert, by a machine or a person. Its words are made when it is read.

    `at` is when it happened, which its sender may say; `written_at` is the clock of the database.
    """

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="entries", db_index=False)
    at = models.DateTimeField(default=now)
    written_at = models.DateTimeField(db_default=Now(), editable=False)
    verb = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "alert entries"
        indexes = [models.Index(fields=["alert", "id"], name="alert_entry_alert")]

    def __str__(self):
        return f"{self.alert_id} {self.verb}"
