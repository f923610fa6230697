"""The date on which somebody comes back to a record, for everybody who works it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now

from .record import Record


class FollowUp(models.Model):
    """Why and by whom; the date itself is `Record.follow_up_at`, by which lists filter. Gone when it is done."""

    record = models.OneToOneField(Record, models.CASCADE, primary_key=True, related_name="follow_up")
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(default=now)
    told_at = models.DateTimeField(null=True, help_text=_("When its day had come and somebody was told"))

    class Meta:
        indexes = [models.Index(fields=["at"], condition=Q(told_at=None), name="follow_up_due")]

    def __str__(self):
        return f"{self.record_id} on {self.at:%F %R}"
