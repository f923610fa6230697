"""Ranges of addresses that are asked over SNMP from time to time."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.people.scope import scope_of


class DiscoveryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """For those who set the product up, within the organisations that their role reaches."""
        scope = scope_of(user)
        if not scope.may("settings.manage"):
            return self.none()
        return self if scope.everything else self.filter(source__organisation_id__in=scope.organisations)


class Discovery(models.Model):
    """Where to look, with which community, how often. The community is a secret: it is kept sealed and never shown."""

    class State(models.TextChoices):
        IDLE = "idle", pgettext_lazy("discovery", "Waiting")
        RUNNING = "running", pgettext_lazy("discovery", "Under way")
        STOPPED = "stopped", pgettext_lazy("discovery", "Stopped")

    name = models.CharField(_("name"), max_length=120)
    source = models.ForeignKey("cmdb.DataSource", models.PROTECT, related_name="discoveries")
    ranges = ArrayField(models.CharField(max_length=50))
    community = models.TextField(editable=False)
    port = models.PositiveIntegerField(_("port"), default=161)
    every_hours = models.PositiveSmallIntegerField(_("every (hours)"), default=24)
    is_active = models.BooleanField(_("active"), default=True)
    state = models.CharField(max_length=8, choices=State, default=State.IDLE, editable=False)
    next_at = models.DateTimeField(null=True, editable=False)
    began_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    asked = models.PositiveIntegerField(default=0, editable=False)
    answered = models.PositiveIntegerField(default=0, editable=False)

    fault = models.CharField(max_length=500, blank=True, default="", editable=False)

    objects = DiscoveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "discoveries"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="discovery_name_unique"),
            models.CheckConstraint(condition=Q(every_hours__range=(1, 720)), name="discovery_every_1_to_720"),
            models.CheckConstraint(condition=Q(port__range=(1, 65535)), name="discovery_port_known"),
            models.CheckConstraint(condition=Q(state__in=["idle", "running", "stopped"]), name="discovery_state_known"),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(is_active=True), name="discovery_due")]

    def __str__(self):
        return self.name
