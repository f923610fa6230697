"""A major incident beside its record, those who are to be told when it is over, the rules that propose one, surges of calls."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.core.languages import in_language

from .queryset import MajorQuerySet, OfOrganisationQuerySet


class MajorState(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("major incident", "Proposed")
    OPEN = "open", pgettext_lazy("major incident", "Open")
    OVER = "over", pgettext_lazy("major incident", "Over")
    DECLINED = "declined", pgettext_lazy("major incident", "Declined")


class MajorIncident(models.Model):
    """What an incident has beside its record once somebody, or a rule, holds it for major. `Record.major` is true while it is open or over.

    `why`: what the rules found, `[{"rule": "calls", "n": 12, "minutes": 15}]`. `weight`: how bad it was when it was last
    decided about, so that a declined one is proposed again only once it is worse. Texts have variables (`wording`).
    """

    record = models.OneToOneField("records.Record", models.CASCADE, related_name="major_incident")
    state = models.CharField(max_length=8, choices=MajorState, editable=False)
    why = models.JSONField(default=list, editable=False)
    weight = models.JSONField(default=dict, editable=False)
    proposed_at = models.DateTimeField(null=True, editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    declined_at = models.DateTimeField(null=True, editable=False)
    declined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=300, blank=True, default="")
    over_at = models.DateTimeField(null=True, editable=False)
    all_clear_at = models.DateTimeField(null=True, editable=False)
    all_clear_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    public_fr = models.TextField(_("what users read (French)"), blank=True, default="")
    public_en = models.TextField(_("what users read (English)"), blank=True, default="")
    script_fr = models.TextField(_("what operators read aloud (French)"), blank=True, default="")
    script_en = models.TextField(_("what operators read aloud (English)"), blank=True, default="")
    expected_at = models.DateTimeField(_("back to normal expected at"), null=True, blank=True)
    next_update_at = models.DateTimeField(_("next update at"), null=True, blank=True)
    update_every = models.PositiveSmallIntegerField(_("an update every (minutes)"), default=30)
    updated_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MajorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "open", "over", "declined"]), name="major_state_known"
            ),
            models.CheckConstraint(condition=~Q(state="over") | Q(over_at__isnull=False), name="major_over_since"),
            models.CheckConstraint(
                condition=~Q(state="declined") | Q(declined_at__isnull=False), name="major_declined_since"
            ),
            models.CheckConstraint(condition=Q(update_every__range=(5, 1440)), name="major_update_in_reason"),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="major_state"),
            models.Index(fields=["id"], condition=Q(state__in=["proposed", "open"]), name="major_now"),
        ]

    def __str__(self):
        return f"{self.record_id} {self.state}"

    def get_absolute_url(self) -> str:
        return f"/desk/majors/{self.record.number}/"

    @property
    def public_text(self) -> str:
        """In the reader's language, its variables not filled yet."""
        return in_language(self.public_fr, self.public_en)

    @property
    def script(self) -> str:
        """In the reader's language, its variables not filled yet."""
        return in_language(self.script_fr, self.script_en)


class MajorCaller(models.Model):
    """Somebody who is to be told when a major incident is over: a person or, unknown, a number; once each."""

    class How(models.TextChoices):
        CALL = "call", pgettext_lazy("all-clear list", "Called")
        KEY = "key", pgettext_lazy("all-clear list", "Pressed a key")
        PORTAL = "portal", pgettext_lazy("all-clear list", "On the portal")
        CHILD = "child", pgettext_lazy("all-clear list", "Has a ticket under it")
        HAND = "hand", pgettext_lazy("all-clear list", "Entered by hand")

    class Outcome(models.TextChoices):
        WAITS = "waits", pgettext_lazy("all-clear list", "Not told yet")
        TOLD = "told", pgettext_lazy("all-clear list", "Told")
        FAILED = "failed", pgettext_lazy("all-clear list", "Not reached")
        SKIPPED = "skipped", pgettext_lazy("all-clear list", "Not to be told")
        UNKNOWN = "unknown", pgettext_lazy("all-clear list", "Not known")

    major = models.ForeignKey(MajorIncident, models.CASCADE, related_name="callers", db_index=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    number = models.CharField(max_length=40, blank=True, default="")
    how = models.CharField(max_length=6, choices=How)
    call = models.ForeignKey("servicedesk.Call", models.SET_NULL, null=True, related_name="+", db_index=False)
    language = models.CharField(max_length=5, blank=True, default="")
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    told_at = models.DateTimeField(null=True, editable=False)
    outcome = models.CharField(max_length=7, choices=Outcome, default=Outcome.WAITS, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["major", "person"], condition=Q(person__isnull=False), name="major_caller_person_once"
            ),
            models.UniqueConstraint(
                fields=["major", "number"], condition=Q(person=None), name="major_caller_number_once"
            ),
            models.CheckConstraint(condition=Q(person__isnull=False) | ~Q(number=""), name="major_caller_is_somebody"),
        ]
        indexes = [
            models.Index(fields=["major", "-id"], name="major_caller_list"),
            models.Index(fields=["person"], condition=Q(person__isnull=False), name="major_caller_person"),
        ]

    def __str__(self):
        return f"{self.major_id}: {self.person_id or self.number}"


