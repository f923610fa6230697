"""Time that people spend on a record, typed in or measured by a timer."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from .record import Record
from .satellites import Task

MOST_MINUTES = 24 * 60


class TimeEntry(models.Model):
    """Minutes of one person on one day. A timer that runs has a beginning and no minutes yet."""

    class Kind(models.TextChoices):
        WORK = "work", pgettext_lazy("time", "Work")
        TRAVEL = "travel", pgettext_lazy("time", "Travel")
        CALL = "call", pgettext_lazy("time", "Call")

    record = models.ForeignKey(Record, models.CASCADE, related_name="times", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.WORK)
    billable = models.BooleanField(_("billable"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    day = models.DateField(_("day"))
    task = models.ForeignKey(Task, models.SET_NULL, null=True, blank=True, related_name="times")
    started_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(minutes__range=(1, MOST_MINUTES)), name="time_within_a_day"
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=False) | Q(started_at__isnull=False), name="time_runs_since"
            ),
            models.UniqueConstraint(fields=["person"], condition=Q(minutes=None), name="time_one_timer_a_person"),
        ]
        indexes = [
            models.Index(fields=["record", "id"], name="time_record"),
            models.Index(fields=["person", "day"], name="time_person"),
        ]

    def __str__(self):
        return f"{self.person_id} on {self.record_id}: {self.minutes}"
