"""Secrets in addresses: the link of a call that answers without signing in, and the calendar of one's shifts."""

import hashlib
import secrets

from django.core import signing
from django.db import transaction

from itsm.audit import log
from itsm.core import now
from itsm.people.models import User

from .models import Feed, PageCall

SALT = "on-call"
HOURS = 24


def call_token(call: PageCall) -> str:
    """What answers this one call for the person who was called, for a day."""
    return signing.dumps(call.pk, salt=SALT)


def call_of(token: str) -> PageCall | None:
    """The call of a token; None when it is not ours or out of date."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=HOURS * 3600)
    except signing.BadSignature:
        return None
    return (
        PageCall.objects.select_related("page__record", "page__chain", "user")
        .filter(pk=pk, user__is_active=True)
        .first()
    )


@transaction.atomic
def renew_feed(user: User, *, actor: User) -> str:
    """A new secret address for the person's shifts, shown once; the one before is dead."""
    token = secrets.token_urlsafe(32)
    Feed.objects.update_or_create(user=user, defaults={"digest": _digest(token), "made_at": now()})
    log.write("person.shift_feed_renewed", user, actor=actor)
    return token


@transaction.atomic
def end_feed(user: User, *, actor: User) -> None:
    """Nobody reads the shifts without signing in any more."""
    gone, _rows = Feed.objects.filter(user=user).delete()
    if gone:
        log.write("person.shift_feed_ended", user, actor=actor)


def person_of(token: str) -> User | None:
    """Whose calendar a secret address is."""
    return User.objects.filter(shift_feed__digest=_digest(token), is_active=True).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
