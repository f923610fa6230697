"""Disks, volumes, processors, memory, the operating system: parts of a machine that no impact goes through."""

from django.db import models
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core import now


class Component(models.Model):
    """One part of an item, told apart by its place (a slot, a device, a mount point)."""

    class Kind(models.TextChoices):
        SYSTEM = "system", gettext_lazy("Operating system")
        CPU = "cpu", gettext_lazy("Processor")
        MEMORY = "memory", gettext_lazy("Memory")
        DISK = "disk", gettext_lazy("Disk")
        VOLUME = "volume", gettext_lazy("Volume")

    item = models.ForeignKey("cmdb.ConfigurationItem", models.CASCADE, related_name="components", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    place = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    serial = models.CharField(max_length=100, blank=True)
    size_mb = models.BigIntegerField(null=True)
    free_mb = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)
    source = models.CharField(max_length=40, editable=False)
    since = models.DateTimeField(default=now, editable=False)
    gone_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "kind", "place"], condition=Q(gone_at=None), name="component_present_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["system", "cpu", "memory", "disk", "volume"]), name="component_kind_known"
            ),
            models.CheckConstraint(condition=Q(size_mb=None) | Q(size_mb__gte=0), name="component_size_positive"),
        ]
        indexes = [models.Index(fields=["item", "kind", "place"], name="component_of")]

    def __str__(self):
        return f"{self.kind} {self.place}"

    @property
    def size(self) -> str:
        """In the unit that people would say, with what is free where that is known."""
        if not self.size_mb:
            return ""
        whole = filesizeformat(self.size_mb * 1024**2)
        if self.free_mb is None:
            return whole
        return _("%(size)s, %(free)s free") % {"size": whole, "free": filesizeformat(self.free_mb * 1024**2)}
