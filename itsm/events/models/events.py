"""What came in, one row a message. Append-only, partitioned by week (`itsm.events.partitions`), dropped when old."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from ..queryset import OfOrganisations


class Event(models.Model):
    """Something that a machine said at an instant. Nobody points at it; it points at the alert that it counted for."""

    class Status(models.TextChoices):
        FIRING = "firing", _("Firing")
        RESOLVED = "resolved", pgettext_lazy("events", "Over")

    received_at = models.DateTimeField(default=now)
    at = models.DateTimeField(help_text=_("By its sender's clock."))
    organisation = models.ForeignKey(
        "people.Organisation", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    source = models.CharField(max_length=60)
    key = models.CharField(max_length=300)
    severity = models.CharField(max_length=10)
    status = models.CharField(max_length=10, choices=Status)
    title = models.CharField(max_length=200)
    item = models.ForeignKey(
        "cmdb.ConfigurationItem", models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    alert = models.ForeignKey(
        "events.Alert", models.DO_NOTHING, null=True, related_name="events", db_constraint=False, db_index=False
    )
    inbound = models.BigIntegerField(null=True, help_text=_("The body that it came in."))
    facts = models.JSONField(default=dict)

    objects = OfOrganisations.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["alert", "-id"], name="event_alert"),
            models.Index(fields=["organisation", "-id"], name="event_org"),
            models.Index(fields=["organisation", "source", "key", "-id"], name="event_key"),
        ]

    def __str__(self):
        return f"{self.source} {self.key} {self.status}"
