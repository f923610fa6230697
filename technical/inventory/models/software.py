"""Software by name and publisher, and where which version of it is installed."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now


class Software(models.Model):
    """A program or package, whatever its version."""

    name = models.CharField(max_length=200)
    publisher = models.CharField(max_length=200, blank=True)
    sort_key = models.CharField(max_length=400, editable=False)

    class Meta:
        verbose_name_plural = "software"
        constraints = [
            models.UniqueConstraint(fields=["name", "publisher"], name="software_once"),
            models.CheckConstraint(condition=~Q(name=""), name="software_has_name"),
        ]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="software_sort"),
            GinIndex(OpClass("sort_key", name="gin_trgm_ops"), name="software_trigram"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self) -> str:
        return f"/technical/inventory/software/{self.pk}/"


class InstallationQuerySet(models.QuerySet):
    def present(self):
        """What is there now."""
        return self.filter(gone_at=None)

    def visible_to(self, user):
        """On items that the person may read, retired ones left out."""
        items = ConfigurationItem.objects.visible_to(user)
        return self.filter(item__in=items).exclude(item__status="retired")


class Installation(models.Model):
    """A version of a program on an item. What is gone stays, with its dates."""

    item = models.ForeignKey("cmdb.ConfigurationItem", models.CASCADE, related_name="installations", db_index=False)
    software = models.ForeignKey(Software, models.PROTECT, related_name="installations", db_index=False)
    version = models.CharField(max_length=100, blank=True)
    version_key = models.CharField(max_length=400, blank=True, editable=False)
    arch = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=40, editable=False)
    since = models.DateTimeField(default=now, editable=False)
    gone_at = models.DateTimeField(null=True, editable=False)

    objects = InstallationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "software", "version", "arch"],
                condition=Q(gone_at=None),
                name="installation_present_once",
            ),
            models.CheckConstraint(
                condition=Q(gone_at=None) | Q(gone_at__gte=models.F("since")), name="installation_order"
            ),
        ]
        indexes = [
            models.Index(fields=["software", "version_key", "item"], condition=Q(gone_at=None), name="installation_of"),
            models.Index(fields=["item", "-since"], name="installation_on"),
        ]

    def __str__(self):
        return f"{self.software_id} {self.version}"
