"""The outbox (what happened and must be told), the send log (what went out, or not and why), the notices in the product."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.people.scope import scope_of


class Outbox(models.Model):
    """One fact, written in the transaction that made it. Consumers read it after the commit, each once."""

    created_at = models.DateTimeField(default=now, editable=False)
    topic = models.CharField(max_length=60)
    record = models.ForeignKey("records.Record", models.CASCADE, null=True, related_name="+", db_index=False)
    payload = models.JSONField(default=dict)
    delivered = ArrayField(models.CharField(max_length=60), default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=now)
    processed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "outbox"
        indexes = [
            models.Index(fields=["next_try_at", "id"], condition=Q(processed_at=None), name="outbox_due"),
            models.Index(fields=["processed_at"], condition=Q(processed_at__isnull=False), name="outbox_done"),
        ]

    def __str__(self):
        return f"{self.topic} {self.pk}"


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What a reader of the mailbox may see: messages on records and to people they may read about."""
        scope = scope_of(user)
        if not may_read_mailbox(scope):
            return self.none()
        rows = self.filter(Q(record__confidentiality=None) | Q(record__confidentiality__in=scope.circles))
        if scope.everything:
            return rows
        places = scope.organisations
        return rows.filter(
            Q(record__organisation__in=places) | Q(record=None, to_user__organisation__in=places) | Q(to_user=user)
        )


def may_read_mailbox(scope) -> bool:
    """Those with the permission; in the demo every agent, because there the mailbox is where the mails arrive."""
    return scope.may("notify.mailbox") or (settings.DEMO and scope.is_agent)


class Message(models.Model):
    """The send log: one e-mail, from the moment it is due to what became of it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", pgettext_lazy("message", "Sent")
        FAILED = "failed", _("Failed")
        WITHHELD = "withheld", _("Not sent")
        BOUNCED = "bounced", _("Came back")

    class Held(models.TextChoices):
        """What a queued mail waits for; `next_try_at` is when it leaves."""

        DIGEST = "digest", _("Digest")
        QUIET = "quiet", _("Quiet hours")
        GROUP = "group", _("Together")

    key = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)
    to_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="messages")
    to_address = models.CharField(max_length=254)
    language = models.CharField(max_length=5, default="fr")
    template = models.CharField(max_length=60)
    subject = models.CharField(max_length=300)
    body_text = models.TextField()
    body_html = models.TextField(blank=True)
    record = models.ForeignKey("records.Record", models.SET_NULL, null=True, related_name="messages")
    message_id = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    reason = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)
    held = models.CharField(max_length=6, choices=Held, blank=True, default="")
    bundle = models.ForeignKey("self", models.SET_NULL, null=True, related_name="bundled", db_index=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="message_key_unique")]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state__in=["queued", "sending"]), name="message_due"),
            models.Index(fields=["state", "-id"], name="message_state"),
            models.Index(fields=["next_try_at"], condition=Q(state="queued") & ~Q(held=""), name="message_held"),
            models.Index(fields=["to_user", "record", "created_at"], name="message_thread"),
            models.Index(fields=["message_id"], condition=~Q(message_id=""), name="message_message_id"),
            # Equality for the loop guard, prefix for the search of the mailbox, whatever the collation.
            models.Index(
                fields=["to_address", "created_at"],
                opclasses=["varchar_pattern_ops", "timestamptz_ops"],
                name="message_address",
            ),
        ]

    def __str__(self):
        return f"{self.to_address}: {self.subject}"


class Notice(models.Model):
    """A line under a person's bell."""

    key = models.CharField(max_length=200)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", db_index=False)
    created_at = models.DateTimeField(default=now, editable=False)
    template = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    record = models.ForeignKey("records.Record", models.CASCADE, null=True, related_name="+")
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="notice_key_unique")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self):
        return f"{self.user}: {self.template}"


class Preference(models.Model):
    """What a person wants to be told, and how. No row: the default of the template."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_preferences")
    template = models.CharField(max_length=60)
    email = models.BooleanField(default=True)
    in_app = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "template"], name="notification_preference_unique")]

    def __str__(self):
        return f"{self.user}: {self.template}"


class Rhythm(models.Model):
    """How a person wants mails: at once or in a digest, not in the quiet hours, one for what happens together. In their time zone."""

    class Digest(models.TextChoices):
        OFF = "off", _("At once")
        HOURLY = "hourly", _("One mail an hour")
        DAILY = "daily", _("One mail a day")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mail_rhythm")
    digest = models.CharField(max_length=8, choices=Digest, default=Digest.OFF)
    digest_hour = models.PositiveSmallIntegerField(default=8)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    group_minutes = models.PositiveSmallIntegerField(default=5)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(digest_hour__range=(0, 23)), name="rhythm_hour_of_a_day"),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="rhythm_quiet_hours_have_both_ends",
            ),
        ]

    def __str__(self):
        return f"{self.user}: {self.digest}"
