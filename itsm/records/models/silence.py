"""A requester who does not answer: how often they are reminded, and when the record is resolved without them."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .codes import ResolutionCode
from .record import Record

LONGEST_WAIT = 2000


class SilenceRule(models.Model):
    """The rule of an organisation and of those below it; `organisation` empty is the product's. Business hours."""

    organisation = models.OneToOneField("people.Organisation", models.CASCADE, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(
        _("applies"), default=True, help_text=_("Switched off, nobody is reminded there, whatever the rule above says.")
    )
    reminder_hours = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(LONGEST_WAIT)]),
        default=list,
        blank=True,
        verbose_name=_("business hours before each reminder"),
        help_text=_("Separated by commas: 16,16 reminds after 16 hours of silence and again 16 hours later."),
    )
    resolve_hours = models.PositiveSmallIntegerField(
        _("business hours from the last reminder to the resolution"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_WAIT)],
    )
    resolution_code = models.ForeignKey(ResolutionCode, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], nulls_distinct=False, name="silence_rule_one_each"),
            models.CheckConstraint(condition=Q(resolve_hours__gte=1), name="silence_rule_waits_before_resolving"),
        ]

    def __str__(self):
        return f"{self.organisation_id}: {self.reminder_hours} + {self.resolve_hours}"


class Silence(models.Model):
    """A record waits for its requester. Gone as soon as the wait ends, so that the next one starts from nothing."""

    record = models.OneToOneField(Record, models.CASCADE, primary_key=True, related_name="silence")
    since = models.DateTimeField()
    reminders = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, help_text=_("Empty: nothing more happens by itself"))

    class Meta:
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="silence_due")]

    def __str__(self):
        return f"{self.record_id}: {self.reminders}"
