"""Interfaces of items, and the cables between them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from ..queryset import CableQuerySet, InterfaceQuerySet, NetworkQuerySet
from ..sorting import natural
from .plan import VLAN


class Interface(models.Model):
    """Where an item meets the network. One that its source reports no more is gone, never deleted."""

    class Mode(models.TextChoices):
        NONE = "", _("None")
        ACCESS = "access", pgettext_lazy("VLAN", "Access")
        TAGGED = "tagged", pgettext_lazy("VLAN", "Tagged")
        ALL = "tagged-all", pgettext_lazy("VLAN", "Tagged (all)")

    item = models.ForeignKey("cmdb.ConfigurationItem", models.CASCADE, related_name="interfaces")
    name = models.CharField(max_length=100)
    sort_key = models.CharField(max_length=200, editable=False)
    kind = models.CharField(max_length=40, blank=True, help_text=_("For example 1000base-t, lag or virtual."))
    enabled = models.BooleanField(default=True)
    mac = models.CharField(max_length=17, blank=True)
    mtu = models.PositiveIntegerField(null=True, blank=True)
    speed = models.PositiveIntegerField(null=True, blank=True, help_text=_("In Mbit/s."))
    mode = models.CharField(max_length=12, choices=Mode, blank=True)
    untagged_vlan = models.ForeignKey(VLAN, models.SET_NULL, null=True, blank=True, related_name="untagged_on")
    tagged_vlans = models.ManyToManyField(VLAN, blank=True, related_name="tagged_on")
    lag = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="members")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    mgmt_only = models.BooleanField(default=False)
    description = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=40, blank=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    gone_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = InterfaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "name"], name="interface_name_unique_on_item"),
            models.CheckConstraint(condition=~Q(name=""), name="interface_has_name"),
            models.CheckConstraint(
                condition=Q(mac="") | Q(mac__regex=r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$"), name="interface_mac_normal"
            ),
            models.CheckConstraint(
                condition=(Q(lag=None) | ~Q(lag=F("id"))) & (Q(parent=None) | ~Q(parent=F("id"))),
                name="interface_not_its_own_parent",
            ),
            models.CheckConstraint(
                condition=Q(mode__in=["", "access", "tagged", "tagged-all"]), name="interface_mode_known"
            ),
        ]
        indexes = [
            models.Index(fields=["item", "sort_key", "id"], name="interface_of_item"),
            models.Index(fields=["mac"], condition=~Q(mac=""), name="interface_mac"),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.sort_key = natural(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return f"/technical/networks/interfaces/{self.pk}/"


class Cable(models.Model):
    """A cable with two ends; each is a port of an item."""

    class Status(models.TextChoices):
        CONNECTED = "connected", pgettext_lazy("cable", "Connected")
        PLANNED = "planned", pgettext_lazy("cable", "Planned")
        DECOMMISSIONING = "decommissioning", pgettext_lazy("cable", "To be removed")

    kind = models.CharField(max_length=40, blank=True, help_text=_("For example cat6, smf or power."))
    label = models.CharField(max_length=100, blank=True)
    color = models.CharField(max_length=6, blank=True, help_text=_("Six hexadecimal digits, as ffeb3b."))
    length_m = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.CONNECTED)
    description = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=40, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = CableQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["connected", "planned", "decommissioning"]), name="cable_status_known"
            ),
            models.CheckConstraint(condition=Q(color="") | Q(color__regex=r"^[0-9a-f]{6}$"), name="cable_color_hex"),
            models.CheckConstraint(condition=Q(length_m=None) | Q(length_m__gte=0), name="cable_length_positive"),
        ]

    def __str__(self):
        return self.label or f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return f"/technical/networks/cables/{self.pk}/"


class CableEnd(models.Model):
    """One end. An interface, or a port that is only named: of a patch panel, a power supply, a circuit."""

    class Side(models.TextChoices):
        A = "a", "A"
        B = "b", "B"

    class Port(models.TextChoices):
        INTERFACE = "interface", _("Interface")
        FRONT = "front", _("Front port")
        REAR = "rear", _("Rear port")
        CONSOLE = "console", _("Console port")
        POWER = "power", _("Power port")
        OUTLET = "outlet", _("Power outlet")
        FEED = "feed", _("Power feed")
        CIRCUIT = "circuit", _("Circuit")
        OTHER = "other", pgettext_lazy("port", "Other")

    cable = models.ForeignKey(Cable, models.CASCADE, related_name="ends")
    side = models.CharField(max_length=1, choices=Side)
    item = models.ForeignKey("cmdb.ConfigurationItem", models.PROTECT, related_name="cable_ends")
    interface = models.ForeignKey(Interface, models.PROTECT, null=True, blank=True, related_name="cable_ends")
    port_kind = models.CharField(max_length=10, choices=Port, default=Port.INTERFACE)
    port = models.CharField(max_length=100, blank=True)

    objects = NetworkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cable", "side"], name="cable_two_ends"),
            models.UniqueConstraint(fields=["interface"], condition=~Q(interface=None), name="one_cable_an_interface"),
            models.UniqueConstraint(
                fields=["item", "port_kind", "port"],
                condition=Q(interface=None) & ~Q(port=""),
                name="one_cable_a_port",
            ),
            models.CheckConstraint(condition=Q(side__in=["a", "b"]), name="cable_side_known"),
            models.CheckConstraint(
                condition=(Q(interface=None) & ~Q(port_kind="interface"))
                | (~Q(interface=None) & Q(port_kind="interface") & Q(port="")),
                name="cable_end_interface_or_port",
            ),
        ]

    def __str__(self):
        return self.interface.name if self.interface else self.port
