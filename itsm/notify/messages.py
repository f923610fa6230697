"""Queue a mail: rendered at once in the reader's language, kept in the send log, sent by the worker."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from itsm.core import now
from itsm.people.directory import directory
from itsm.people.models import User

from .models import Message, Preference

MAX_AN_HOUR = 60


def language_of(user: User | None) -> str:
    """The person's language, else that of the organisation, else the product's."""
    if user is None:
        return settings.LANGUAGE_CODE
    row = directory.get().organisations.get(user.organisation_id)
    return user.language or (row.language if row else settings.LANGUAGE_CODE)


def queue(
    *, key: str, template: str, context: dict, user: User | None = None, address: str = "", language: str = "",
    record=None, withhold: str = "",
) -> Message | None:  # fmt: skip
    """Put one mail in the send log; None when this `key` is already there. What must not go out is kept, with the reason.

    Templates: `mail/<template>.subject.txt`, `.txt` and `.html`.
    """
    address = address or (user.email if user else "")
    language = language or language_of(user)
    if Message.objects.filter(key=key).exists():
        return None
    with override(language):
        context = {**context, "recipient": user, "public_url": settings.PUBLIC_URL, "language": language}
        subject = " ".join(render_to_string(f"mail/{template}.subject.txt", context).split())
        text = render_to_string(f"mail/{template}.txt", context).strip() + "\n"
        html = render_to_string(f"mail/{template}.html", context)
    reason = withhold or _withheld(user, address, template)
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "to_user": user, "to_address": address[:254], "language": language, "template": template,
            "subject": subject[:300], "body_text": text, "body_html": html, "record_id": getattr(record, "pk", record),
            "message_id": f"<{uuid.uuid4().hex}@{settings.PUBLIC_URL.split('//')[-1].split(':')[0]}>",
            "state": Message.State.WITHHELD if reason else Message.State.QUEUED, "reason": reason, "next_try_at": now(),
        },
    )  # fmt: skip
    return message if created else None


def _withheld(user: User | None, address: str, template: str) -> str:
    """Why this mail does not go out; empty when it does."""
    if not address:
        return "no_address"
    if user is not None and not user.is_active:
        return "inactive"
    if user is not None and Preference.objects.filter(user=user, template=template, email=False).exists():
        return "preference"
    recent = Message.objects.filter(to_address=address, created_at__gt=now() - timedelta(hours=1))
    if recent.exclude(state=Message.State.WITHHELD).count() >= MAX_AN_HOUR:
        return "too_many"
    return ""
