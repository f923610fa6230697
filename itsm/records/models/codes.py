"""Categories, codes and the priority matrix: tables that a site edits, inherited down the organisation tree."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """What a record is about: a tree. Names in French and English."""

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=300, editable=False, default="")
    organisation = models.ForeignKey("people.Organisation", models.CASCADE, null=True, blank=True, related_name="+")
    kinds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    confidentiality = models.ForeignKey("people.Circle", models.PROTECT, null=True, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(fields=["code"], name="category_code_unique"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="category_not_its_own_parent"),
        ]

    def __str__(self):
        return self.code


class CategoryTeam(models.Model):
    """Which team takes a category at a support level; inherited by the categories below."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="teams")
    level = models.PositiveSmallIntegerField()
    team = models.ForeignKey("people.Team", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "level"], name="category_one_team_a_level")]

    def __str__(self):
        return f"{self.category} N{self.level}: {self.team}"


class Code(models.Model):
    """A code of a list that a site edits; `organisation` empty means for everyone."""

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey("people.Organisation", models.CASCADE, null=True, blank=True, related_name="+")
    kinds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        abstract = True

    def __str__(self):
        return self.code


class ResolutionCode(Code):
    """How a record ended."""

    excluded_from_kpis = models.BooleanField(
        _("left out of indicators"), default=False, help_text=_("Duplicates, cancellations, tests")
    )
    for_people = models.BooleanField(_("offered when resolving"), default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="resolution_code_unique")]


class CauseCode(Code):
    """Why it happened."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="cause_code_unique")]


class HoldReason(Code):
    """Why work waits, and what that does to the clocks."""

    pauses_clock = models.BooleanField(_("stops the resolution clock"), default=True)
    waits_for_requester = models.BooleanField(default=False)
    waits_for_supplier = models.BooleanField(_("a supplier's contract counts meanwhile"), default=False)
    comment_required = models.BooleanField(default=False)
    until_required = models.BooleanField(_("needs a date"), default=False)
    flows_to_children = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="hold_reason_unique")]


class PriorityCell(models.Model):
    """One cell of an impact x urgency matrix. An organisation without cells inherits its parent's matrix."""

    organisation = models.ForeignKey("people.Organisation", models.CASCADE, null=True, blank=True, related_name="+")
    impact = models.PositiveSmallIntegerField()
    urgency = models.PositiveSmallIntegerField()
    priority = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "impact", "urgency"], nulls_distinct=False, name="priority_cell_unique"
            ),
            models.CheckConstraint(
                condition=Q(impact__range=(1, 4), urgency__range=(1, 4), priority__range=(1, 5)),
                name="priority_cell_in_range",
            ),
        ]

    def __str__(self):
        return f"{self.impact} x {self.urgency} = {self.priority}"
