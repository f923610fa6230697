"""Clocks of many records counted again, or what that would change: how far it came, so that it can be stopped and go on."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from itsm.core import now


class Repair(models.Model):
    """A run over the records that `choice` means, in the order of their keys. `last_id` is the last that was dealt with.

    A dry one saves nothing but what it found: `touched` records, of which `sample` keeps the first differences.
    """

    token = models.CharField(max_length=24)
    how = models.CharField(max_length=10)
    dry = models.BooleanField(default=False)
    choice = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    started_at = models.DateTimeField(default=now, editable=False)
    moved_at = models.DateTimeField(default=now)
    first_id = models.BigIntegerField(default=0)
    last_id = models.BigIntegerField(default=0)
    until_id = models.BigIntegerField(default=0)
    looked = models.PositiveIntegerField(default=0)
    touched = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    sample = models.JSONField(default=list)
    stopped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token"], name="repair_token_unique"),
            models.CheckConstraint(condition=Q(last_id__gte=F("first_id")), name="repair_goes_on"),
        ]
        indexes = [models.Index(fields=["moved_at"], condition=Q(ended_at=None, stopped_at=None), name="repair_to_do")]

    def __str__(self):
        return self.token

    @property
    def share(self) -> int:
        """Per cent of the range of keys that is behind it."""
        width = self.until_id - self.first_id
        return 100 if self.ended_at or width <= 0 else min(100, 100 * (self.last_id - self.first_id) // width)
