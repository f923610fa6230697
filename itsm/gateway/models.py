"""Keys to the REST interface, and the memory that makes a repeated POST harmless."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now

from .events.models import EventMapping
from .mail.models import InboundMail, Mailbox
from .sources.models import Inbound, Source
from .webhooks.models import Delivery, Webhook

__all__ = [
    "ApiToken",
    "Delivery",
    "EventMapping",
    "IdempotencyKey",
    "Inbound",
    "InboundMail",
    "Mailbox",
    "Source",
    "TokenScope",
    "Webhook",
]


class TokenScope(models.TextChoices):
    """What a token may do, beside what its person may."""

    READ = "read", _("Read")
    WRITE = "write", _("Change")


class ApiToken(models.Model):
    """A secret that acts as its person. Only its digest is kept; the prefix tells people which one it is."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, editable=False)
    prefix = models.CharField(max_length=12, editable=False)
    scopes = ArrayField(models.CharField(max_length=10, choices=TokenScope), default=list)
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="token_digest_unique")]

    def __str__(self):
        return f"{self.prefix}… {self.name}"


class IdempotencyKey(models.Model):
    """The answer already given to a POST. `status` is empty only inside the transaction that does the work."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    target = models.CharField(max_length=300)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    response = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once"),
            models.CheckConstraint(condition=~Q(key=""), name="idempotency_key_not_empty"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self):
        return self.key
