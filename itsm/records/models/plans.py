"""A plan of tasks at work on a record: the plan as it was then, with the answers that its conditions read."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from itsm.core import now

from .record import Record


class PlanRun(models.Model):
    """Its tasks are all there from the start; each opens when its predecessors are over."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="plans", db_index=False)
    plan = models.JSONField()
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    started_at = models.DateTimeField(default=now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    stopped = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["record", "id"], name="plan_run_record")]

    def __str__(self):
        return f"plan of {self.record_id}"
