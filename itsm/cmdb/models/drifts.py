"""Where a source says otherwise than the CMDB, although nobody changed anything here."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from itsm.cmdb.queryset import DriftQuerySet
from itsm.core import now

from .items import ConfigurationItem


class Drift(models.Model):
    """One field of one item on which one source does not agree, and what was decided about it."""

    class State(models.TextChoices):
        """What became of it. `agreed`: the source and the CMDB say the same again."""

        OPEN = "open", pgettext_lazy("drift", "To decide")
        RECORDED = "recorded", pgettext_lazy("drift", "Record opened")
        ACCEPTED = "accepted", pgettext_lazy("drift", "Accepted")
        IGNORED = "ignored", pgettext_lazy("drift", "Ignored")
        AGREED = "agreed", pgettext_lazy("drift", "Agrees again")

    item = models.ForeignKey(ConfigurationItem, models.CASCADE, related_name="drifts", db_index=False)
    source = models.CharField(max_length=40)
    field = models.CharField(max_length=120)
    said = models.JSONField(null=True)
    kept = models.JSONField(null=True)
    seen_at = models.DateTimeField(default=now)
    last_seen_at = models.DateTimeField(default=now)
    times = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    record = models.ForeignKey("records.Record", models.SET_NULL, null=True, related_name="drifts")

    objects = DriftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "source", "field"],
                condition=Q(state__in=["open", "recorded"]),
                name="drift_once_undecided",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "recorded", "accepted", "ignored", "agreed"]), name="drift_state_known"
            ),
            models.CheckConstraint(condition=~Q(source="") & ~Q(field=""), name="drift_says_who_and_what"),
            models.CheckConstraint(condition=Q(last_seen_at__gte=F("seen_at")), name="drift_seen_in_order"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | ~Q(state="open") & Q(decided_at__isnull=False),
                name="drift_decided_when_not_open",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-last_seen_at", "-id"], name="drift_newest"),
            models.Index(fields=["item", "source", "field"], name="drift_of_item"),
        ]

    def __str__(self):
        return f"{self.item_id} {self.field}"
