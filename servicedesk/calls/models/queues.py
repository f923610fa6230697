"""Queues in which callers wait, and those who answer them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now

from ..queryset import OperatorQuerySet, QueueQuerySet

# Seconds, also for calls without a queue: to be answered within, an abandon is short below, to wrap up.
WITHIN, SHORT, WRAP_UP = 30, 10, 30


class CallQueue(models.Model):
    """Where callers wait for an operator, and what happens when nobody comes."""

    class Strategy(models.TextChoices):
        LONGEST_IDLE = "longest_idle", _("Longest idle")
        ROUND_ROBIN = "round_robin", _("In turn")
        SKILL = "skill", _("Best skilled")
        VIP_FIRST = "vip_first", _("VIP callers first")

    class Overflow(models.TextChoices):
        NONE = "none", _("Keeps waiting")
        QUEUE = "queue", _("Goes to another queue")
        CALL_BACK = "call_back", _("Is offered a call-back")
        VOICEMAIL = "voicemail", _("Leaves a message")

    code = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="call_queues")
    team = models.ForeignKey("people.Team", models.PROTECT, null=True, blank=True, related_name="call_queues")
    language = models.CharField(
        _("language"), max_length=5, choices=[("fr", "Français"), ("en", "English")], default="fr"
    )
    calendar = models.ForeignKey("calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+")
    strategy = models.CharField(_("strategy"), max_length=12, choices=Strategy, default=Strategy.LONGEST_IDLE)
    answer_within_seconds = models.PositiveSmallIntegerField(_("to be answered within (seconds)"), default=WITHIN)
    short_abandon_seconds = models.PositiveSmallIntegerField(_("an abandon is short below (seconds)"), default=SHORT)
    max_wait_seconds = models.PositiveSmallIntegerField(_("longest wait (seconds)"), null=True, blank=True)
    most_waiting = models.PositiveSmallIntegerField(_("callers at most"), null=True, blank=True)
    overflow = models.CharField(_("then the caller"), max_length=10, choices=Overflow, default=Overflow.NONE)
    overflow_queue = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    wrap_up_seconds = models.PositiveSmallIntegerField(_("time to wrap up (seconds)"), default=WRAP_UP)
    announcement = models.TextField(_("announcement"), blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)
    # The operator whose turn it was last, where they are rung in turn.
    turn = models.PositiveIntegerField(default=0, editable=False)
    is_active = models.BooleanField(default=True)

    objects = QueueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="call_queue_code_unique"),
            models.CheckConstraint(
                condition=~Q(overflow="queue") | Q(overflow_queue__isnull=False) | Q(is_active=False),
                name="call_queue_overflows_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(overflow_queue=None) | ~Q(overflow_queue=F("id")), name="call_queue_not_into_itself"
            ),
            models.CheckConstraint(condition=Q(overflow="none") | Q(max_wait_seconds__gte=5), name="call_queue_waits"),
        ]

    def __str__(self):
        return self.code


class Operator(models.Model):
    """A person at the switchboard: what the telephone knows of them, and what they do now."""

    class State(models.TextChoices):
        AVAILABLE = "available", _("Available")
        RINGING = "ringing", _("Ringing")
        IN_CALL = "in_call", _("In call")
        WRAP_UP = "wrap_up", _("Wrap-up")
        PAUSE = "pause", _("Pause")
        AWAY = "away", _("Away")

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="operator")
    extension = models.CharField(_("extension"), max_length=40, blank=True, default="")
    # Whose extension it is: the person's organisation when it was given. Another house has the same ones.
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State, default=State.AWAY, editable=False)
    since = models.DateTimeField(default=now, editable=False)
    until = models.DateTimeField(null=True, blank=True, editable=False)
    pause_reason = models.ForeignKey(
        "servicedesk.PauseReason", models.PROTECT, null=True, editable=False, related_name="+"
    )
    # What becomes of the operator when the call is over: a pause asked for during it.
    next_state = models.CharField(max_length=10, choices=State, blank=True, default="", editable=False)
    next_reason = models.ForeignKey(
        "servicedesk.PauseReason", models.PROTECT, null=True, editable=False, related_name="+"
    )
    call = models.ForeignKey("servicedesk.Call", models.SET_NULL, null=True, editable=False, related_name="+")
    last_call_at = models.DateTimeField(null=True, editable=False)
    seen_at = models.DateTimeField(null=True, editable=False)

    objects = OperatorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "extension"],
                condition=~Q(extension=""),
                nulls_distinct=False,
                name="operator_extension_once_a_house",
            ),
            models.CheckConstraint(
                condition=~Q(state="pause") | Q(pause_reason__isnull=False), name="operator_pause_has_a_reason"
            ),
        ]

    def __str__(self):
        return f"{self.person_id} {self.state}"

    def save(self, *args, **kwargs):
        """A new one is of the person's organisation."""
        if self._state.adding and self.organisation_id is None:
            self.organisation_id = self.person.organisation_id
        super().save(*args, **kwargs)


class QueueMember(models.Model):
    """An operator answers a queue; `skill` 1 (knows it best) to 5."""

    queue = models.ForeignKey(CallQueue, models.CASCADE, related_name="members")
    operator = models.ForeignKey(Operator, models.CASCADE, related_name="queues")
    skill = models.PositiveSmallIntegerField(default=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "operator"], name="queue_member_once"),
            models.CheckConstraint(condition=Q(skill__range=(1, 5)), name="queue_member_skill"),
        ]

    def __str__(self):
        return f"{self.queue_id}: {self.operator_id}"


class OperatorSpan(models.Model):
    """How long an operator was in a state: what occupancy is computed from. The last one has no end yet."""

    operator = models.ForeignKey(Operator, models.CASCADE, related_name="spans")
    state = models.CharField(max_length=10, choices=Operator.State)
    pause_reason = models.ForeignKey("servicedesk.PauseReason", models.PROTECT, null=True, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator"], condition=Q(ended_at=None), name="operator_one_span_open"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="operator_span_forward"
            ),
        ]
        indexes = [models.Index(fields=["began_at"], name="operator_span_began")]

    def __str__(self):
        return f"{self.operator_id} {self.state}"
