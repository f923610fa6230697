"""Business calendars: a zone, several openings a weekday, public holidays, and special days."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def validate_zone(name: str) -> None:
    """An IANA zone, such as Europe/Paris."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("There is no time zone “%(zone)s”."), params={"zone": name})


class Calendar(models.Model):
    """When people work. All computing is in UTC instants, intersected in this calendar's zone."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey(
        "people.Organisation", models.CASCADE, null=True, blank=True, related_name="calendars"
    )
    time_zone = models.CharField(max_length=50, default="Europe/Paris", validators=[validate_zone])
    always_open = models.BooleanField(_("open day and night"), default=False)
    holiday_country = models.CharField(max_length=2, blank=True)
    holiday_subdivision = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="calendar_code_unique")]

    def __str__(self):
        return self.code


class Opening(models.Model):
    """Open on a weekday between two times; minutes from midnight, so that 24:00 (1440) can be said."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="openings")
    weekday = models.PositiveSmallIntegerField(help_text=_("0 is Monday"))
    starts = models.PositiveSmallIntegerField(help_text=_("Minutes from midnight"))
    ends = models.PositiveSmallIntegerField(help_text=_("Minutes from midnight, at most 1440"))

    class Meta:
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_weekday_0_to_6"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts"), ends__lte=1440), name="opening_ends_after_start"),
            models.UniqueConstraint(fields=["calendar", "weekday", "starts"], name="opening_unique"),
        ]

    def __str__(self):
        return f"{self.weekday} {self.starts}-{self.ends}"


class SpecialDay(models.Model):
    """One date that differs: closed, or open at other times (several rows for several openings)."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="special_days")
    date = models.DateField()
    label = models.CharField(max_length=120, blank=True)
    starts = models.PositiveSmallIntegerField(null=True, blank=True)
    ends = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["date", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts=None, ends=None) | Q(starts__isnull=False, ends__gt=F("starts"), ends__lte=1440),
                name="special_day_closed_or_open",
            ),
        ]

    def __str__(self):
        return f"{self.date} {self.label}"
