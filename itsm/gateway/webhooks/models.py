"""Who is told what (Webhook), and each thing that was told or is to be (Delivery)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.people.scope import scope_of


class WebhookQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Administrators, for the organisations that their role reaches."""
        scope = scope_of(user)
        if not scope.may("settings.manage"):
            return self.none()
        return self if scope.everything else self.filter(organisation__in=scope.organisations)


class Webhook(models.Model):
    """An address that is told of facts about one organisation and those below it. Its secret is kept sealed, for signing.

    After a rotation the secret before still signs until `previous_until`. Empty lists of the filter mean any.
    """

    class Off(models.TextChoices):
        """Why it does not send."""

        BY_HAND = "by_hand", _("Switched off")
        FAILING = "failing", _("Switched off: it failed for days")
        GONE = "gone", _("Switched off: the receiver answered 410 Gone")

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+")
    url = models.CharField(max_length=500)
    allow_private = models.BooleanField(default=False)
    sealed = models.TextField(editable=False)
    previous_sealed = models.TextField(blank=True, default="", editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    events = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    priorities = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    teams = models.ManyToManyField("people.Team", blank=True, related_name="+")
    off = models.CharField(max_length=10, choices=Off, blank=True, default="")
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    rests_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="webhook_code_unique"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(url=""), name="webhook_has_name_and_url"),
            models.CheckConstraint(
                condition=Q(priorities__contained_by=[1, 2, 3, 4, 5]), name="webhook_priorities_1_to_5"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def active(self) -> bool:
        return not self.off


class Delivery(models.Model):
    """One message for one webhook: its body as it is signed and sent, and what became of each attempt.

    `fact` is the outbox row that it tells of (the row itself is forgotten earlier). A message keeps its id for ever,
    so that a receiver that gets it twice, by a retry or a replay, knows it again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Being sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    message_id = models.CharField(max_length=60, unique=True)
    fact = models.BigIntegerField(null=True)
    event = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField(default=now)
    next_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    tries = models.JSONField(default=list)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    response = models.TextField(blank=True)
    milliseconds = models.PositiveIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "fact"], name="delivery_once_a_fact"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending"], next_at__isnull=False, settled_at=None)
                | Q(state__in=["delivered", "failed"], next_at=None, settled_at__isnull=False),
                name="delivery_due_or_settled",
            ),
        ]
        indexes = [
            models.Index(fields=["webhook", "next_at", "id"], condition=Q(next_at__isnull=False), name="delivery_due"),
            models.Index(fields=["webhook", "-id"], name="delivery_log"),
            models.Index(fields=["webhook", "-id"], condition=Q(state="failed"), name="delivery_failed"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]

    def __str__(self):
        return f"{self.event} {self.message_id}"
