"""A named instant of a part of the CMDB. Nothing is copied: the history holds what was true then."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.queryset import BaselineQuerySet
from itsm.core import now


class Baseline(models.Model):
    """What was agreed to be right: an instant, a name, and which items it is about (empty: all)."""

    name = models.CharField(_("name"), max_length=120)
    at = models.DateTimeField(_("instant"))
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organisation")
    )
    ci_class = models.CharField(_("class"), max_length=40, blank=True, default="")
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False, editable=False
    )
    created_at = models.DateTimeField(default=now, editable=False)

    objects = BaselineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], nulls_distinct=False, name="baseline_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="baseline_has_a_name"),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="baseline_newest")]

    def __str__(self):
        return self.name

    def get_absolute_url(self) -> str:
        return f"/cmdb/baselines/{self.pk}/"
