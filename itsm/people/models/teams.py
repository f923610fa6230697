"""Teams, who is in them, and who is away."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Team(models.Model):
    """A support group: where work is queued."""

    class Function(models.TextChoices):
        DESK = "desk", _("Service desk")
        TECHNICAL = "technical", _("Technical management")
        OPERATIONS = "operations", _("Operations management")
        APPLICATIONS = "applications", _("Application management")
        GOVERNANCE = "governance", _("Governance")
        SUPPLIER = "supplier", _("Supplier")

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    function = models.CharField(max_length=12, choices=Function, default=Function.DESK)
    level = models.PositiveSmallIntegerField(_("support level"), null=True, blank=True)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="teams")
    leader = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="leads")
    next_team = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="previous_teams",
        help_text=_("Where an escalation goes when the category names no team"),
    )
    calendar = models.ForeignKey("calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+")
    email = models.EmailField(blank=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="teams")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="team_code_unique"),
            models.CheckConstraint(condition=Q(level=None) | Q(level__lte=3), name="team_level_0_to_3"),
            models.CheckConstraint(condition=Q(next_team=None) | ~Q(next_team=F("id")), name="team_not_its_own_next"),
        ]

    def __str__(self):
        return self.code


class Membership(models.Model):
    """A person works in a team."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    since = models.DateField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="membership_unique")]

    def __str__(self):
        return f"{self.user} in {self.team}"


class Absence(models.Model):
    """A person is away; a substitute may stand in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="substitutes_for"
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_start"),
            models.CheckConstraint(
                condition=Q(substitute=None) | ~Q(substitute=F("user")), name="absence_substitute_is_another"
            ),
        ]
        indexes = [models.Index(fields=["user", "ends_at"], name="absence_user")]

    def __str__(self):
        return f"{self.user} {self.starts_at:%Y-%m-%d}"
