"""The one door for a raw mail. Each mail is dealt with once, and whatever it is, something is written down about it.

The act and its line in the log are one transaction: a collector that is killed leaves both or neither, and the next one, which
finds the mail still in the box, does it or knows it. What goes wrong inside is undone, and the mail is quarantined with the reason.
"""

import logging

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext_noop

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify.texts import storable
from itsm.people.houses import same_house
from itsm.people.models import User

from . import acting, judging, letters
from .acting import Case, Done
from .letters import Letter
from .models import InboundMail, Mailbox, raw_path

logger = logging.getLogger(__name__)
Outcome = InboundMail.Outcome
HEAD_BYTES = 64 * 1024
MOST_TAKEN_UP, MOST_TRIES = 100, 3
FAILED_HERE = gettext_noop("The product could not deal with it: %(name)s")
AS_BEFORE = gettext_noop("The same mail came before")
KILLER = gettext_noop("Reading this mail stopped the collector three times")


def take_in(
    raw: bytes, mailbox: Mailbox, *, uid: int | None = None, uid_validity: int | None = None, size: int | None = None
) -> InboundMail:
    """Deal with one mail. `raw` may be only the beginning of it, `size` is then that of the whole.

    The same message of the server twice gives the line of the log that there is; the same mail as another message a line that says so.
    Raises only when the database cannot be reached.
    """
    size = len(raw) if size is None else size
    too_big = size if size > mailbox.most_bytes else 0
    if too_big:
        raw = raw[:HEAD_BYTES]
    letter = letters.read(raw)
    if too_big:
        letter.files = []
        if letter.sender:
            letter.problem = None
    place = {"uid": uid, "uid_validity": uid_validity}
    key = letters.key_of(letter, raw)
    for last in (False, True):
        try:
            return _take_in(letter, key, raw, mailbox, too_big, size, place)
        except (OperationalError, InterfaceError):
            raise
        except IntegrityError as error:  # somebody made the same contact at the same moment: once more
            if last:
                return _give_up(letter, key, raw, mailbox, size, place, error)
        except Exception as error:
            return _give_up(letter, key, raw, mailbox, size, place, error)
    raise AssertionError("not reached")


def quarantine_unread(mailbox: Mailbox, *, uid: int, uid_validity: int, size: int) -> InboundMail:
    """A mail that cannot be looked at without harm: only that it is there."""
    row, _made = InboundMail.objects.get_or_create(
        mailbox=mailbox, uid=uid, uid_validity=uid_validity,
        defaults={"key": f"unread-{uid_validity}-{uid}", "size": size, "outcome": Outcome.QUARANTINED, "reason": KILLER},
    )  # fmt: skip
    return row


@transaction.atomic
def again(pk: int, *, forced_by: User | None = None) -> InboundMail:
    """Deal once more with a mail that is kept. `forced_by`: a record is opened from it whatever speaks against it."""
    row = InboundMail.objects.select_related("mailbox").select_for_update(no_key=True, of=("self",)).get(pk=pk)
    raw = raw_of(row)
    letter = letters.read(raw)
    if forced_by and not letter.subject and not letter.text:
        letter.text = raw[:20_000].decode("utf-8", "replace").replace("\0", "")
    too_big = row.size if row.size > row.mailbox.most_bytes else 0
    try:
        with transaction.atomic():
            done = acting.deal_with(Case(letter, row.mailbox, forced_by=forced_by, too_big=too_big))
    except DomainError as error:
        done = Done(Outcome.QUARANTINED, acting.REFUSED, {"words": str(error.message)[:300]})
    _fill(row, done)
    row.tries += 1
    row.save(update_fields=["outcome", "reason", "values", "record", "comment", "person", "opened_at", "tries"])
    return row


def take_up(mailbox: Mailbox, limit: int = MOST_TAKEN_UP) -> int:
    """Deal with mails that wait their turn, oldest first, as far as there is room. How many were dealt with.

    One that cannot be dealt with goes to the quarantine and holds up no other.
    """
    done, full = 0, set()
    waiting = InboundMail.objects.filter(mailbox=mailbox, outcome=Outcome.DEFERRED).order_by("pk")
    for pk, sender, tries in list(waiting.values_list("pk", "sender", "tries")[: 10 * limit]):
        domain = judging.domain_of(sender)
        if done == limit or domain in full:
            continue
        stop = judging.crowd(sender, mailbox)
        if stop and stop.reason == judging.BOX_FULL:
            break
        if stop:
            full.add(domain)
            continue
        # Committed before the mail is touched, as for one that comes in: one that kills its reader does so three times.
        InboundMail.objects.filter(pk=pk).update(tries=tries + 1)
        try:
            if tries > MOST_TRIES:
                _quarantine(pk, KILLER, {})
            else:
                again(pk)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.warning("A mail of mailbox %s is quarantined: %s", mailbox.pk, type(error).__name__, exc_info=error)
            _quarantine(pk, FAILED_HERE, {"name": type(error).__name__})
        done += 1
    return done


