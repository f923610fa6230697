"""Who depends on whom. `source` depends on `target`: when the target fails, the source suffers."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now

from .items import ConfigurationItem


class RelationType(models.Model):
    """How two items relate, and whether failure travels along it."""

    code = models.CharField(max_length=40)
    name_fr = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    reverse_fr = models.CharField(max_length=80)
    reverse_en = models.CharField(max_length=80)
    carries_impact = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="relation_type_code_unique")]

    def __str__(self):
        return self.code


class Relation(models.Model):
    """One dependency. Members of a group stand in for each other: `need` of them must be up (0: all of them)."""

    source = models.ForeignKey(ConfigurationItem, models.CASCADE, related_name="depends_on", db_index=False)
    target = models.ForeignKey(ConfigurationItem, models.PROTECT, related_name="supports", db_index=False)
    type = models.ForeignKey(RelationType, models.PROTECT, related_name="+", db_index=False)
    group = models.PositiveSmallIntegerField(default=0, help_text=_("0: not redundant"))
    need = models.PositiveSmallIntegerField(default=1, help_text=_("How many members of the group must be up"))
    carries_impact = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "type"], name="relation_unique"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="relation_not_to_self"),
            models.CheckConstraint(condition=Q(need__gte=1), name="relation_needs_one"),
        ]
        indexes = [
            models.Index(
                fields=["target"], include=["source", "group", "need", "carries_impact"], name="relation_to"
            ),
            models.Index(fields=["source", "group"], include=["target", "need", "carries_impact"], name="relation_from"),
        ]

    def __str__(self):
        return f"{self.source_id} {self.type_id} {self.target_id}"
