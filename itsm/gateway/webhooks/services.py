"""Everything that changes webhooks. One function, one transaction, one audit entry; a secret is given once, by whoever made it."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError, NotAllowed, StaleVersion
from itsm.core.folding import fold
from itsm.escalation.models import PolicyStep
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import processes

from . import events, queueing, reaching, signing, steps, telling
from .models import Delivery, Webhook

FIELDS = ("code", "name", "organisation_id", "url", "allow_private", "events", "kinds", "priorities")
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")
MOST_WEBHOOKS = 200
MOST_REPLAYED = 10_000
OVERLAPS_HOURS = (0, 1, 24, 24 * 7)
OVERLAP_HOURS = 24
State = Delivery.State


def may_open_private(user: User) -> bool:
    """Only who administers everything decides that something inside the network is called."""
    scope = scope_of(user)
    if scope.everything:
        return True
    return scope.may("settings.manage") and set(directory.get().organisations) <= set(scope.organisations)


@transaction.atomic
def create_webhook(*, actor: User, teams: list[int] | None = None, **values) -> tuple[Webhook, str]:
    """A new webhook and its secret, which cannot be read again."""
    if Webhook.objects.count() >= MOST_WEBHOOKS:
        raise DomainError(_("There are %(n)s webhooks already. Delete one first.") % {"n": MOST_WEBHOOKS})
    secret = signing.new_secret()
    webhook = Webhook(created_by=actor, sealed=signing.sealed(secret))
    _put(
        webhook,
        {"code": values.get("code") or _free_code(values.get("name", "")), **_without_empty_code(values)},
        actor,
    )
    _save(webhook, force_insert=True)
    webhook.teams.set(_checked_teams(teams or [], actor))
    log.write("webhook.created", webhook, actor=actor, data=told(webhook))
    versions.bump("webhooks")
    return webhook, secret


@transaction.atomic
def change_webhook(
    pk: int, *, actor: User, teams: list[int] | None = None, version: int | None = None, **values
) -> Webhook:
    """Change what it is told, or where. StaleVersion when somebody was faster."""
    webhook = _locked(pk)
    if version is not None and version != webhook.version:
        raise StaleVersion(data={"version": webhook.version})
    before = told(webhook)
    if values.get("code", webhook.code) != webhook.code and called_by(webhook):
        raise DomainError(_("A policy calls this webhook: change the policy first."), field="code")
    _put(webhook, _without_empty_code(values), actor)
    webhook.version += 1
    if webhook.url != before["url"]:  # another receiver: what the one before did says nothing about it
        webhook.failures, webhook.failing_since, webhook.rests_until = 0, None, None
    _save(webhook)
    if teams is not None:
        webhook.teams.set(_checked_teams(teams, actor))
    after = told(webhook)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    log.write("webhook.changed", webhook, actor=actor, changes=changes)
    versions.bump("webhooks")
    return webhook


@transaction.atomic
def switch_on(pk: int, *, actor: User) -> Webhook:
    """It is told again, from now on."""
    webhook = _locked(pk)
    if webhook.off:
        webhook.off, webhook.failures, webhook.failing_since, webhook.rests_until = "", 0, None, None
        webhook.save(update_fields=["off", "failures", "failing_since", "rests_until"])
        log.write("webhook.switched_on", webhook, actor=actor)
        versions.bump("webhooks")
        queueing.wake()
    return webhook


@transaction.atomic
def switch_off(pk: int, *, actor: User) -> Webhook:
    """It is told nothing more; what waits for it counts as failed, and may be replayed."""
    webhook = _locked(pk)
    if not webhook.off:
        _switch_off(webhook, Webhook.Off.BY_HAND, actor)
    return webhook


def switch_off_by_itself(webhook: Webhook, why: str) -> None:
    """The receiver is gone, or failed for days: its administrators are told. Inside the caller's transaction and lock."""
    _switch_off(webhook, why, None)
    telling.tell_switched_off(webhook)


