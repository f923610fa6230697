"""Systems that send (Source), and every body that they sent (Inbound)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.people.scope import scope_of


class SourceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Administrators, for the organisations that their role reaches."""
        scope = scope_of(user)
        if not scope.may("settings.manage"):
            return self.none()
        return self if scope.everything else self.filter(organisation__in=scope.organisations)


class Source(models.Model):
    """A system that may send bodies of one kind, by a secret token in the address. Only the token's digest is kept.

    After a rotation the token before still opens until `previous_until`.
    """

    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, editable=False)
    prefix = models.CharField(max_length=12, editable=False)
    previous_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    rate_per_minute = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    throttled = models.PositiveBigIntegerField(default=0, editable=False)

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="source_digest_unique"),
            models.UniqueConstraint(
                fields=["previous_digest"], condition=~Q(previous_digest=""), name="source_previous_unique"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="source_has_a_name"),
            models.CheckConstraint(condition=Q(rate_per_minute__range=(1, 100_000)), name="source_rate_in_reason"),
        ]

    def __str__(self):
        return self.name

    @property
    def active(self) -> bool:
        return self.revoked_at is None


class Inbound(models.Model):
    """One body that came in. It is kept before anybody tries to understand it.

    Of bodies that were too many the first ones of an hour are kept, one that is long `is_cut`; a row with an `hour` stands
    for the rest of them (`bodies`).
    """

    class Outcome(models.TextChoices):
        RECEIVED = "received", _("Cut off")
        ACCEPTED = "accepted", pgettext_lazy("inbound", "Accepted")
        REJECTED = "rejected", pgettext_lazy("inbound", "Refused")
        IGNORED = "ignored", _("Nothing to do")
        FAILED = "failed", _("Failed here")
        THROTTLED = "throttled", _("Too many")
        WAITING = "waiting", pgettext_lazy("inbound", "Waits its turn")

    source = models.ForeignKey(Source, models.CASCADE, related_name="inbound", db_index=False)
    received_at = models.DateTimeField(default=now)
    method = models.CharField(max_length=8, default="POST")
    content_type = models.CharField(max_length=200, blank=True)
    headers = models.JSONField(default=dict)
    address = models.CharField(max_length=45, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    body = models.BinaryField(null=True)
    digest = models.CharField(max_length=64, blank=True, default="")
    is_cut = models.BooleanField(default=False)
    hour = models.DateTimeField(null=True)
    bodies = models.PositiveBigIntegerField(default=1)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.RECEIVED)
    reason = models.CharField(max_length=500, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    made = models.JSONField(default=list)
    milliseconds = models.PositiveIntegerField(null=True)
    replays = models.PositiveSmallIntegerField(default=0)
    replayed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "inbound"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "hour"], condition=Q(hour__isnull=False), name="inbound_one_line_an_hour"
            )
        ]
        indexes = [
            models.Index(fields=["source", "-id"], name="inbound_log"),
            models.Index(fields=["source", "outcome", "-id"], name="inbound_outcome"),
            models.Index(fields=["received_at"], name="inbound_age"),
        ]

    def __str__(self):
        return f"{self.source_id} {self.pk}"

    @property
    def is_replayable(self) -> bool:
        """Is the body here, all of it, and nobody about to deal with it?"""
        return self.body is not None and not self.is_cut and self.outcome != self.Outcome.WAITING
