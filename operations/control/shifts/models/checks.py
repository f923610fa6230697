"""Morning checks: lists of things to look at, in groups, with one colour a day each."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.languages import in_language

from ..queryset import CheckQuerySet, OfOrganisation


class Colour(models.TextChoices):
    GREEN = "green", _("Good")
    AMBER = "amber", _("To watch")
    RED = "red", _("Bad")


class CheckList(models.Model):
    """Checks that are due at a time of the day. `next_at` is when rules look at them again."""

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="check_lists")
    team = models.ForeignKey("people.Team", models.PROTECT, null=True, blank=True, related_name="+")
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    due = models.TimeField(_("to be done by"))
    time_zone = models.CharField(max_length=50, default="Europe/Paris")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    calendar = models.ForeignKey("calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)
    next_at = models.DateTimeField(null=True, editable=False)
    late_on = models.DateField(
        null=True, editable=False, help_text=_("The day for which an alert says that it is late.")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OfOrganisation.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name_fr"], name="check_list_name_once"),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=[0, 1, 2, 3, 4, 5, 6]), name="check_list_weekdays_0_to_6"
            ),
            models.CheckConstraint(condition=~Q(name_fr=""), name="check_list_has_a_name"),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(is_active=True), name="check_list_due")]

    def __str__(self):
        return self.name_fr

    @property
    def name(self) -> str:
        """In the reader's language."""
        return in_language(self.name_fr, self.name_en)


class Check(models.Model):
    """One thing to look at. Without a rule a person ticks it; a rule ticks by what it reads of `subject` or of the item."""

    checklist = models.ForeignKey(CheckList, models.CASCADE, related_name="checks")
    position = models.PositiveSmallIntegerField(default=0)
    group_fr = models.CharField(max_length=80, blank=True)
    group_en = models.CharField(max_length=80, blank=True)
    name_fr = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, blank=True)
    how = models.TextField(_("how it is done"), blank=True)
    item = models.ForeignKey("cmdb.ConfigurationItem", models.SET_NULL, null=True, blank=True, related_name="checks")
    rule = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)

    objects = CheckQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(name_fr=""), name="check_has_a_name")]
        indexes = [models.Index(fields=["checklist", "position", "id"], name="check_order")]

    def __str__(self):
        return self.name_fr

    @property
    def name(self) -> str:
        """In the reader's language."""
        return in_language(self.name_fr, self.name_en)

    @property
    def group(self) -> str:
        """In the reader's language."""
        return in_language(self.group_fr, self.group_en)


class CheckResult(models.Model):
    """The colour of a check on a day: the last one that was given, by a person or by its rule."""

    # What a person ticked by hand stays: `by` is then set, and the rule looks away for the day.
    check_of = models.ForeignKey(Check, models.CASCADE, related_name="results")
    day = models.DateField()
    colour = models.CharField(max_length=5, choices=Colour)
    note = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    record = models.ForeignKey("records.Record", models.SET_NULL, null=True, related_name="+", db_index=False)
    times = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_of", "day"], name="check_one_colour_a_day"),
            models.CheckConstraint(condition=Q(colour__in=Colour.values), name="check_colour_known"),
        ]
        indexes = [models.Index(fields=["day"], name="check_result_day")]

    def __str__(self):
        return f"{self.check_of_id} {self.day} {self.colour}"
