"""On-call: rotas with their layers, what changes single shifts, chains of who is called after whom, and calls that run."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now

MOST_ROUNDS, LONGEST_WAIT = 9, 24 * 60


class Rank(models.IntegerChoices):
    FIRST = 1, _("First line")
    SECOND = 2, _("Second line")
    THIRD = 3, _("Third line")


class Rota(models.Model):
    """Who of a team can be reached outside its hours, or always. Handover times are local to `time_zone`."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    team = models.ForeignKey("people.Team", models.PROTECT, related_name="rotas")
    time_zone = models.CharField(max_length=50, default="Europe/Paris")
    always = models.BooleanField(
        _("somebody must be on call day and night"), default=True,
        help_text=_("Otherwise only the hours of the layers must be covered."),
    )  # fmt: skip
    active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="rota_code_unique")]

    def __str__(self):
        return self.code


class Layer(models.Model):
    """People who take turns. Where two layers of one line cover the same hours, the one with the higher position holds."""

    rota = models.ForeignKey(Rota, models.CASCADE, related_name="layers")
    rank = models.PositiveSmallIntegerField(_("line"), choices=Rank, default=Rank.FIRST)
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=80, blank=True)
    first_day = models.DateField(_("first handover on"))
    last_day = models.DateField(_("last day (included)"), null=True, blank=True)
    handover = models.TimeField(_("handover at"))
    days = models.PositiveSmallIntegerField(_("length of a turn, in days"), default=7)
    hours = models.JSONField(
        default=list, blank=True, help_text=_("Only these hours of the week: [[weekday, from minute, to minute], …]")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rota", "rank", "position"], name="layer_position_once"),
            models.CheckConstraint(condition=Q(days__range=(1, 366)), name="layer_turn_of_some_days"),
            models.CheckConstraint(condition=Q(rank__range=(1, 3)), name="layer_line_1_to_3"),
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="layer_ends_after_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.rota_id} {self.rank}.{self.position}"


class LayerPerson(models.Model):
    """The order in which people of a layer take turns."""

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="people")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layer", "position"], name="layer_person_position_once")]

    def __str__(self):
        return f"{self.layer_id}/{self.position}: {self.user_id}"


class Swap(models.Model):
    """One turn of a layer goes to somebody else. It belongs to the turn, so it moves when the handover moves."""

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="swaps")
    turn = models.IntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=now, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layer", "turn"], name="swap_one_a_turn")]

    def __str__(self):
        return f"{self.layer_id}#{self.turn}: {self.user_id}"


class Override(models.Model):
    """Between two instants somebody else is on call, whatever the layers say. The newest holds."""

    rota = models.ForeignKey(Rota, models.CASCADE, related_name="overrides")
    rank = models.PositiveSmallIntegerField(_("line"), choices=Rank, default=Rank.FIRST)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(default=now, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="override_ends_after_start"),
            models.CheckConstraint(condition=Q(rank__range=(1, 3)), name="override_line_1_to_3"),
        ]
        indexes = [models.Index(fields=["rota", "ends_at"], name="override_rota")]

    def __str__(self):
        return f"{self.rota_id}: {self.user_id} {self.starts_at:%Y-%m-%d}"


class Chain(models.Model):
    """Who is called after whom until somebody answers."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    rounds = models.PositiveSmallIntegerField(_("rounds at most"), default=2)
    p1_skips_waits = models.BooleanField(_("a P1 calls everybody of a round at once"), default=False)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="chain_code_unique"),
            models.CheckConstraint(condition=Q(rounds__range=(1, MOST_ROUNDS)), name="chain_some_rounds"),
        ]

    def __str__(self):
        return self.code


class ChainStep(models.Model):
    """One call of a chain, then a wait for the answer."""

    class Who(models.TextChoices):
        FIRST = "first", _("On call, first line")
        SECOND = "second", _("On call, second line")
        PERSON = "person", _("A person")
        LEADER = "leader", _("The leader of the team")
        MANAGER = "manager", _("The service-desk manager")

    chain = models.ForeignKey(Chain, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    who = models.CharField(max_length=10, choices=Who)
    rota = models.ForeignKey(
        Rota, models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_("Empty: the rotas of the team that holds the ticket"),
    )  # fmt: skip
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    wait_minutes = models.PositiveSmallIntegerField(_("then wait (minutes)"), default=5)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "position"], name="chain_step_position_once"),
            models.CheckConstraint(
                condition=Q(who="person", user__isnull=False) | (~Q(who="person") & Q(user=None)),
                name="chain_step_person_is_named",
            ),
            models.CheckConstraint(condition=Q(wait_minutes__lte=LONGEST_WAIT), name="chain_step_waits_a_day_at_most"),
        ]

    def __str__(self):
        return f"{self.chain_id}/{self.position}"


class Page(models.Model):
    """A chain that runs for a record. `next_at` is when the next one is called, while nobody answers."""

    class State(models.TextChoices):
        RUNNING = "running", _("Calling")
        ANSWERED = "answered", _("Has answered")
        EXHAUSTED = "exhausted", _("Nobody answered")
        ENDED = "ended", _("No longer needed")

    record = models.ForeignKey("records.Record", models.CASCADE, related_name="pages")
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="pages")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(default=now)
    round = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField(default=0, help_text=_("Steps of this round that were done"))
    next_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record"], condition=Q(state="running"), name="page_one_runs"),
            models.CheckConstraint(
                condition=Q(state="running", next_at__isnull=False, ended_at=None)
                | (~Q(state="running") & Q(next_at=None, ended_at__isnull=False)),
                name="page_runs_or_ended",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="running"), name="page_due")]

    def __str__(self):
        return f"{self.chain_id} for {self.record_id}"


class PageCall(models.Model):
    """One person called (or nobody found) at a step of a page, and what came of it."""

    class Outcome(models.TextChoices):
        CALLED = "called", _("Called")
        ANSWERED = "answered", _("Has answered")
        SILENT = "silent", _("No answer")
        PASSED = "passed", _("Passed on")
        NOBODY = "nobody", _("Nobody on call")
        UNABLE = "unable", _("May not work this ticket")

    page = models.ForeignKey(Page, models.CASCADE, related_name="calls")
    at = models.DateTimeField()
    round = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField()
    who = models.CharField(max_length=10, choices=ChainStep.Who)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="page_calls")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.CALLED)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["page", "round", "step", "user"], nulls_distinct=False, name="page_call_once"
            )
        ]
        indexes = [models.Index(fields=["user"], condition=Q(outcome="called"), name="page_call_open")]

    def __str__(self):
        return f"{self.page_id} {self.round}.{self.step}: {self.user_id}"


class Feed(models.Model):
    """The secret address of a person's calendar of shifts; only its digest is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="shift_feed")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=now)

    def __str__(self):
        return str(self.user_id)
