"""Mailboxes are made, changed and switched off here, and quarantined mails are decided on. Administrators only (checked at the edge)."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, sealing
from itsm.core.errors import DomainError, StaleVersion
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import processes
from itsm.records.models import Category

from . import intake
from .imap import PURPOSE
from .models import InboundMail, Mailbox

Outcome = InboundMail.Outcome
MOST_MAILBOXES = 100
PLAIN = (
    "name", "address", "host", "port", "security", "login", "folder", "processed_folder", "quarantine_folder", "kind", "language",
    "ended", "ended_days", "keep_assignee", "unknown", "machines", "copies_follow", "most_an_hour", "most_of_domain",
    "most_of_box", "most_bytes", "authserv",
)  # fmt: skip
PLACE = ("host", "port", "login", "folder")
# Of what was quarantined or stopped an administrator may still make something.
DISCARDABLE = (Outcome.QUARANTINED, Outcome.FLOOD, Outcome.DEFERRED)
OPEN_OUTCOMES = (Outcome.QUARANTINED, Outcome.FLOOD, Outcome.DEFERRED, Outcome.MACHINE, Outcome.AUTO_REPLY)


@transaction.atomic
def create_mailbox(
    *, actor: User, organisation_id: int, password: str, team_id=None, category_id=None, **values
) -> Mailbox:
    """A new mailbox; it is collected from now on."""
    if Mailbox.objects.count() >= MOST_MAILBOXES:
        raise DomainError(_("There are %(n)s mailboxes already.") % {"n": MOST_MAILBOXES})
    mailbox = Mailbox(created_by=actor, sealed=sealing.seal(password, purpose=PURPOSE))
    _set(mailbox, actor, organisation_id, team_id, category_id, values)
    _save(mailbox)
    log.write("mailbox.created", mailbox, actor=actor, data={"host": mailbox.host, "login": mailbox.login})
    return mailbox


@transaction.atomic
def change_mailbox(
    pk: int, *, actor: User, version: int | None = None, organisation_id: int, password: str = "", team_id=None, category_id=None,
    **values,
) -> Mailbox:  # fmt: skip
    """Other settings; an empty password leaves the one that is kept. Another folder is read from its beginning."""
    mailbox = _locked(pk)
    if version is not None and version != mailbox.version:
        raise StaleVersion
    before = _plain(mailbox)
    _set(mailbox, actor, organisation_id, team_id, category_id, values)
    if password:
        mailbox.sealed = sealing.seal(password, purpose=PURPOSE)
    changes = {name: [old, new] for name, new in _plain(mailbox).items() if (old := before[name]) != new}
    if any(name in changes for name in PLACE):
        mailbox.uid_validity, mailbox.last_uid, mailbox.error, mailbox.error_since, mailbox.failures = (
            None,
            0,
            "",
            None,
            0,
        )
    mailbox.version += 1
    _save(mailbox)
    if changes or password:
        data = {"password": "changed"} if password else {}
        log.write("mailbox.changed", mailbox, actor=actor, changes=changes, data=data)
    return mailbox


@transaction.atomic
def switch(pk: int, *, actor: User, on: bool) -> Mailbox:
    """Collect it, or no longer."""
    mailbox = _locked(pk)
    if mailbox.active != on:
        mailbox.active = on
        if on:
            mailbox.error, mailbox.error_since, mailbox.failures = "", None, 0
        mailbox.save(update_fields=["active", "error", "error_since", "failures"])
        log.write("mailbox.switched_on" if on else "mailbox.switched_off", mailbox, actor=actor)
    return mailbox


@transaction.atomic
def try_again(pk: int, *, actor: User) -> InboundMail:
    """Deal with a quarantined mail once more, by the rules as they are now."""
    row = _still_kept(_undecided(pk, Outcome.QUARANTINED))
    done = intake.again(row.pk)
    log.write("mail.tried_again", row, actor=actor, data={"outcome": done.outcome})
    return done


@transaction.atomic
def make_ticket(pk: int, *, actor: User) -> InboundMail:
    """Open a ticket from a mail that was kept back, whatever the reason was."""
    row = _still_kept(_undecided(pk, *OPEN_OUTCOMES))
    done = intake.again(row.pk, forced_by=actor)
    log.write(
        "mail.made_ticket",
        row,
        actor=actor,
        data={"outcome": done.outcome, "record": done.record and done.record.number},
    )
    return done


@transaction.atomic
def discard(pk: int, *, actor: User) -> InboundMail:
    """Nothing is to be made of it; it stays in the log for as long as mails are kept."""
    row = _undecided(pk, *DISCARDABLE)
    row.outcome = Outcome.DISCARDED
    row.save(update_fields=["outcome"])
    log.write("mail.discarded", row, actor=actor)
    return row


def forget(raw_days: int, log_days: int) -> int:
    """Drop the bytes of old mails, and who wrote what in older ones; that a mail came, and which, stays: it must not act twice."""
    at = now()
    settled = (
        InboundMail.objects.exclude(raw="")
        .exclude(outcome=Outcome.DEFERRED)
        .filter(received_at__lt=at - timedelta(days=raw_days))
    )
    old = settled.exclude(outcome=Outcome.QUARANTINED) | settled.filter(received_at__lt=at - timedelta(days=log_days))
    gone = 0
    for row in old.order_by("pk")[:5000]:
        default_storage.delete(row.raw.name)
        InboundMail.objects.filter(pk=row.pk).update(raw="")
        gone += 1
    named = InboundMail.objects.filter(received_at__lt=at - timedelta(days=log_days)).exclude(
        sender="", subject="", reason=""
    )
    named = named.exclude(outcome=Outcome.DEFERRED)
    still = Case(When(outcome=Outcome.QUARANTINED, then=Value(Outcome.DISCARDED)), default=F("outcome"))
    named.update(sender="", sender_name="", subject="", reason="", values={}, outcome=still)
    return gone


def _undecided(pk: int, *outcomes: str) -> InboundMail:
    row = InboundMail.objects.select_for_update(no_key=True).get(pk=pk)
    if row.outcome not in outcomes:
        raise DomainError(_("This mail has been dealt with in the meantime."))
    return row


def _still_kept(row: InboundMail) -> InboundMail:
    if not intake.raw_of(row):
        raise DomainError(_("The mail itself is not kept any more."))
    return row


def _locked(pk: int) -> Mailbox:
    return Mailbox.objects.select_for_update(no_key=True).get(pk=pk)


def _set(mailbox: Mailbox, actor: User, organisation_id: int, team_id, category_id, values: dict) -> None:
    unknown = set(values) - set(PLAIN)
    if unknown:
        raise ValueError(f"Not a setting of a mailbox: {', '.join(sorted(unknown))}.")
    scope = scope_of(actor)
    if organisation_id not in directory.get().organisations or not (
        scope.everything or organisation_id in scope.organisations
    ):
        raise DomainError(_("Choose an organisation that you administer."), field="organisation")
    if values.get("kind", mailbox.kind) not in processes.PROCESSES:
        raise DomainError(_("Choose what a mail opens."), field="kind")
    if team_id and team_id not in directory.get().teams:
        raise DomainError(_("This team does not exist (any more)."), field="team")
    if category_id and not Category.objects.filter(pk=category_id).exists():
        raise DomainError(_("This category does not exist (any more)."), field="category")
    for name, value in values.items():
        setattr(mailbox, name, value.strip() if isinstance(value, str) else value)
    mailbox.organisation_id, mailbox.team_id, mailbox.category_id = organisation_id, team_id, category_id
    for name in ("name", "host", "folder", "login", "address"):
        if not getattr(mailbox, name):
            raise DomainError(_("Fill this in."), field=name)
    if mailbox.processed_folder and mailbox.processed_folder == mailbox.folder:
        raise DomainError(_("Choose another folder than the one that is collected."), field="processed_folder")
    if mailbox.quarantine_folder and mailbox.quarantine_folder == mailbox.folder:
        raise DomainError(_("Choose another folder than the one that is collected."), field="quarantine_folder")


def _save(mailbox: Mailbox) -> None:
    try:
        with transaction.atomic():
            mailbox.save()
    except IntegrityError as error:
        raise DomainError(_("This folder is collected by another mailbox already."), field="folder") from error


def _plain(mailbox: Mailbox) -> dict:
    named = {name: getattr(mailbox, name) for name in PLAIN}
    return named | {"organisation": mailbox.organisation_id, "team": mailbox.team_id, "category": mailbox.category_id}
