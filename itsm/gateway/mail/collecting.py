"""Empty the mailboxes. One collector a mailbox at a time, no mail stops another, and one that is killed is followed by the next.

A mail is first taken in (one transaction), then moved away: what was taken in and not yet moved is known by its number and only moved.
"""

import contextlib
import logging
import time
from collections.abc import Iterator

from django.db import connection
from django.db.models import F
from django.utils import timezone

from itsm.audit import log
from itsm.core import now
from itsm.notify import notices
from itsm.people.administrators import administrators_of

from . import imap, intake
from .models import InboundMail, Mailbox

logger = logging.getLogger(__name__)
LOCK = 0x4D41494C
MOST_SECONDS, MOST_MAILS = 45, 500
MOST_TRIES, TELL_AFTER = 3, 3
Outcome = InboundMail.Outcome


def collect(pk: int) -> int:
    """Take in what lies in the mailbox. Returns how many mails were dealt with; 0 too when another collector is at it."""
    mailbox = Mailbox.objects.filter(pk=pk, active=True).first()
    if mailbox is None:
        return 0
    with _alone(pk) as ours:
        if not ours:
            return 0
        taken_up = intake.take_up(mailbox)
        try:
            with imap.open_box(mailbox) as box:
                done = taken_up + _empty(mailbox, box)
        except imap.Refused as refused:
            _failed(mailbox, str(refused))
            return taken_up
        _tell_of_crowd(mailbox)
        Mailbox.objects.filter(pk=pk).update(collected_at=now(), error="", error_since=None, failures=0)
    return done


def probe(mailbox: Mailbox) -> int:
    """Sign in and count what lies in the folder. Refused, with the server's words, when that does not work."""
    with imap.open_box(mailbox) as box:
        return box.count()


def _empty(mailbox: Mailbox, box: imap.Box) -> int:
    validity, until, done = box.validity, time.monotonic() + MOST_SECONDS, 0
    if mailbox.uid_validity != validity:
        if mailbox.uid_validity is not None:
            logger.warning("Mailbox %s is numbered anew by its server", mailbox.pk)
        mailbox.uid_validity, mailbox.last_uid, mailbox.busy_uid, mailbox.busy_tries = validity, 0, None, 0
        mailbox.save(update_fields=["uid_validity", "last_uid", "busy_uid", "busy_tries"])
    # Where mails stay in the folder, those up to the last one are done; else what is in the folder is to be done.
    stays = not mailbox.processed_folder
    seen: set[int] = set()
    while done < MOST_MAILS and time.monotonic() < until:
        uids = [uid for uid in box.uids(mailbox.last_uid if stays else 0) if uid not in seen]
        if not uids:
            break
        known = dict(
            InboundMail.objects.filter(mailbox=mailbox, uid_validity=validity, uid__in=uids).values_list(
                "uid", "outcome"
            )
        )
        for uid in uids:
            seen.add(uid)
            outcome = known.get(uid) or _one(mailbox, box, uid, validity)
            if outcome:
                _put_away(mailbox, box, uid, outcome)
            mailbox.last_uid = max(mailbox.last_uid, uid)
            done += 1
            if time.monotonic() > until:
                break
        Mailbox.objects.filter(pk=mailbox.pk).update(last_uid=mailbox.last_uid, busy_uid=None, busy_tries=0)
        mailbox.busy_uid = None
    return done


def _one(mailbox: Mailbox, box: imap.Box, uid: int, validity: int) -> str | None:
    tries = mailbox.busy_tries if mailbox.busy_uid == uid else 0
    # Committed before the mail is touched: who finds it standing knows that it killed a collector.
    Mailbox.objects.filter(pk=mailbox.pk).update(busy_uid=uid, busy_tries=tries + 1)
    if tries >= MOST_TRIES:
        mailbox.busy_uid = None
        return intake.quarantine_unread(mailbox, uid=uid, uid_validity=validity, size=0).outcome
    found = box.fetch(uid, mailbox.most_bytes, intake.HEAD_BYTES)
    if found is None:
        return None
    return intake.take_in(found.raw, mailbox, uid=uid, uid_validity=validity, size=found.size).outcome


def _put_away(mailbox: Mailbox, box: imap.Box, uid: int, outcome: str) -> None:
    quarantined = outcome == Outcome.QUARANTINED
    folder = (quarantined and mailbox.quarantine_folder) or mailbox.processed_folder
    if folder:
        box.move(uid, folder)
    else:
        box.mark_read(uid)


@contextlib.contextmanager
def _alone(pk: int) -> Iterator[bool]:
    """A lock that the database gives back by itself when its holder is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, pk])
        [ours] = cursor.fetchone()
    try:
        yield ours
    finally:
        if ours:
            with (
                contextlib.suppress(Exception),
                connection.cursor() as cursor,
            ):  # a broken connection has lost it anyway
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, pk])


def _tell_of_crowd(mailbox: Mailbox) -> None:
    """Administrators learn once a day that mails of a mailbox wait their turn."""
    row = InboundMail.objects.filter(mailbox=mailbox, outcome=Outcome.DEFERRED).order_by("-pk").first()
    if row is None:
        return
    people = [person.pk for person in administrators_of(mailbox.organisation_id)]
    notices.tell(
        f"mailbox_crowded-{mailbox.pk}-{timezone.localdate(now())}", people, "mailbox_crowded", data={"title": mailbox.name},
        url=f"/settings/mailboxes/{mailbox.pk}/?outcome={Outcome.DEFERRED}",
    )  # fmt: skip


def _failed(mailbox: Mailbox, words: str) -> None:
    """Keep the server's words, and since when; administrators are told once it is more than a hiccup."""
    since = mailbox.error_since or now()
    Mailbox.objects.filter(pk=mailbox.pk).update(error=words, error_since=since, failures=F("failures") + 1)
    logger.warning("Mailbox %s cannot be collected (%s times)", mailbox.pk, mailbox.failures + 1)
    if mailbox.failures + 1 == TELL_AFTER:
        people = [person.pk for person in administrators_of(mailbox.organisation_id)]
        key, data = (
            f"mailbox_failing-{mailbox.pk}-{int(since.timestamp())}",
            {"title": mailbox.name, "reason": words[:200]},
        )
        notices.tell(key, people, "mailbox_failing", data=data, url=f"/settings/mailboxes/{mailbox.pk}/")
        log.write("mailbox.failing", mailbox, actor=None, data={"words": words[:500]})
