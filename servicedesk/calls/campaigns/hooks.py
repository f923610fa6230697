"""The address of a gateway for texts, or of a robot that calls and reads aloud: kept by administrators, called with signed JSON."""

import http.client
import json
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, sealing
from itsm.core.errors import DomainError, NotAllowed, StaleVersion
from itsm.gateway.webhooks import reaching, signing
from itsm.gateway.webhooks.services import may_open_private
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from .models import ContactHook

PURPOSE = "contact-hooks"
FINAL = frozenset({400, 401, 403, 404, 405, 410, 413, 422})


@dataclass(frozen=True)
class Outcome:
    """What came of one contact. `final`: another try on this channel is of no use. `placed`: a call rings, its answer comes later."""

    good: bool
    detail: str = ""
    final: bool = False
    placed: bool = False


def of(kind: str, organisation_id: int) -> ContactHook | None:
    """The hook of this organisation, or of the nearest one above it."""
    row = directory.get().organisations.get(organisation_id)
    line = list(row.lineage) if row else [organisation_id]
    rows = ContactHook.objects.filter(kind=kind, is_active=True, organisation_id__in=line)
    return min(rows, key=lambda each: line.index(each.organisation_id), default=None)


@transaction.atomic
def save(
    pk: int | None, *, actor, organisation, kind: str, url: str, allow_private: bool = False, idempotent: bool = False, is_active: bool = True,
    version: int | None = None,
) -> tuple[ContactHook, str]:  # fmt: skip
    """A hook, new or changed, and its secret where it is new: it cannot be read again."""
    scope = scope_of(actor)
    if not scope.may("settings.manage") or not (scope.everything or organisation.pk in scope.organisations):
        raise NotAllowed(_("Only an administrator of this organisation does this."))
    if allow_private and not may_open_private(actor):
        raise NotAllowed(_("Only an administrator of everything lets an address inside the private network be called."))
    secret = ""
    if pk is None:
        if ContactHook.objects.filter(organisation=organisation, kind=kind).exists():
            raise DomainError(_("This organisation has one already: change that one."), field="kind")
        secret = signing.new_secret()
        hook = ContactHook(organisation=organisation, kind=kind, sealed=sealing.seal(secret, purpose=PURPOSE))
    else:
        hook = ContactHook.objects.select_for_update(no_key=True).get(pk=pk)
        if version is not None and version != hook.version:
            raise StaleVersion(data={"version": hook.version})
        hook.version += 1
    before = _told(hook)
    hook.url = reaching.checked_url(url, allow_private=allow_private)
    hook.allow_private, hook.idempotent, hook.is_active, hook.fault = allow_private, idempotent, is_active, ""
    hook.save()
    after = _told(hook)
    log.write(
        "contact_hook.saved", ("contact hook", hook.pk, f"{hook.kind} {organisation.code}"), actor=actor,
        changes={name: [before[name], after[name]] for name in after if before[name] != after[name]},
    )  # fmt: skip
    return hook, secret


@transaction.atomic
def rotate(pk: int, *, actor) -> tuple[ContactHook, str]:
    """A new secret; the one before signs nothing any more."""
    hook = ContactHook.objects.visible_to(actor).select_for_update(no_key=True, of=("self",)).get(pk=pk)
    secret = signing.new_secret()
    hook.sealed, hook.version = sealing.seal(secret, purpose=PURPOSE), hook.version + 1
    hook.save(update_fields=["sealed", "version"])
    log.write("contact_hook.rotated", ("contact hook", hook.pk, f"{hook.kind}"), actor=actor)
    return hook, secret


def _told(hook: ContactHook) -> dict:
    names = ("url", "allow_private", "idempotent", "is_active")
    return {name: getattr(hook, name) for name in names}


def send(hook: ContactHook, *, key: str, to: str, text: str, language: str, sender: str = "") -> Outcome:
    """Hand one message over. The key is in the header `Idempotency-Key` and in the body; a repeated one is the same message."""
    try:
        secret = sealing.unseal(hook.sealed, purpose=PURPOSE)
    except sealing.Unreadable:
        return _noted(
            hook, Outcome(False, _("The secret was sealed with another SECRET_KEY: give the hook a new one."))
        )
    body = json.dumps(
        {"id": key, "kind": hook.kind, "to": to, "text": text, "language": language, "from": sender}, ensure_ascii=False
    ).encode()
    headers = signing.headers(key, body, [secret], now()) | {"Idempotency-Key": key}
    try:
        answer = reaching.post(hook.url, body, headers, allow_private=hook.allow_private)
    except (reaching.Refused, OSError, http.client.HTTPException) as error:
        return _noted(hook, Outcome(False, f"{type(error).__name__}: {error}"[:300]))
    if 200 <= answer.status < 300:
        return _noted(hook, _understood(hook, answer))
    return _noted(hook, Outcome(False, f"HTTP {answer.status} {answer.text}"[:300], final=answer.status in FINAL))


ANSWERED = frozenset({"answered", "delivered", "done"})
UNANSWERED = frozenset({"no_answer", "busy", "rejected", "failed"})


def _understood(hook: ContactHook, answer: reaching.Answer) -> Outcome:
    """A robot that calls may say at once what came of the call; else its answer is told by the exchange."""
    if hook.kind == ContactHook.Kind.SMS:
        return Outcome(True)
    try:
        said = json.loads(answer.body or b"{}")
        result = str(said.get("result", "")) if isinstance(said, dict) else ""
    except (ValueError, RecursionError):
        result = ""
    if result in UNANSWERED:
        return Outcome(False, result)
    return Outcome(True, result, placed=result not in ANSWERED)


def _noted(hook: ContactHook, outcome: Outcome) -> Outcome:
    """Administrators see when it was last used, and what was wrong; written only when that changes, or once a minute."""
    at, fault = now(), "" if outcome.good else outcome.detail[:300]
    if fault != hook.fault or hook.last_at is None or (at - hook.last_at).total_seconds() > 60:
        ContactHook.objects.filter(pk=hook.pk).update(last_at=at, fault=fault)
        hook.last_at, hook.fault = at, fault
    return outcome
