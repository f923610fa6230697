"""A class of configuration items is data: shipped as a TOML file, run from this table, versioned."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CIClass(models.Model):
    """One version of a class. The current one runs; older ones explain old items.

    `shipped` is what the newest file said, where there is one: what a site changed over it survives the next file.
    """

    class Origin(models.TextChoices):
        """Who wrote this version."""

        FILE = "file", _("File")
        PRODUCT = "product", _("Made here")

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    parent = models.CharField(max_length=40, blank=True, default="")
    abstract = models.BooleanField(default=False)
    icon = models.CharField(max_length=40, default="box")
    layer = models.CharField(max_length=20, default="technical")
    owner_app = models.CharField(max_length=40, blank=True, default="")
    schema = models.JSONField(default=dict)
    identity_keys = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    relations = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True, default="")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.FILE)
    shipped = models.JSONField(null=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "CI class"
        verbose_name_plural = "CI classes"
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="ci_class_version_unique"),
            models.UniqueConstraint(fields=["code"], condition=Q(is_current=True), name="ci_class_one_current"),
        ]

    def __str__(self):
        return self.code
