"""What was agreed, with whom, about what: SLA with users, OLA between teams, UC with suppliers."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

METRICS = ("own", "response", "update", "transfer", "resolve")


class Kind(models.TextChoices):
    SLA = "sla", _("SLA, with the users")
    OLA = "ola", _("OLA, between teams")
    UC = "uc", _("UC, with a supplier")


class Metric(models.TextChoices):
    OWN = "own", _("Ownership")
    RESPONSE = "response", _("First response")
    UPDATE = "update", _("Update interval")
    TRANSFER = "transfer", _("Hand-off")
    RESOLVE = "resolve", _("Resolution")


class OnChange(models.TextChoices):
    """What a new priority or agreement does to a clock that runs (practices: "Priority change")."""

    RETROACTIVE = "retroactive", _("from the opening, pauses kept")
    FROM_NOW = "from_now", _("the new target counts from now")
    RESET = "reset", _("a new clock from zero; the old one is put away")


class OnReopen(models.TextChoices):
    """What a reopening does to the clock of the resolution."""

    CONTINUE = "continue", _("goes on from where it stood")
    RESTART = "restart", _("starts again; the first result no longer counts")
    NEW_CYCLE = "new_cycle", _("a second clock; the first result stands")


class Starts(models.TextChoices):
    """What a clock of this agreement begins with. What needs no approval begins at the opening, and a leg
    of a team (OLA) waits for the approval, whatever is said here."""

    OPENING = "opening", _("the opening")
    APPROVAL = "approval", _("the last approval")


class Agreement(models.Model):
    """An agreement applies where each of its conditions holds; empty means any. The most specific one wins."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=3, choices=Kind, default=Kind.SLA)
    active = models.BooleanField(_("in force"), default=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(_("valid until (included)"), null=True, blank=True)
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_("The users' organisation, with those below it"),
    )  # fmt: skip
    service = models.ForeignKey("cmdb.Service", models.CASCADE, null=True, blank=True, related_name="agreements")
    category = models.ForeignKey(
        "records.Category", models.CASCADE, null=True, blank=True, related_name="+", help_text=_("With those below it")
    )
    record_kind = models.CharField(_("kind of record"), max_length=20, blank=True)
    vip = models.BooleanField(_("VIP requesters"), null=True, blank=True)
    team = models.ForeignKey(
        "people.Team",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("OLA: the team that promises"),
    )
    level = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("OLA: any team of this level that has no agreement of its own")
    )
    supplier = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="contracts_promised",
        help_text=_("UC: who promises"),
    )  # fmt: skip
    calendar = models.ForeignKey(
        "calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_("Empty: the organisation's own calendar"),
    )  # fmt: skip
    starts = models.CharField(_("counts from"), max_length=10, choices=Starts, default=Starts.OPENING)
    on_change = models.CharField(
        _("when priority or agreement change"), max_length=12, choices=OnChange, default=OnChange.RETROACTIVE
    )
    on_reopen = models.CharField(_("when reopened"), max_length=10, choices=OnReopen, default=OnReopen.CONTINUE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="agreement_code_unique"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="agreement_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(kind="ola") | Q(team=None, level=None), name="agreement_only_teams_promise_an_ola"
            ),
            models.CheckConstraint(
                condition=~Q(kind="ola") | Q(team__isnull=False) | Q(level__isnull=False),
                name="agreement_ola_has_a_team",
            ),
            models.CheckConstraint(
                condition=(Q(kind="uc") & Q(supplier__isnull=False)) | (~Q(kind="uc") & Q(supplier=None)),
                name="agreement_uc_has_a_supplier",
            ),
            models.CheckConstraint(condition=Q(level=None) | Q(level__lte=3), name="agreement_level_0_to_3"),
            models.CheckConstraint(
                condition=~Q(kind="uc") | Q(starts="opening"), name="agreement_uc_starts_with_the_wait"
            ),
        ]

    def __str__(self):
        return self.code


class Target(models.Model):
    """How long a record may take under an agreement. Without a priority it holds for all that have none of their own."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="targets")
    priority = models.PositiveSmallIntegerField(null=True, blank=True)
    metric = models.CharField(max_length=10, choices=Metric)
    seconds = models.PositiveIntegerField(
        _("target in business seconds"), null=True, blank=True, help_text=_("Empty: planned, nothing is promised")
    )
    calendar = models.ForeignKey(
        "calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_("Empty: that of the agreement"),
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "priority", "metric"], nulls_distinct=False, name="target_once"
            ),
            models.CheckConstraint(
                condition=Q(priority=None) | Q(priority__range=(1, 5)), name="target_priority_1_to_5"
            ),
            models.CheckConstraint(condition=Q(seconds=None) | Q(seconds__gt=0), name="target_is_some_time"),
        ]

    def __str__(self):
        return f"{self.agreement_id} P{self.priority or '*'} {self.metric}"


class Terms(models.Model):
    """When the clock of a metric starts, pauses, runs again, stops, is cancelled or starts anew (`itsm.levels.conditions`).

    Empty lists: as every clock does. A row that lost its conditions stays: clocks that began under them are still followed.
    """

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="terms")
    metric = models.CharField(max_length=10, choices=Metric)
    start = models.JSONField(default=list, blank=True)
    pause = models.JSONField(default=list, blank=True)
    resume = models.JSONField(default=list, blank=True)
    stop = models.JSONField(default=list, blank=True)
    cancel = models.JSONField(default=list, blank=True)
    reset = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "metric"], name="terms_once"),
            models.CheckConstraint(
                condition=~Q(metric__in=["own", "response"]) | Q(pause=[], resume=[]),
                name="terms_response_never_pauses",
            ),
        ]

    def __str__(self):
        return f"{self.agreement_id} {self.metric}"
