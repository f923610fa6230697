"""Queue a mail: rendered at once in the reader's language, kept in the send log, sent by the worker."""

import uuid
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.translation import override

from itsm.audit import log
from itsm.core import now
from itsm.people.directory import directory
from itsm.people.models import User

from . import nudging, rhythm
from .models import Message, Preference
from .texts import one_line, storable

MAX_AN_HOUR = 60


def language_of(user: User | None) -> str:
    """The person's language, else that of the organisation, else the product's."""
    if user is None:
        return settings.LANGUAGE_CODE
    row = directory.get().organisations.get(user.organisation_id)
    return user.language or (row.language if row else "") or settings.LANGUAGE_CODE


def mail_domain() -> str:
    """The right half of our Message-IDs: the host that people know us by."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def queue(
    *, key: str, template: str, context: dict, user: User | None = None, address: str = "", language: str = "",
    record=None, withhold: str = "",
) -> Message | None:  # fmt: skip
    """Put one mail in the send log; None when this `key` is already there.

    What must not go out is kept with the reason: `withhold` (a key of `texts.REASONS`) or what the rules here find.
    Templates: `mail/<template>.subject.txt`, `.txt` and `.html`.
    """
    if Message.objects.filter(key=key).exists():
        return None
    address = (address or (user.email if user else "")).strip()
    language = language or language_of(user)
    subject, text, html = render(template, {**context, "recipient": user}, language)
    reason = withhold or withheld(user, address, template)
    at = now()
    leaves = rhythm.When(at) if reason else rhythm.when(user, template, getattr(record, "pk", record), at)
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "to_user": user, "to_address": address[:254], "language": language, "template": template,
            "subject": subject[:300], "body_text": text, "body_html": html, "record_id": getattr(record, "pk", record),
            "message_id": f"<{uuid.uuid4().hex}@{mail_domain()}>", "next_try_at": leaves.at, "created_at": at,
            "held": leaves.held, "reason": reason or rhythm.HELD_REASONS.get(leaves.held, ""),
            "state": Message.State.WITHHELD if reason else Message.State.QUEUED,
        },
    )  # fmt: skip
    return message if created else None


def render(template: str, context: dict, language: str) -> tuple[str, str, str]:
    """Subject, text and HTML in that language. The subject is one line, whatever a title holds."""
    with override(language):
        context = {**context, "public_url": settings.PUBLIC_URL, "language": language}
        subject = render_to_string(f"mail/{template}.subject.txt", context)
        text = render_to_string(f"mail/{template}.txt", context)
        html = render_to_string(f"mail/{template}.html", context)
    return one_line(subject), text.strip() + "\n", html


def withheld(user: User | None, address: str, template: str, *, count: bool = True) -> str:
    """Why this mail does not go out; empty when it does. Without `count` nobody asks how many others there are."""
    if not address:
        return "no_address"
    try:
        validate_email(address)
    except ValidationError:
        return "bad_address"
    if user is not None and not user.is_active:
        return "inactive"
    if user is not None and Preference.objects.filter(user=user, template=template, email=False).exists():
        return "preference"
    if not count:
        return ""
    recent = Message.objects.filter(to_address=address, created_at__gt=now() - timedelta(hours=1))
    if recent.exclude(state=Message.State.WITHHELD).count() >= MAX_AN_HOUR:
        return "too_many"
    return ""


@transaction.atomic
def retry(pk: int, *, actor: User) -> Message:
    """Queue a failed message again, with all its attempts before it. Http404 when it has not failed."""
    rows = Message.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    message = get_object_or_404(rows, pk=pk, state=Message.State.FAILED)
    message.state, message.attempts, message.next_try_at = Message.State.QUEUED, 0, now()
    message.save(update_fields=["state", "attempts", "next_try_at"])
    log.write("message.retried", message, actor=actor, data={"reason": message.reason[:500]})
    transaction.on_commit(lambda: nudging.ask("send_messages"))
    return message


@transaction.atomic
def mark_bounced(pk: int, *, reason: str) -> bool:
    """A server reports that a mail of ours did not arrive. False when that is known already."""
    message = Message.objects.select_for_update(no_key=True).get(pk=pk)
    if message.state == Message.State.BOUNCED:
        return False
    message.state, message.reason = Message.State.BOUNCED, storable(reason)[:2000]
    message.save(update_fields=["state", "reason"])
    return True


def forget_old(days: int) -> int:
    """Drop messages made more than `days` ago, but none that is still to be sent."""
    old = Message.objects.filter(created_at__lt=now() - timedelta(days=days))
    gone, _rows = old.exclude(state__in=[Message.State.QUEUED, Message.State.SENDING]).delete()
    return gone
