"""Agents that call: who is there, what they are, when they were last heard of."""

from django.db import models
from django.db.models import Q

from itsm.core import now


class Agent(models.Model):
    """One agent on one machine, by the id that it gives itself. Several may sit on one machine."""

    source = models.ForeignKey("cmdb.DataSource", models.CASCADE, related_name="+", db_index=False)
    device_id = models.CharField(max_length=120)
    name = models.CharField(max_length=100, blank=True)
    tag = models.CharField(max_length=100, blank=True)
    item = models.ForeignKey("cmdb.ConfigurationItem", models.SET_NULL, null=True, related_name="agents")
    first_seen_at = models.DateTimeField(default=now)
    contact_at = models.DateTimeField(default=now)
    inventory_at = models.DateTimeField(null=True)
    full_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "device_id"], name="agent_once"),
            models.CheckConstraint(condition=~Q(device_id=""), name="agent_has_device_id"),
        ]
        indexes = [models.Index(fields=["-contact_at", "id"], name="agent_contact")]

    def __str__(self):
        return self.device_id
