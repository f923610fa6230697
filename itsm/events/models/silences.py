"""A silence keeps alerts from asking for an eye: always until an end, by somebody, for a reason."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from itsm.core import now

from ..queryset import SilenceQuerySet


class Silence(models.Model):
    """Alerts that fit all its conditions (`itsm.events.matching`) are silenced while it lasts; they go on counting.

    `begun_at` is when the sweep looked at what it covers, once it had begun.
    """

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    conditions = models.JSONField(default=list)
    item = models.ForeignKey("cmdb.ConfigurationItem", models.CASCADE, null=True, blank=True, related_name="silences")
    reason = models.CharField(max_length=300)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField()
    ended_early_at = models.DateTimeField(null=True, editable=False)
    begun_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    objects = SilenceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["ends_at"], name="silence_end")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="silence_ends_after_start"),
            models.CheckConstraint(condition=~Q(reason=""), name="silence_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(conditions=[]) | Q(item__isnull=False), name="silence_is_about_something"
            ),
        ]

    def __str__(self):
        return self.reason
