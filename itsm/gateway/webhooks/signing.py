"""Signatures as Standard Webhooks has them: HMAC-SHA256 over id, instant and body, one for each secret that is in force."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from itsm.core import sealing

from .models import Webhook

PREFIX, PURPOSE, BYTES = "whsec_", "webhooks", 32


def new_secret() -> str:
    """A fresh secret as people copy it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def sealed(secret: str) -> str:
    """The secret as it is kept."""
    return sealing.seal(secret, purpose=PURPOSE)


def secrets_of(webhook: Webhook, at: datetime) -> list[str]:
    """The secrets that sign now, the newest first: two while a rotation overlaps. Raises sealing.Unreadable."""
    found = [webhook.sealed]
    if webhook.previous_sealed and webhook.previous_until and webhook.previous_until > at:
        found.append(webhook.previous_sealed)
    return [sealing.unseal(each, purpose=PURPOSE) for each in found]


def headers(message_id: str, body: bytes, keys: list[str], at: datetime) -> dict[str, str]:
    """What a message carries so that its receiver can tell that it is ours, whole, and of now."""
    stamp = str(int(at.timestamp()))
    signed = f"{message_id}.{stamp}.".encode() + body
    return {
        "webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": " ".join(_sign(key, signed) for key in keys),
    }  # fmt: skip


def _sign(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