def _switch_off(webhook: Webhook, why: str, actor: User | None) -> None:
    webhook.off = why
    webhook.save(update_fields=["off"])
    waiting = Delivery.objects.filter(webhook=webhook, state=State.QUEUED)
    steps_of_plans = list(waiting.filter(event=events.TASK))
    waiting.update(state=State.FAILED, error="off", next_at=None, settled_at=now())
    for each in steps_of_plans:
        each.state, each.error = State.FAILED, "off"
        steps.settled(each)
    log.write("webhook.switched_off", webhook, actor=actor, data={"why": why})
    versions.bump("webhooks")


@transaction.atomic
def rotate_secret(pk: int, *, actor: User, overlap_hours: int = OVERLAP_HOURS) -> tuple[Webhook, str]:
    """A new secret, given once. For the overlap messages carry a signature by each of the two."""
    if overlap_hours not in OVERLAPS_HOURS:
        raise DomainError(_("Choose how long the secret before goes on signing."), field="overlap_hours")
    webhook = _locked(pk)
    secret = signing.new_secret()
    webhook.previous_sealed = webhook.sealed if overlap_hours else ""
    webhook.previous_until = now() + timedelta(hours=overlap_hours) if overlap_hours else None
    webhook.sealed = signing.sealed(secret)
    webhook.save(update_fields=["sealed", "previous_sealed", "previous_until"])
    log.write("webhook.secret_rotated", webhook, actor=actor, data={"overlap_hours": overlap_hours})
    return webhook, secret


@transaction.atomic
def delete_webhook(pk: int, *, actor: User) -> None:
    """Gone, with its log."""
    webhook = _locked(pk)
    if called_by(webhook):
        raise DomainError(_("A policy calls this webhook: change the policy first."))
    log.write("webhook.deleted", webhook, actor=actor, data=told(webhook))
    webhook.delete()
    versions.bump("webhooks")


@transaction.atomic
def ping(pk: int, *, actor: User) -> Delivery:
    """A test message; the caller sends it (`sending.send_one`)."""
    webhook = _locked(pk)
    log.write("webhook.pinged", webhook, actor=actor)
    return queueing.ping(webhook)


@transaction.atomic
def replay(webhook_id: int, delivery_id: int, *, actor: User) -> Delivery:
    """Send a message again, with all its attempts before it and the same message id."""
    webhook = _locked(webhook_id)
    _must_be_on(webhook)
    rows = Delivery.objects.select_for_update(no_key=True)
    delivery = rows.get(pk=delivery_id, webhook=webhook)
    if delivery.next_at is None:
        _again(Delivery.objects.filter(pk=delivery.pk), webhook)
        log.write("webhook.replayed", webhook, actor=actor, data={"message": delivery.message_id})
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def replay_failed(pk: int, *, actor: User, since: datetime) -> int:
    """Send again what failed since an instant, oldest first. Returns how many; at most `MOST_REPLAYED` a call."""
    webhook = _locked(pk)
    _must_be_on(webhook)
    failed = Delivery.objects.filter(webhook=webhook, state=State.FAILED, created_at__gte=since)
    ids = list(failed.order_by("pk").values_list("pk", flat=True)[:MOST_REPLAYED])
    count = _again(Delivery.objects.filter(pk__in=ids, state=State.FAILED), webhook)
    log.write("webhook.replayed", webhook, actor=actor, data={"since": since.isoformat(), "count": count})
    return count


def _again(rows, webhook: Webhook) -> int:
    count = rows.update(state=State.QUEUED, attempts=0, next_at=now(), settled_at=None)
    Webhook.objects.filter(pk=webhook.pk).update(rests_until=None)
    queueing.wake()
    return count


def _must_be_on(webhook: Webhook) -> None:
    if webhook.off:
        raise DomainError(_("The webhook is switched off: switch it on first."))


def called_by(webhook: Webhook) -> list[str]:
    """Codes of the escalation policies that call it."""
    steps = PolicyStep.objects.filter(actions__contains=[{"do": "webhook", "webhook": webhook.code}])
    return sorted(set(steps.values_list("policy__code", flat=True)))


