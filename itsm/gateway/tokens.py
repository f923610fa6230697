"""Making, checking and revoking API tokens. The secret is shown once; nothing here writes while answering a request."""

import copy
import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError
from itsm.people.models import User

from .models import ApiToken, TokenScope

PREFIX = "vigie_"
TRUST_SECONDS = 15
USED = "tokens:used"
MOST_TOKENS = 50


@dataclass(frozen=True)
class Bearer:
    """Who a token stands for, and what it may do."""

    token_id: int
    user: User
    scopes: frozenset[str]
    expires_at: datetime | None


_known: dict[str, tuple[str, float, Bearer]] = {}


def digest(secret: str) -> str:
    """What is kept of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_token(*, actor: User, name: str, scopes=(), expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new token for `actor` and its secret, which cannot be read again. Without scopes it may read and change."""
    name = " ".join(name.split())
    if not name:
        raise DomainError(_("Give the token a name, so that you recognise it."), field="name")
    if expires_at is not None and expires_at <= now():
        raise DomainError(_("The expiry must be in the future."), field="expires_at")
    live = ApiToken.objects.filter(user=actor, revoked_at=None).count()
    if live >= MOST_TOKENS:
        raise DomainError(_("You have %(count)s tokens. Revoke one first.") % {"count": live}, field="name")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=actor, name=name[:100], digest=digest(secret), prefix=secret[:12], expires_at=expires_at,
        scopes=sorted(set(scopes) or set(TokenScope.values)),
    )  # fmt: skip
    log.write("token.created", token, actor=actor, kind="token", data={"scopes": token.scopes})
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: User) -> None:
    """The token opens nothing any more, in every process."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now()):
        log.write("token.revoked", token, actor=actor, kind="token")
        versions.bump("tokens")


def find(secret: str) -> Bearer | None:
    """The bearer of a live token. Trusted in this process for some seconds, unless any token was revoked since."""
    key, version = digest(secret), versions.current("tokens")
    kept = _known.get(key)
    if kept is None or kept[0] != version or time.monotonic() - kept[1] > TRUST_SECONDS:
        bearer = _load(key)
        if bearer is None:
            _known.pop(key, None)
            return None
        if len(_known) > 5000:
            _known.clear()
        kept = _known[key] = (version, time.monotonic(), bearer)
    bearer = kept[2]
    if bearer.expires_at and bearer.expires_at <= now():
        return None
    _note_use(bearer.token_id)
    return Bearer(bearer.token_id, copy.copy(bearer.user), bearer.scopes, bearer.expires_at)


def forget_all() -> None:
    """Drop what this process remembers of tokens."""
    _known.clear()
    _noted.clear()


def _load(key: str) -> Bearer | None:
    token = ApiToken.objects.select_related("user").filter(digest=key, revoked_at=None, user__is_active=True).first()
    return token and Bearer(token.pk, token.user, frozenset(token.scopes), token.expires_at)


_noted: dict[int, float] = {}


def _note_use(token_id: int) -> None:
    """Say in the cache, at most once a minute a process, that a token was used; `flush_uses` writes it down."""
    if time.monotonic() - _noted.get(token_id, -60.0) < 60:
        return
    _noted[token_id] = time.monotonic()
    try:
        used = cache.get(USED) or {}
        used[token_id] = now()
        cache.set(USED, used, timeout=None)
    except Exception:  # noqa: S110 - a lost "last used" is no reason to refuse a request
        pass


def flush_uses() -> int:
    """Write down when tokens were last used. Returns how many."""
    used = cache.get(USED) or {}
    cache.delete(USED)
    for token_id, at in used.items():
        ApiToken.objects.filter(pk=token_id).update(last_used_at=at)
    return len(used)
