"""A record that one person set aside: out of that person's queues until an instant, unchanged for everybody else."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .record import Record


class Snooze(models.Model):
    """Asleep while `woken_at` is empty and `until` is to come; once woken it stays on top until the person acts on it."""

    class Why(models.TextChoices):
        """What woke it; the words are `itsm.notify.texts.WHYS`."""

        DATE = "date"
        REPLIED = "replied"
        ASSIGNED = "assigned"
        ESCALATED = "escalated"
        CLOCK = "clock"
        PRIORITY = "priority"
        CALLED = "called"
        RESUMED = "resumed"
        REOPENED = "reopened"
        FOLLOW_UP = "follow_up"

    record = models.ForeignKey(Record, models.CASCADE, related_name="snoozes", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="snoozes", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField()
    woken_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=12, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["record"], name="snooze_record"),
            models.Index(fields=["until"], condition=Q(woken_at=None), name="snooze_due"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "record"], name="snooze_once"),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="snooze_until_after_since"),
            models.CheckConstraint(
                condition=Q(woken_at=None, why="") | ~Q(woken_at=None) & ~Q(why=""), name="snooze_woken_says_why"
            ),
        ]

    def __str__(self):
        return f"{self.record_id} for {self.person_id} until {self.until:%F %R}"
