"""Where a new record goes, and to whom in the team."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RoutingRule(models.Model):
    """Of the rules that are on, in their order, the first whose every condition holds names the team. Empty means any."""

    position = models.PositiveSmallIntegerField(default=100)
    name = models.CharField(max_length=120)
    active = models.BooleanField(_("switched on"), default=False)
    record_kind = models.CharField(_("kind of record"), max_length=20, blank=True)
    organisation = models.ForeignKey(
        "people.Organisation",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("With those below it"),
    )
    category = models.ForeignKey(
        "records.Category", models.CASCADE, null=True, blank=True, related_name="+", help_text=_("With those below it")
    )
    service = models.ForeignKey("cmdb.Service", models.CASCADE, null=True, blank=True, related_name="+")
    item = models.ForeignKey(
        "cmdb.ConfigurationItem",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("One of the affected items"),
    )
    vip = models.BooleanField(_("VIP requesters"), null=True, blank=True)
    words = ArrayField(
        models.CharField(max_length=60), default=list, blank=True,
        help_text=_("All of them in the title or the description; accents and capitals do not matter"),
    )  # fmt: skip
    team = models.ForeignKey("people.Team", models.CASCADE, related_name="+")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="routing_rule_name_unique"),
            models.CheckConstraint(
                condition=~Q(
                    record_kind="", organisation=None, category=None, service=None, item=None, vip=None, words=[]
                ),
                name="routing_rule_asks_for_something",
            ),
        ]

    def __str__(self):
        return self.name


class Distribution(models.Model):
    """How a team shares its work out. A team without one is shared out by hand."""

    class Way(models.TextChoices):
        ROUND_ROBIN = "round_robin", _("in turn")
        LEAST_LOADED = "least_loaded", _("to whom has least")
        SKILL = "skill", _("by skill, then to whom has least")

    team = models.OneToOneField("people.Team", models.CASCADE, primary_key=True, related_name="distribution")
    way = models.CharField(max_length=12, choices=Way, default=Way.LEAST_LOADED)
    most_open = models.PositiveSmallIntegerField(
        _("limit of open records a person"), null=True, blank=True, help_text=_("Empty: no limit")
    )
    in_hours_only = models.BooleanField(_("only within the team's hours"), default=True)
    last = models.ForeignKey("people.User", models.SET_NULL, null=True, blank=True, related_name="+", editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(most_open=None) | Q(most_open__gt=0), name="distribution_limit_is_some")
        ]

    def __str__(self):
        return f"{self.team_id} {self.way}"


class Skill(models.Model):
    """A person knows a category, and those below it."""

    person = models.ForeignKey("people.User", models.CASCADE, related_name="skills")
    category = models.ForeignKey("records.Category", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "category"], name="skill_once")]

    def __str__(self):
        return f"{self.person_id} knows {self.category_id}"
