"""What the console knows beside calls: how a person is to be received, which natures of call come first."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.core import now


class CallerNote(models.Model):
    """How a person is to be received ("hard of hearing, speaks slowly"): read by operators while they speak with them."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="caller_note")
    text = models.CharField(_("note"), max_length=500)
    until = models.DateField(_("shown until"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now, editable=False)

    def __str__(self):
        return f"{self.person_id}: {self.text[:40]}"


class CallNature(models.Model):
    """A category that operators are offered first, in this order; the others follow by how often calls were about them."""

    organisation = models.ForeignKey("people.Organisation", models.CASCADE, related_name="+", db_index=False)
    category = models.ForeignKey("records.Category", models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "category"], name="call_nature_once"),
        ]

    def __str__(self):
        return f"{self.organisation_id}: {self.category_id}"