def _quarantine(pk: int, reason: str, values: dict) -> None:
    InboundMail.objects.filter(pk=pk).update(outcome=Outcome.QUARANTINED, reason=reason, values=values)


def raw_of(row: InboundMail) -> bytes:
    """The bytes of a mail; empty when they are not kept any more."""
    if not row.raw:
        return b""
    try:
        with row.raw.open("rb") as file:
            return file.read()
    except OSError:
        return b""


@transaction.atomic
def _take_in(
    letter: Letter, key: str, raw: bytes, mailbox: Mailbox, too_big: int, size: int, place: dict
) -> InboundMail:
    _lock(key)
    there = _there(mailbox, place)
    if there:
        return there
    first = _first(key, mailbox)
    if first:
        values = {"record_id": first.record_id, "person_id": first.person_id}
        return _row(letter, key, mailbox, size, place, outcome=Outcome.DUPLICATE, reason=AS_BEFORE, **values)
    done = acting.deal_with(Case(letter, mailbox, too_big=too_big))
    row = _row(letter, key, mailbox, size, place, save=False)
    _fill(row, done)
    _keep(row, raw)
    row.save(force_insert=True)
    return row


def _give_up(
    letter: Letter, key: str, raw: bytes, mailbox: Mailbox, size: int, place: dict, error: Exception
) -> InboundMail:
    """Nothing was done: kept with what went wrong."""
    logger.warning("A mail of mailbox %s is quarantined: %s", mailbox.pk, type(error).__name__, exc_info=error)
    words = str(error.message) if isinstance(error, DomainError) else type(error).__name__
    done = Done(Outcome.QUARANTINED, FAILED_HERE, {"name": storable(words)[:300]})
    with transaction.atomic():
        _lock(key)
        there = (
            _there(mailbox, place)
            or InboundMail.objects.filter(mailbox=mailbox, key=key).exclude(outcome=Outcome.DUPLICATE).first()
        )
        if there:
            return there
        row = _row(letter, key, mailbox, size, place, save=False)
        _fill(row, done)
        _keep(row, raw)
        row.save(force_insert=True)
    return row


def _lock(key: str) -> None:
    """One at a time for the same mail, in whichever mailboxes it arrives."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(key[:15], 16)])


def _there(mailbox: Mailbox, place: dict) -> InboundMail | None:
    if place["uid"] is None:
        return None
    return InboundMail.objects.filter(mailbox=mailbox, **place).first()


def _first(key: str, mailbox: Mailbox) -> InboundMail | None:
    """The same mail, here or in another mailbox of the same house."""
    rows = (
        InboundMail.objects.filter(key=key).exclude(outcome=Outcome.DUPLICATE).select_related("mailbox").order_by("pk")
    )
    return next(
        (
            row for row in rows
            if row.mailbox_id == mailbox.pk or same_house(row.mailbox.organisation_id, mailbox.organisation_id)
        ),
        None,
    )  # fmt: skip


def _row(
    letter: Letter, key: str, mailbox: Mailbox, size: int, place: dict, *, save: bool = True, **values
) -> InboundMail:
    row = InboundMail(
        mailbox=mailbox, key=key, message_id=storable(letter.message_id)[:200], sender=storable(letter.sender)[:254],
        sender_name=storable(letter.sender_name)[:150], subject=storable(letter.subject)[:500], size=size, **place, **values,
    )  # fmt: skip
    if save:
        row.save(force_insert=True)
    return row


def _fill(row: InboundMail, done: Done) -> None:
    row.outcome, row.reason, row.values = done.outcome, storable(done.reason)[:500], done.values
    row.opened_at = now() if done.outcome == Outcome.OPENED else row.opened_at
    row.record_id, row.comment_id, row.person_id = (
        getattr(each, "pk", None) for each in (done.record, done.comment, done.person)
    )


def _keep(row: InboundMail, raw: bytes) -> None:
    name = raw_path(row, "")
    if default_storage.exists(name):
        if default_storage.size(name) == len(raw):
            row.raw.name = name
            return
        default_storage.delete(name)  # who wrote it died in the middle
    row.raw.name = default_storage.save(name, ContentFile(raw))