class MajorRule(models.Model):
    """When an incident is proposed as major: all conditions that are set must hold. For a surge: calls against their usual number."""

    class About(models.TextChoices):
        INCIDENT = "incident", pgettext_lazy("rule of majors", "An incident")
        SURGE = "surge", pgettext_lazy("rule of majors", "A surge of calls")

    code = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=120)
    about = models.CharField(_("about"), max_length=8, choices=About, default=About.INCIDENT)
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organisation")
    )
    priority = models.PositiveSmallIntegerField(_("priority at most"), null=True, blank=True)
    criticality = models.PositiveSmallIntegerField(_("criticality of the service at most"), null=True, blank=True)
    calls = models.PositiveIntegerField(_("calls at least"), null=True, blank=True)
    children = models.PositiveIntegerField(_("tickets under it at least"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("within (minutes)"), default=15)
    times = models.DecimalField(_("times the usual number"), max_digits=4, decimal_places=1, null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(pgettext_lazy("rule of majors", "active"), default=True)

    objects = OfOrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="major_rule_code_unique"),
            models.CheckConstraint(
                condition=Q(about="incident", times=None)
                & (
                    Q(priority__isnull=False)
                    | Q(calls__isnull=False)
                    | Q(children__isnull=False)
                    | Q(criticality__isnull=False)
                )
                | Q(about="surge", calls__isnull=False, times__isnull=False, children=None, priority=None),
                name="major_rule_has_conditions",
            ),
            models.CheckConstraint(
                condition=Q(priority=None) | Q(priority__range=(1, 5)), name="major_rule_priority_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(criticality=None) | Q(criticality__range=(1, 4)), name="major_rule_criticality_1_to_4"
            ),
            models.CheckConstraint(condition=Q(minutes__range=(1, 1440)), name="major_rule_minutes_in_reason"),
            models.CheckConstraint(condition=Q(times=None) | Q(times__gt=1), name="major_rule_times_more_than_usual"),
        ]

    def __str__(self):
        return self.code


class Surge(models.Model):
    """More calls about one service (or one category) than usual at this hour. One row from its beginning to its end."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("surge", "Going on")
        TAKEN = "taken", pgettext_lazy("surge", "An incident stands for it")
        DISMISSED = "dismissed", pgettext_lazy("surge", "Set aside")

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    service = models.ForeignKey("cmdb.Service", models.CASCADE, null=True, related_name="+", db_index=False)
    category = models.ForeignKey("records.Category", models.CASCADE, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    began_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)
    calls = models.PositiveIntegerField()
    most_calls = models.PositiveIntegerField()
    usual = models.DecimalField(max_digits=7, decimal_places=1)
    minutes = models.PositiveSmallIntegerField()
    record = models.ForeignKey("records.Record", models.SET_NULL, null=True, related_name="+", db_index=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = OfOrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "service", "category"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="surge_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(service__isnull=False, category=None) | Q(service=None, category__isnull=False),
                name="surge_about_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="surge_list")]

    def __str__(self):
        return f"{self.organisation_id}: {self.calls} / {self.usual}"