def told(webhook: Webhook) -> dict:
    """A webhook as the audit keeps it: never its secret."""
    teams = sorted(webhook.teams.values_list("code", flat=True)) if webhook.pk else []
    return {name: getattr(webhook, name) for name in FIELDS} | {"teams": teams}


def forget_deliveries(days: int) -> int:
    """Drop settled deliveries made more than `days` ago: their bodies hold words of people."""
    old = Delivery.objects.filter(created_at__lt=now() - timedelta(days=days), next_at=None)
    gone, _rows = old.delete()
    return gone


def _locked(pk: int) -> Webhook:
    """Lock order: the webhook, then its messages; who notes what came of one (`sending`) keeps to it too."""
    return Webhook.objects.select_for_update(no_key=True).get(pk=pk)


def _without_empty_code(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "code" or value}


def _put(webhook: Webhook, values: dict[str, Any], actor: User) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"Not of a webhook: {', '.join(sorted(unknown))}.")
    if values.get("allow_private", webhook.allow_private) != webhook.allow_private and not may_open_private(actor):
        raise NotAllowed(
            _("Only who administers everything lets a webhook into the private network."), field="allow_private"
        )
    if webhook.allow_private and values.get("url", webhook.url) != webhook.url and not may_open_private(actor):
        raise NotAllowed(
            _("Only who administers everything changes the address of a webhook into the private network."), field="url"
        )
    for name, value in values.items():
        setattr(webhook, name, value)
    webhook.name = " ".join(webhook.name.split())[:120]
    if not webhook.name:
        raise DomainError(_("Give the webhook a name."), field="name")
    if not CODE.fullmatch(webhook.code):
        raise DomainError(_("Capital letters, digits and hyphens only."), field="code")
    webhook.url = reaching.checked_url(webhook.url, allow_private=webhook.allow_private)
    scope = scope_of(actor)
    if webhook.organisation_id not in directory.get().organisations or not (
        scope.everything or webhook.organisation_id in scope.organisations
    ):
        raise DomainError(_("Choose an organisation that you administer."), field="organisation")
    _check_filters(webhook)


def _check_filters(webhook: Webhook) -> None:
    webhook.events = list(dict.fromkeys(webhook.events))
    webhook.kinds, webhook.priorities = sorted(set(webhook.kinds)), sorted(set(webhook.priorities))
    for each in webhook.events:
        if not events.is_known(each):
            raise DomainError(_("This event is not known: %(name)s.") % {"name": each[:60]}, field="events")
    known = {process.kind for process in processes.all_processes()}
    if not set(webhook.kinds) <= known:
        raise DomainError(_("This kind of ticket is not known."), field="kinds")
    if not set(webhook.priorities) <= {1, 2, 3, 4, 5}:
        raise DomainError(_("Priorities go from 1 to 5."), field="priorities")


def _checked_teams(teams: list[int], actor: User) -> list[int]:
    rows, scope = directory.get().teams, scope_of(actor)
    for pk in teams:
        if pk not in rows or not (scope.everything or rows[pk].organisation_id in scope.organisations):
            raise DomainError(_("Choose teams of organisations that you administer."), field="teams")
    return teams


def _save(webhook: Webhook, **how) -> None:
    taken = Webhook.objects.filter(code=webhook.code).exclude(pk=webhook.pk)
    if taken.exists():
        raise DomainError(_("This code is taken."), field="code")
    try:
        with transaction.atomic():
            webhook.save(**how)
    except IntegrityError as error:
        raise DomainError(_("This code is taken."), field="code") from error


def _free_code(name: str) -> str:
    """A code made from the name."""
    stem = re.sub(r"[^A-Z0-9]+", "-", fold(name).upper()).strip("-")[:32].strip("-") or "WEBHOOK"
    taken = set(Webhook.objects.filter(Q(code=stem) | Q(code__startswith=f"{stem}-")).values_list("code", flat=True))
    return next(code for code in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if code not in taken)
