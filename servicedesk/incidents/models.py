"""An incident: what the spine lacks."""

from django.db import models
from django.db.models import Q

from itsm.records.models import Record

KIND, PREFIX = "incident", "INC"


class Incident(Record):
    """An interruption or a loss of quality of a service, reported by a person or an event."""

    resolution = models.TextField(blank=True)
    cause_code = models.ForeignKey("records.CauseCode", models.PROTECT, null=True, blank=True, related_name="+")
    cause_item = models.ForeignKey("cmdb.ConfigurationItem", models.PROTECT, null=True, blank=True, related_name="+")
    resolved_by = models.ForeignKey("people.User", models.PROTECT, null=True, editable=False, related_name="+")
    occurred_at = models.DateTimeField(null=True, blank=True)
    follows = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="followed_by")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_by=None) | ~Q(resolution=""), name="incident_resolved_by_a_person_says_how"
            ),
        ]
