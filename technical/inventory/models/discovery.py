"""Ranges of addresses that are asked over SNMP from time to time."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.people.scope import scope_of

from ..snmp_login import AUTH, PRIV


class DiscoveryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """For those who set the product up, within the organisations that their role reaches."""
        scope = scope_of(user)
        if not scope.may("settings.manage"):
            return self.none()
        return self if scope.everything else self.filter(source__organisation_id__in=scope.organisations)


class Discovery(models.Model):
    """Where to look, as whom, how often. The community and the keys are secrets: they are kept sealed and never shown."""

    class Version(models.TextChoices):
        V2C = "2c", _("2c (community)")
        V3 = "3", _("3 (user and keys)")

    class State(models.TextChoices):
        IDLE = "idle", pgettext_lazy("discovery", "Waiting")
        RUNNING = "running", pgettext_lazy("discovery", "Under way")
        STOPPED = "stopped", pgettext_lazy("discovery", "Stopped")

    name = models.CharField(_("name"), max_length=120)
    source = models.ForeignKey("cmdb.DataSource", models.PROTECT, related_name="discoveries")
    ranges = ArrayField(models.CharField(max_length=50))
    version = models.CharField(_("version of SNMP"), max_length=2, choices=Version, default=Version.V2C)
    community = models.TextField(blank=True, default="", editable=False)
    user = models.CharField(_("user"), max_length=32, blank=True, default="")
    auth_protocol = models.CharField(
        _("authentication"), max_length=8, blank=True, default="", choices=[(code, each[0]) for code, each in AUTH.items()]
    )  # fmt: skip
    auth_key = models.TextField(blank=True, default="", editable=False)
    priv_protocol = models.CharField(
        _("encryption"), max_length=8, blank=True, default="", choices=[(code, each[0]) for code, each in PRIV.items()]
    )  # fmt: skip
    priv_key = models.TextField(blank=True, default="", editable=False)
    context = models.CharField(_("context"), max_length=32, blank=True, default="")
    port = models.PositiveIntegerField(_("port"), default=161)
    every_hours = models.PositiveSmallIntegerField(_("every (hours)"), default=24)
    is_active = models.BooleanField(_("active"), default=True)
    state = models.CharField(max_length=8, choices=State, default=State.IDLE, editable=False)
    next_at = models.DateTimeField(null=True, editable=False)
    began_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    asked = models.PositiveIntegerField(default=0, editable=False)
    answered = models.PositiveIntegerField(default=0, editable=False)
    refused = models.PositiveIntegerField(default=0, editable=False)
    fault = models.CharField(max_length=500, blank=True, default="", editable=False)

    objects = DiscoveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "discoveries"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="discovery_name_unique"),
            models.CheckConstraint(condition=Q(every_hours__range=(1, 720)), name="discovery_every_1_to_720"),
            models.CheckConstraint(condition=Q(port__range=(1, 65535)), name="discovery_port_known"),
            models.CheckConstraint(condition=Q(state__in=["idle", "running", "stopped"]), name="discovery_state_known"),
            models.CheckConstraint(
                condition=Q(version="2c") & ~Q(community="") | Q(version="3") & ~Q(user=""),
                name="discovery_asks_as_somebody",
            ),
            models.CheckConstraint(
                condition=(Q(auth_protocol="", auth_key="") | ~Q(auth_protocol="") & ~Q(auth_key=""))
                & (Q(priv_protocol="", priv_key="") | ~Q(priv_protocol="") & ~Q(priv_key="") & ~Q(auth_protocol="")),
                name="discovery_keys_with_protocols",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(is_active=True), name="discovery_due")]

    def __str__(self):
        return self.name
