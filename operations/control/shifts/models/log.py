"""The shift log: lines of people and of machines, in the order in which they were written. Nothing is rewritten."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.folding import fold

from ..queryset import LogQuerySet

LONGEST = 2000


class LogEntry(models.Model):
    """One line. `follow`: a point that goes from shift to shift until somebody settles it."""

    class Kind(models.TextChoices):
        PERSON = "person", _("By hand")
        MACHINE = "machine", _("By machine")
        HANDOVER = "handover", _("Hand-over")

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    shift = models.ForeignKey("operations.Shift", models.SET_NULL, null=True, related_name="log")
    team = models.ForeignKey("people.Team", models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PERSON)
    source = models.CharField(max_length=20, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.CharField(max_length=LONGEST)
    folded = models.TextField(editable=False)
    item = models.ForeignKey("cmdb.ConfigurationItem", models.SET_NULL, null=True, related_name="+", db_index=False)
    record = models.ForeignKey("records.Record", models.SET_NULL, null=True, related_name="+", db_index=False)
    alert = models.ForeignKey("events.Alert", models.SET_NULL, null=True, related_name="+", db_index=False)
    follow = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)

    objects = LogQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="log_entry_says_something"),
            models.CheckConstraint(
                condition=~Q(kind="person") | Q(actor__isnull=False), name="log_entry_by_hand_has_a_person"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(follow=True, done_at__isnull=False, done_by__isnull=False),
                name="log_entry_settled_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-at", "-id"], name="log_organisation"),
            models.Index(fields=["organisation", "-id"], condition=Q(follow=True, done_at=None), name="log_to_follow"),
            models.Index(fields=["item", "-id"], condition=Q(item__isnull=False), name="log_item"),
            models.Index(fields=["record", "-id"], condition=Q(record__isnull=False), name="log_record"),
            models.Index(fields=["alert"], condition=Q(alert__isnull=False), name="log_alert"),
            GinIndex(OpClass("folded", name="gin_trgm_ops"), name="log_words"),
        ]

    def __str__(self):
        return self.text[:80]

    def save(self, *args, **kwargs):
        self.folded = fold(self.text)
        super().save(*args, **kwargs)


class LogCursor(models.Model):
    """How far the log has read what machines tell."""

    name = models.CharField(max_length=40, unique=True)
    last_id = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(default=now)

    def __str__(self):
        return f"{self.name} {self.last_id}"
