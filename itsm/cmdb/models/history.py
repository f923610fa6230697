"""Whole snapshots by validity, so that the CMDB reads as of any instant (docs/decisions/history.md)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .items import ConfigurationItem


class Snapshot(models.Model):
    """What was true from one instant to another, and who made it so."""

    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    data = models.JSONField()
    changes = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True


class CIHistory(Snapshot):
    item = models.ForeignKey(ConfigurationItem, models.CASCADE, related_name="history", db_index=False)
    ci_class = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(valid_to=None), name="ci_history_one_current"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="ci_history_order"
            ),
        ]
        indexes = [
            models.Index(fields=["item", "-valid_from"], name="ci_history_item"),
            models.Index(fields=["ci_class", "item", "valid_from"], name="ci_history_class"),
            models.Index(fields=["valid_from", "valid_to"], name="ci_history_range"),
        ]

    def __str__(self):
        return f"{self.item_id} from {self.valid_from:%Y-%m-%d %H:%M}"


class RelationHistory(Snapshot):
    """Keyed by the relation's id; source and target stay even when the relation is gone."""

    relation_id = models.BigIntegerField()
    source_id = models.BigIntegerField()
    target_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["relation_id"], condition=Q(valid_to=None), name="relation_history_one_current"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="relation_history_order"
            ),
        ]
        indexes = [
            models.Index(fields=["relation_id", "-valid_from"], name="relation_history_relation"),
            models.Index(fields=["target_id", "valid_from"], name="relation_history_to"),
            models.Index(fields=["source_id", "valid_from"], name="relation_history_from"),
            models.Index(fields=["valid_from"], name="relation_history_since"),
        ]

    def __str__(self):
        return f"{self.source_id} -> {self.target_id}"
