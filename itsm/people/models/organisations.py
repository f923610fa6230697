"""The tree of organisations and the tree of sites. Settings are inherited down; rights reach down."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from itsm.core.folding import fold


class Tree(models.Model):
    """A node that knows its path: "/1/4/9/" lists the ids from the root to itself."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=500, editable=False, default="")

    class Meta:
        abstract = True

    def lineage(self) -> list[int]:
        """Ids from this node up to the root, nearest first."""
        return [int(part) for part in reversed(self.path.split("/")) if part]

    def place(self) -> None:
        """Compute the path from the parent. Called by services after the row has its id."""
        self.path = f"{self.parent.path if self.parent else '/'}{self.pk}/"


class Organisation(Tree):
    """Our own department, a customer, or a supplier."""

    class Kind(models.TextChoices):
        OWN = "own", _("Own organisation")
        CUSTOMER = "customer", _("Customer")
        SUPPLIER = "supplier", _("Supplier")

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=200, editable=False, db_index=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OWN)
    language = models.CharField(max_length=5, choices=[("fr", _("French")), ("en", _("English"))], default="fr")
    time_zone = models.CharField(max_length=50, default="Europe/Paris")
    calendar = models.ForeignKey("calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="organisation_code_unique"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="organisation_not_its_own_parent"
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.sort_key = fold(self.name)[:200]
        super().save(*args, **kwargs)


class Site(Tree):
    """A place: campus, building, office. Inherited through the tree by those below."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=200, editable=False, db_index=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sites")
    address = models.TextField(blank=True)
    country = models.CharField(max_length=2, default="FR")
    time_zone = models.CharField(max_length=50, default="Europe/Paris")
    phone = models.CharField(max_length=20, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="site_code_unique")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.sort_key = fold(self.name)[:200]
        super().save(*args, **kwargs)
