"""How the messages of a kind of monitoring system are read, as data that an administrator may change."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EventMapping(models.Model):
    """Where a body holds what an event needs (`itsm.gateway.events.mapping` says how it is written)."""

    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    active = models.BooleanField(_("active"), default=True)
    spec = models.JSONField(_("mapping"), default=dict)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="event_mapping_code_unique"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(code=""), name="event_mapping_has_name_and_code"),
        ]

    def __str__(self):
        return self.name
