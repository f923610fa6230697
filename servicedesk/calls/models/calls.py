"""A call: one row from its first ring to its wrap-up, whatever the exchange says, in whatever order."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now, reachable

from ..queryset import CallQuerySet

KIND, PREFIX = "call", "CAL"
NEVER = reachable.NEVER
LIVE = ("ringing", "queued", "in_progress", "on_hold")


# It still says who called, from where, or with which words.
TELLS = ~Q(from_number="") | ~Q(to_number="") | ~Q(caller_name="") | ~Q(note="") | Q(caller__isnull=False)


class State(models.TextChoices):
    """Where a call stands. The first four are live: somebody is on the line."""

    RINGING = "ringing", pgettext_lazy("call", "Ringing")
    QUEUED = "queued", pgettext_lazy("call", "Waiting")
    IN_PROGRESS = "in_progress", pgettext_lazy("call", "In progress")
    ON_HOLD = "on_hold", pgettext_lazy("call", "On hold")
    WRAP_UP = "wrap_up", pgettext_lazy("call", "Wrap-up")
    CLOSED = "closed", pgettext_lazy("call", "Closed")
    ABANDONED = "abandoned", pgettext_lazy("call", "Abandoned")
    MISSED = "missed", pgettext_lazy("call", "Missed")
    VOICEMAIL = "voicemail", pgettext_lazy("call", "Message left")
    CALL_BACK = "call_back_due", pgettext_lazy("call", "Call-back due")


class Direction(models.TextChoices):
    IN = "in", pgettext_lazy("call", "In")
    OUT = "out", pgettext_lazy("call", "Out")


class Call(models.Model):
    """One call. `organisation` is whose switchboard took it; `caller` is who called (or was called), when known.

    Seconds are whole and end with the call: `wait_seconds` from the queue (or the first ring) to the answer or the end,
    `talk_seconds` without holds, `hold_seconds`, `wrap_up_seconds`. `in_hours`: was the number open when it rang?
    `handled_by` says who ended it: a person, the menu (sorted without an operator) or the sweeper (its hang-up never came).
    """

    class Handled(models.TextChoices):
        PERSON = "person", _("A person")
        MENU = "menu", _("The menu")
        SWEEPER = "sweeper", _("Nobody: its end was never told")

    number = models.CharField(max_length=20, editable=False)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="calls", db_index=False)
    source = models.ForeignKey(
        "gateway.Source", models.PROTECT, null=True, related_name="calls", db_index=False, editable=False
    )
    call_id = models.CharField(max_length=200, blank=True, default="", editable=False)
    direction = models.CharField(max_length=3, choices=Direction, default=Direction.IN)
    state = models.CharField(max_length=13, choices=State, default=State.RINGING, editable=False)

    from_number = models.CharField(max_length=40, blank=True, default="")
    to_number = models.CharField(max_length=40, blank=True, default="")
    caller_name = models.CharField(max_length=120, blank=True, default="")
    caller = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="calls", db_index=False
    )
    caller_certain = models.BooleanField(default=False)
    site = models.ForeignKey("people.Site", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    vip = models.BooleanField(default=False)
    language = models.CharField(max_length=5, default="fr")

    queue = models.ForeignKey("servicedesk.CallQueue", models.PROTECT, null=True, related_name="calls", db_index=False)
    operator = models.ForeignKey(
        "servicedesk.Operator", models.PROTECT, null=True, related_name="calls", db_index=False
    )
    pressed = models.JSONField(default=list, editable=False)
    # A menu sorted it: what its caller did before a queue is no wait for an operator. As it was when it rang.
    through_menu = models.BooleanField(default=False, editable=False)
    menu_path = models.JSONField(default=list, help_text=_("Why it went where it went, step by step."))
    service = models.ForeignKey("cmdb.Service", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    category = models.ForeignKey(
        "records.Category", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    started_at = models.DateTimeField(default=now)
    queued_at = models.DateTimeField(null=True, editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)
    held_since = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    wrapped_at = models.DateTimeField(null=True, editable=False)
    wait_seconds = models.PositiveIntegerField(null=True, editable=False)
    talk_seconds = models.PositiveIntegerField(null=True, editable=False)
    hold_seconds = models.PositiveIntegerField(default=0, editable=False)
    wrap_up_seconds = models.PositiveIntegerField(null=True, editable=False)
    # What the exchange counted of the conversation: better than the distance of two messages that may come late.
    answer_guessed = models.BooleanField(default=False, editable=False)
    told_seconds = models.PositiveIntegerField(null=True, editable=False)
    in_hours = models.BooleanField(default=True)
    cause = models.CharField(max_length=40, blank=True, default="", editable=False)
    handled_by = models.CharField(max_length=8, choices=Handled, default=Handled.PERSON, editable=False)

    wrap_up_code = models.ForeignKey(
        "servicedesk.WrapUpCode", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    note = models.TextField(blank=True, default="")
    transfers = models.PositiveSmallIntegerField(default=0, editable=False)
    major = models.ForeignKey(
        "records.Record", models.PROTECT, null=True, editable=False, related_name="major_calls", db_index=False
    )
    records = models.ManyToManyField("records.Record", through="servicedesk.CallLink", related_name="calls")

    # A call that nobody took within hours is owed a call back: due, taken by, done by the call that answers it.
    call_back_at = models.DateTimeField(null=True, editable=False)
    call_back_by = models.ForeignKey(
        "servicedesk.Operator", models.SET_NULL, null=True, related_name="+", db_index=False
    )
    call_back_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    answers = models.ForeignKey("self", models.SET_NULL, null=True, related_name="called_back", db_index=False)

    # Since when one operator is rung for it, and when its longest wait in this queue is over.
    rung_at = models.DateTimeField(null=True, editable=False)
    overflow_at = models.DateTimeField(null=True, editable=False)
    # The countdown of the wrap-up: since when it is held, and for how long it was held before.
    wrap_up_held_at = models.DateTimeField(null=True, editable=False)
    wrap_up_held_seconds = models.PositiveIntegerField(default=0, editable=False)
    # The caller has come back and was answered: nobody has to call.
    call_back_waived = models.BooleanField(default=False, editable=False)
    # When the sweeper looks again: the longest wait, the time to wrap up, a hang-up that never came.
    check_at = models.DateTimeField(default=NEVER, editable=False)
    changed_at = models.DateTimeField(default=now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="call_number_unique"),
            models.UniqueConstraint(
                fields=["source", "call_id"], condition=Q(source__isnull=False) & ~Q(call_id=""), name="call_once_an_id"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE) | Q(ended_at__isnull=False), name="call_is_live_or_has_ended"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="call_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=~Q(state="call_back_due") | Q(call_back_at__isnull=False), name="call_back_has_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="call_list"),
            models.Index(fields=["organisation", "started_at"], name="call_began"),
            models.Index(
                fields=["queue", "queued_at"], condition=Q(state__in=["ringing", "queued"]), name="call_waiting"
            ),
            models.Index(fields=["id"], condition=Q(state__in=[*LIVE, "wrap_up"]), name="call_live"),
            models.Index(fields=["call_back_at"], condition=Q(state="call_back_due"), name="call_back_due"),
            models.Index(fields=["check_at"], condition=Q(check_at__lt=NEVER), name="call_check"),
            models.Index(fields=["caller", "-id"], condition=Q(caller__isnull=False), name="call_caller"),
            models.Index(fields=["from_number", "-id"], condition=~Q(from_number=""), name="call_from"),
            models.Index(fields=["started_at", "id"], condition=TELLS, name="call_tells"),
            models.Index(fields=["to_number", "-id"], condition=Q(direction="out"), name="call_to"),
            GinIndex(OpClass(Upper("caller_name"), name="gin_trgm_ops"), name="call_name_trigram"),
            models.Index(fields=["operator", "-id"], condition=Q(operator__isnull=False), name="call_operator"),
            models.Index(fields=["major"], condition=Q(major__isnull=False), name="call_major"),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self) -> str:
        return f"/calls/{self.number}/"

    @property
    def is_by_hand(self) -> bool:
        """Begun by somebody who said "I have someone on the line": no exchange told the number."""
        told = self.source_id or self.call_id or self.queued_at
        return not told and self.answered_at is not None and self.answered_at == self.started_at

    @property
    def party(self) -> str:
        """The number at the other end: who called, or who was called."""
        return self.to_number if self.direction == Direction.OUT else self.from_number


class CallLink(models.Model):
    """A call led to a record, or was about one."""

    class How(models.TextChoices):
        CREATED = "created", pgettext_lazy("call", "Opened by the call")
        ATTACHED = "attached", pgettext_lazy("call", "The call was about it")
        MAJOR = "major", pgettext_lazy("call", "Its caller is concerned")

    call = models.ForeignKey(Call, models.CASCADE, related_name="links", db_index=False)
    record = models.ForeignKey("records.Record", models.PROTECT, related_name="call_links")
    how = models.CharField(max_length=8, choices=How)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "record"], name="call_record_once")]
        indexes = [models.Index(fields=["at"], name="call_link_at")]

    def __str__(self):
        return f"{self.call_id} {self.record_id}"


class CallEvent(models.Model):
    """What an exchange said of a call, as it was understood: kept, so that a call tells its own story."""

    source = models.ForeignKey("gateway.Source", models.CASCADE, null=True, related_name="+", db_index=False)
    call = models.ForeignKey(Call, models.CASCADE, null=True, related_name="events", db_index=False)
    key = models.CharField(max_length=200, blank=True, default="", help_text=_("The exchange's id of the call."))
    event = models.CharField(max_length=40)
    understood = models.BooleanField(default=True)
    at = models.DateTimeField(default=now)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["call", "id"], name="call_event_story"),
            models.Index(fields=["at"], name="call_event_age"),
            models.Index(fields=["source", "-id"], condition=Q(understood=False), name="call_event_unknown"),
        ]

    def __str__(self):
        return f"{self.key} {self.event}"
