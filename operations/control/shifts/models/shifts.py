"""Shifts: a pattern says which come each day, a turn who is regularly in them, a hand-over how one passes to the next."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.core.languages import in_language

from ..queryset import OfOrganisation, ShiftQuerySet

WEEK = [0, 1, 2, 3, 4, 5, 6]


class ShiftPattern(models.Model):
    """A shift that comes back: “morning, 06:00 to 14:00”. One that ends before it begins runs into the next day."""

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="shift_patterns")
    team = models.ForeignKey("people.Team", models.PROTECT, related_name="shift_patterns")
    name_fr = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    starts = models.TimeField()
    ends = models.TimeField()
    time_zone = models.CharField(max_length=50, default="Europe/Paris")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, help_text=_("0 is Monday"))
    calendar = models.ForeignKey("calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OfOrganisation.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "name_fr"], name="shift_pattern_name_once"),
            models.CheckConstraint(condition=Q(weekdays__contained_by=WEEK), name="shift_pattern_weekdays_0_to_6"),
            models.CheckConstraint(condition=~Q(starts=F("ends")), name="shift_pattern_has_a_length"),
            models.CheckConstraint(condition=~Q(name_fr=""), name="shift_pattern_has_a_name"),
        ]

    def __str__(self):
        return self.name_fr

    @property
    def name(self) -> str:
        """In the reader's language."""
        return in_language(self.name_fr, self.name_en)


class ShiftTurn(models.Model):
    """A person who is regularly in a shift, on some weekdays, between two dates."""

    pattern = models.ForeignKey(ShiftPattern, models.CASCADE, related_name="turns")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekdays__contained_by=WEEK), name="shift_turn_weekdays_0_to_6"),
            models.CheckConstraint(
                condition=Q(first_day=None) | Q(last_day=None) | Q(last_day__gte=F("first_day")),
                name="shift_turn_ends_after_it_begins",
            ),
        ]

    def __str__(self):
        return f"{self.pattern_id}: {self.user_id}"


class Shift(models.Model):
    """One shift of one day, with the people who are in it."""

    pattern = models.ForeignKey(ShiftPattern, models.PROTECT, related_name="shifts")
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey("people.Team", models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects = ShiftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pattern", "starts_at"], name="shift_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start"),
        ]
        indexes = [
            models.Index(fields=["organisation", "starts_at"], name="shift_organisation"),
            models.Index(fields=["team", "starts_at"], name="shift_team"),
        ]

    def __str__(self):
        return f"{self.pattern_id} {self.starts_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return f"/operations/shifts/{self.pk}/"


class ShiftPerson(models.Model):
    """A person in one shift: by the turns, in the place of somebody who is away, or added by hand."""

    class Why(models.TextChoices):
        TURN = "turn", _("By the turns")
        SUBSTITUTE = "substitute", _("Stands in")
        ADDED = "added", pgettext_lazy("shift", "Added")

    shift = models.ForeignKey(Shift, models.CASCADE, related_name="people")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="shifts")
    why = models.CharField(max_length=10, choices=Why, default=Why.TURN)
    instead_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    removed = models.BooleanField(
        default=False, help_text=_("Taken out by hand: the turns do not put the person back.")
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shift", "user"], name="shift_person_once")]

    def __str__(self):
        return f"{self.shift_id}: {self.user_id}"


class Handover(models.Model):
    """What a shift leaves to the next one: written by a machine, signed by one who leaves, acknowledged by one who comes."""

    shift = models.OneToOneField(Shift, models.PROTECT, related_name="handover")
    to = models.ForeignKey(Shift, models.PROTECT, null=True, related_name="taken")
    summary = models.JSONField(default=list)
    note = models.TextField(blank=True)
    signed_at = models.DateTimeField(default=now)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer = models.TextField(blank=True)
    points = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="handover_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | ~Q(accepted_by=F("signed_by")), name="handover_takes_two_people"
            ),
            models.CheckConstraint(condition=Q(to=None) | ~Q(to=F("shift")), name="handover_to_another_shift"),
        ]

    def __str__(self):
        return f"{self.shift_id} {self.signed_at:%Y-%m-%d %H:%M}"
