"""What becomes of an alert: the first rule that fits decides."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..queryset import OfOrganisationsOrAll


class EventRule(models.Model):
    """Conditions over an alert and its item, and what is done: mark the item as dead, open a record, forget in time.

    Rules of the nearest organisation come first, then by position.
    """

    class Per(models.TextChoices):
        ALERT = "alert", _("One for each alert")
        ITEM = "item", _("One for each item")
        RULE = "rule", _("One for all alerts of this rule")

    class Outage(models.TextChoices):
        NONE = "", _("No outage")
        DEGRADED = "degraded", _("The service works, but not well")
        DOWN = "down", _("The service does not work")

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    active = models.BooleanField(_("active"), default=True)
    conditions = models.JSONField(_("conditions"), default=list, blank=True)
    marks_down = models.BooleanField(
        _("the item is dead: what depends on it is folded under this alert"), default=False
    )
    expires_minutes = models.PositiveIntegerField(_("closes after so many minutes without news"), null=True, blank=True)
    runbook = models.ForeignKey(
        "documents.Document", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    # The record: a kind of the registry of processes, or nothing.
    kind = models.CharField(_("opens"), max_length=20, blank=True, default="")
    wait_seconds = models.PositiveIntegerField(_("only if it lasts so many seconds"), default=0)
    per = models.CharField(_("how many"), max_length=5, choices=Per, default=Per.ITEM)
    most_per_hour = models.PositiveSmallIntegerField(_("at most so many an hour"), default=20)
    team = models.ForeignKey(
        "people.Team", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    category = models.ForeignKey(
        "records.Category", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    service = models.ForeignKey(
        "cmdb.Service", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    impact = models.PositiveSmallIntegerField(_("impact"), null=True, blank=True)
    urgency = models.PositiveSmallIntegerField(_("urgency"), null=True, blank=True)
    outage = models.CharField(_("outage"), max_length=8, choices=Outage, default=Outage.NONE, blank=True)

    objects = OfOrganisationsOrAll.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="event_rule_has_a_name"),
            models.CheckConstraint(condition=Q(impact=None) | Q(impact__range=(1, 4)), name="event_rule_impact_1_to_4"),
            models.CheckConstraint(condition=Q(urgency=None) | Q(urgency__range=(1, 4)), name="event_rule_urgency_1_to_4"),
            models.CheckConstraint(condition=Q(most_per_hour__gte=1), name="event_rule_opens_some"),
            models.CheckConstraint(condition=Q(expires_minutes=None) | Q(expires_minutes__gte=1), name="event_rule_expires_later"),
        ]  # fmt: skip

    def __str__(self):
        return self.name
