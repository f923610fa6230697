"""Sources are made, given new tokens and revoked here. A token is given once, as an address, by whoever made it."""

import secrets
from copy import copy
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError
from itsm.core.reference import cached
from itsm.gateway import tokens
from itsm.gateway.doors import DOORS, Door
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of

from .models import Inbound, Source

MOST_SOURCES = 500
SOURCES = "sources"
OVERLAPS_HOURS = (0, 1, 24, 24 * 7)
OVERLAP_HOURS = 24
# What was understood is needed for less time than what was not.
ACCEPTED_BODY_DAYS = 7


def url_of(door: Door, token: str) -> str:
    """The address that a system is given."""
    return f"{settings.PUBLIC_URL}/{door.address}/{token}/"


@transaction.atomic
def create_source(
    *, actor: User, kind: str, name: str, organisation_id: int, rate_per_minute: int | None = None
) -> tuple[Source, str]:
    """A new source and its secret address, which cannot be read again."""
    door = DOORS.find(kind)
    if door is None:
        raise DomainError(_("Nothing here understands this kind of source."), field="kind")
    name = " ".join(name.split())[:120]
    if not name:
        raise DomainError(_("Give the source a name."), field="name")
    _check_organisation(organisation_id, actor)
    rate = rate_per_minute or door.rate_per_minute
    if not 1 <= rate <= 100_000:
        raise DomainError(_("A source sends 1 to 100,000 bodies a minute."), field="rate_per_minute")
    if Source.objects.filter(revoked_at=None).count() >= MOST_SOURCES:
        raise DomainError(_("There are %(n)s sources already. Revoke one first.") % {"n": MOST_SOURCES})
    token = _token()
    source = Source.objects.create(
        kind=kind, name=name, organisation_id=organisation_id, rate_per_minute=rate, created_by=actor,
        digest=tokens.digest(token), prefix=token[:6],
    )  # fmt: skip
    _changed()
    data = {"kind": kind, "organisation": organisation_id, "rate_per_minute": rate}
    log.write("source.created", source, actor=actor, data=data)
    return source, url_of(door, token)


@transaction.atomic
def rotate_token(pk: int, *, actor: User, overlap_hours: int = OVERLAP_HOURS) -> tuple[Source, str]:
    """A new address, given once; for the overlap the one before opens too."""
    if overlap_hours not in OVERLAPS_HOURS:
        raise DomainError(_("Choose how long the address before goes on working."), field="overlap_hours")
    source = _locked(pk)
    door = DOORS.find(source.kind)
    if door is None or not source.active:
        raise DomainError(_("This source is revoked, or nothing here understands it any more."))
    token = _token()
    source.previous_digest = source.digest if overlap_hours else ""
    source.previous_until = now() + timedelta(hours=overlap_hours) if overlap_hours else None
    source.digest, source.prefix = tokens.digest(token), token[:6]
    source.save(update_fields=["digest", "prefix", "previous_digest", "previous_until"])
    _changed()
    log.write("source.token_rotated", source, actor=actor, data={"overlap_hours": overlap_hours})
    return source, url_of(door, token)


@transaction.atomic
def revoke_source(pk: int, *, actor: User) -> Source:
    """Its address opens nothing any more; its log stays for as long as logs are kept."""
    source = _locked(pk)
    if source.active:
        source.revoked_at = now()
        source.previous_digest, source.previous_until = "", None
        source.save(update_fields=["revoked_at", "previous_digest", "previous_until"])
        _changed()
        log.write("source.revoked", source, actor=actor)
    return source


@transaction.atomic
def change_source(pk: int, *, actor: User, name: str | None = None, rate_per_minute: int | None = None) -> Source:
    """Another name, another limit."""
    source = _locked(pk)
    before = {"name": source.name, "rate_per_minute": source.rate_per_minute}
    if name is not None:
        source.name = " ".join(name.split())[:120]
        if not source.name:
            raise DomainError(_("Give the source a name."), field="name")
    if rate_per_minute is not None:
        if not 1 <= rate_per_minute <= 100_000:
            raise DomainError(_("A source sends 1 to 100,000 bodies a minute."), field="rate_per_minute")
        source.rate_per_minute = rate_per_minute
    source.save(update_fields=["name", "rate_per_minute"])
    _changed()
    changes = {k: [v, getattr(source, k)] for k, v in before.items() if v != getattr(source, k)}
    if changes:
        log.write("source.changed", source, actor=actor, changes=changes)
    return source


def find(kind: str, token: str) -> Source | None:
    """The live source behind a token, for this kind only."""
    digest = tokens.digest(token)
    known = _live.get().get(digest)
    if known is not None:
        # A copy: what is kept must not gather rows that grow old with it.
        return copy(known) if known.kind == kind and (digest == known.digest or known.previous_until > now()) else None
    mine = Q(digest=digest) | Q(previous_digest=digest, previous_until__gt=now())
    return Source.objects.filter(mine, kind=kind, revoked_at=None).first()


@cached(SOURCES)
def _live() -> dict[str, Source]:
    """All that are not revoked, by the digests that open them: a storm asks for the same one with each post."""
    rows = Source.objects.filter(revoked_at=None)
    return {digest: row for row in rows for digest in (row.digest, row.previous_digest) if digest}


def _changed() -> None:
    """What is kept of sources is out of date: here at once, in other processes within a second."""
    versions.bump(SOURCES)
    _live.forget()


def forget_inbound(days: int) -> int:
    """Drop what came in more than `days` ago, and after a week the bodies of what was understood or too many."""
    at = now()
    old = at - timedelta(days=min(days, ACCEPTED_BODY_DAYS))
    done = Inbound.objects.filter(
        received_at__lt=old, outcome__in=["accepted", "ignored", "throttled"], body__isnull=False
    )
    done.update(body=None)
    gone, _rows = Inbound.objects.filter(received_at__lt=at - timedelta(days=days)).delete()
    return gone


def _token() -> str:
    return secrets.token_urlsafe(24)


def _locked(pk: int) -> Source:
    return Source.objects.select_for_update(no_key=True).get(pk=pk)


def _check_organisation(pk: int, actor: User) -> None:
    scope = scope_of(actor)
    if pk not in directory.get().organisations or not (scope.everything or pk in scope.organisations):
        raise DomainError(_("Choose an organisation that you administer."), field="organisation")
