"""Who depends on whom. `source` depends on `target`: when the target fails, the source suffers."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now

from .items import ConfigurationItem

# impact reads these from the index alone
READ_WITH = ["group", "need", "strength", "carries_impact", "valid_from", "valid_to"]


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
    """One dependency. Members of a group stand in for each other: `need` of them must be up.

    `valid_from` and `valid_to` bound when it counts in the world (empty: always); its history says when it was known.
    """

    class Strength(models.TextChoices):
        """What the failure of the target does to the source."""

        FULL = "full", _("Cannot work without it")
        PARTIAL = "partial", _("Works less well without it")

    source = models.ForeignKey(ConfigurationItem, models.CASCADE, related_name="depends_on", db_index=False)
    target = models.ForeignKey(ConfigurationItem, models.PROTECT, related_name="supports", db_index=False)
    type = models.ForeignKey(RelationType, models.PROTECT, related_name="+", db_index=False)
    group = models.PositiveSmallIntegerField(default=0, help_text=_("0: not redundant"))
    need = models.PositiveSmallIntegerField(default=1, help_text=_("How many members of the group must be up"))
    strength = models.CharField(max_length=8, choices=Strength, default=Strength.FULL)
    carries_impact = models.BooleanField(default=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "type"], name="relation_unique"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="relation_not_to_self"),
            models.CheckConstraint(condition=Q(need__gte=1), name="relation_needs_one"),
            models.CheckConstraint(condition=Q(strength__in=["full", "partial"]), name="relation_strength_known"),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="relation_ends_after_it_starts"),
        ]
        indexes = [
            models.Index(fields=["target"], include=["source", *READ_WITH], name="relation_to"),
            models.Index(fields=["source", "group"], include=["target", *READ_WITH[1:]], name="relation_from"),
        ]

    def __str__(self):
        return f"{self.source_id} {self.type_id} {self.target_id}"
