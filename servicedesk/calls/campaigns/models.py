"""A campaign that calls, texts or writes to many people; each of them; each contact that was tried; who must not be contacted."""

from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from .queryset import CampaignQuerySet, HookQuerySet, OfCampaignQuerySet

CHANNELS = ("call", "sms", "email")


class Channel(models.TextChoices):
    CALL = "call", pgettext_lazy("channel of a campaign", "Call")
    SMS = "sms", pgettext_lazy("channel of a campaign", "SMS")
    EMAIL = "email", pgettext_lazy("channel of a campaign", "E-mail")


class CampaignState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("campaign", "Draft")
    RUNNING = "running", pgettext_lazy("campaign", "Running")
    PAUSED = "paused", pgettext_lazy("campaign", "Paused")
    STOPPED = "stopped", pgettext_lazy("campaign", "Stopped")
    FINISHED = "finished", pgettext_lazy("campaign", "Finished")


class CallCampaign(models.Model):
    """Whom it is for (`audience`: kind and what it names, see `audience`), what they are told, how, how fast and when.

    `next_slot_at` is when the next contact may leave: the pace, kept in the row so that several workers keep it together.
    """

    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="campaigns", verbose_name=_("organisation"), db_index=False
    )
    name = models.CharField(_("name"), max_length=120)
    state = models.CharField(max_length=8, choices=CampaignState, default=CampaignState.DRAFT, editable=False)
    audience = models.JSONField(default=dict)
    major = models.ForeignKey(
        "servicedesk.MajorIncident", models.SET_NULL, null=True, blank=True, related_name="campaigns", db_index=False
    )
    is_all_clear = models.BooleanField(default=False, editable=False)
    channels = ArrayField(models.CharField(max_length=5, choices=Channel), verbose_name=_("channels, in this order"))
    subject_fr = models.CharField(_("subject of the mail (French)"), max_length=200, blank=True, default="")
    subject_en = models.CharField(_("subject of the mail (English)"), max_length=200, blank=True, default="")
    message_fr = models.TextField(_("message (French)"), blank=True, default="")
    message_en = models.TextField(_("message (English)"), blank=True, default="")
    per_minute = models.PositiveSmallIntegerField(_("contacts a minute at most"), default=30)
    calendar = models.ForeignKey(
        "calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("calendar")
    )
    hours_from = models.TimeField(_("not before (where the person is)"), default=time(8))
    hours_to = models.TimeField(_("not after (where the person is)"), default=time(20))
    max_tries = models.PositiveSmallIntegerField(_("tries a channel"), default=2)
    retry_minutes = models.PositiveSmallIntegerField(_("between two tries (minutes)"), default=30)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, db_index=False
    )
    created_at = models.DateTimeField(default=now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    next_slot_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "running", "paused", "stopped", "finished"]),
                name="call_campaign_state_known",
            ),
            models.CheckConstraint(
                condition=Q(channels__contained_by=["call", "sms", "email"]) & Q(channels__len__gt=0),
                name="call_campaign_has_channels",
            ),
            models.CheckConstraint(condition=Q(per_minute__range=(1, 6000)), name="call_campaign_pace_in_reason"),
            models.CheckConstraint(condition=Q(max_tries__range=(1, 5)), name="call_campaign_tries_1_to_5"),
            models.CheckConstraint(condition=Q(hours_to__gt=F("hours_from")), name="call_campaign_hours_forward"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(started_at__isnull=False), name="call_campaign_started_once_no_draft"
            ),
            models.UniqueConstraint(
                fields=["major"],
                condition=Q(is_all_clear=True, state__in=["draft", "running", "paused"]),
                name="call_campaign_all_clear_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="call_campaign_list"),
            models.Index(fields=["next_slot_at"], condition=Q(state="running"), name="call_campaign_running"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self) -> str:
        return f"/calls/campaigns/{self.pk}/"


class CampaignTarget(models.Model):
    """One person of a campaign. `channel` is the place in the campaign's channels that is tried now."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("person of a campaign", "Waiting")
        CLAIMED = "claimed", pgettext_lazy("person of a campaign", "Being contacted")
        SENT = "sent", pgettext_lazy("person of a campaign", "Call placed, no answer known yet")
        REACHED = "reached", pgettext_lazy("person of a campaign", "Reached")
        FAILED = "failed", pgettext_lazy("person of a campaign", "Not reached")
        UNKNOWN = "unknown", pgettext_lazy("person of a campaign", "Not known: the contact was interrupted")
        STOPPED = "stopped", pgettext_lazy("person of a campaign", "Not contacted: stopped")
        SKIPPED = "skipped", pgettext_lazy("person of a campaign", "Left out")

    campaign = models.ForeignKey(CallCampaign, models.CASCADE, related_name="targets", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    caller = models.ForeignKey("servicedesk.MajorCaller", models.SET_NULL, null=True, related_name="+", db_index=False)
    name = models.CharField(max_length=200, blank=True, default="")
    number = models.CharField(max_length=40, blank=True, default="")
    mobile = models.CharField(max_length=40, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    language = models.CharField(max_length=5, default="fr")
    time_zone = models.CharField(max_length=50, blank=True, default="")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    why = models.CharField(max_length=20, blank=True, default="")
    channel = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = OfCampaignQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "person"], condition=Q(person__isnull=False), name="call_target_person_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(next_at__isnull=False), name="call_target_waits_for_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "next_at", "id"], condition=Q(state="waiting"), name="call_target_due"),
            models.Index(fields=["campaign", "state", "id"], name="call_target_list"),
            models.Index(
                fields=["claimed_at"], condition=Q(state__in=["claimed", "sent"]), name="call_target_under_way"
            ),
            models.Index(fields=["person"], condition=Q(person__isnull=False), name="call_target_person"),
        ]

    def __str__(self):
        return self.name or self.number or self.email


class CampaignAttempt(models.Model):
    """One contact: written before the outside act with its key, its outcome after. Without one the contact was interrupted."""

    class Outcome(models.TextChoices):
        CLAIMED = "claimed", pgettext_lazy("contact", "Under way")
        GOOD = "good", pgettext_lazy("contact", "Delivered")
        PLACED = "placed", pgettext_lazy("contact", "Call placed")
        BAD = "bad", pgettext_lazy("contact", "Failed")
        UNKNOWN = "unknown", pgettext_lazy("contact", "Interrupted")

    target = models.ForeignKey(CampaignTarget, models.CASCADE, related_name="attempts", db_index=False)
    channel = models.CharField(max_length=5, choices=Channel)
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=60)
    at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=7, choices=Outcome, default=Outcome.CLAIMED)
    detail = models.CharField(max_length=300, blank=True, default="")
    call = models.ForeignKey("servicedesk.Call", models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target", "channel", "number"], name="call_attempt_once"),
            models.UniqueConstraint(fields=["key"], name="call_attempt_key_unique"),
        ]

    def __str__(self):
        return f"{self.target_id} {self.channel} {self.number}"


class DoNotCall(models.Model):
    """Whom campaigns leave in peace: a person, or a number or address; in every channel."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    address = models.CharField(_("number or address"), max_length=254, blank=True, default="")
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    at = models.DateTimeField(default=now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person"], condition=Q(person__isnull=False), name="do_not_call_person_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "address"], condition=~Q(address=""), name="do_not_call_address_once"
            ),
            models.CheckConstraint(condition=Q(person__isnull=False) | ~Q(address=""), name="do_not_call_somebody"),
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="do_not_call_list")]

    def __str__(self):
        return self.address or str(self.person_id)


class ContactHook(models.Model):
    """Where texts (or calls that a machine reads aloud) are handed over: an address that takes signed JSON, as webhooks do.

    `idempotent`: the receiver does a message with the same key once, so that an interrupted one may be sent again.
    """

    class Kind(models.TextChoices):
        SMS = "sms", pgettext_lazy("channel of a campaign", "SMS")
        CALL = "call", pgettext_lazy("channel of a campaign", "Call")

    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=4, choices=Kind, default=Kind.SMS)
    url = models.CharField(_("address"), max_length=500)
    allow_private = models.BooleanField(_("inside the private network"), default=False)
    idempotent = models.BooleanField(_("knows a message again by its key"), default=False)
    sealed = models.TextField(editable=False)
    is_active = models.BooleanField(pgettext_lazy("contact hook", "active"), default=True)
    last_at = models.DateTimeField(null=True, editable=False)
    fault = models.CharField(max_length=300, blank=True, default="", editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = HookQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind"], name="contact_hook_once_a_kind")]

    def __str__(self):
        return f"{self.kind}: {self.url}"
