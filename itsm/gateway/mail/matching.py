"""Which record a mail belongs to: by the ids of mails that went to and fro, then by a number in the subject.

Both can be guessed or copied, so they only propose: whether the sender may add to the record is asked of the record.
"""

import re

from django.db.models.functions import Lower

from itsm.notify.messages import mail_domain
from itsm.notify.models import Message
from itsm.people.houses import same_house
from itsm.people.models import User
from itsm.records import processes
from itsm.records.models import Record

from .letters import Letter
from .models import InboundMail, Mailbox

MOST_MERGES = 20


def record_of(letter: Letter) -> Record | None:
    """The record that the mail answers, as it says; merged ones as they are."""
    return _by_ids(letter.references) or _by_number(letter.subject)


def standing(record: Record) -> Record:
    """Where the work goes on: what the record was merged into, and that again."""
    for _step in range(MOST_MERGES):
        if record.merged_into_id is None:
            break
        record = Record.objects.get(pk=record.merged_into_id)
    return record


def person_of(letter: Letter, mailbox: Mailbox) -> User | None:
    """Who has the sender's address; of several the one of the mailbox's house."""
    found = list(people_at([letter.sender]).order_by("-is_active", "pk")[:20])
    near = [each for each in found if each.is_active and same_house(each.organisation_id, mailbox.organisation_id)]
    return next(iter(near or found), None)


def people_at(addresses: list[str]):
    """People with one of these addresses (in small letters), however theirs is written."""
    return User.objects.alias(address=Lower("email")).filter(address__in=addresses)


def _by_ids(ids: list[str]) -> Record | None:
    if not ids:
        return None
    found = dict(
        Message.objects.filter(message_id__in=ids, record__isnull=False)
        .order_by("pk")
        .values_list("message_id", "record")
    )
    found |= dict(
        InboundMail.objects.filter(message_id__in=ids, record__isnull=False)
        .order_by("-pk")
        .values_list("message_id", "record")
    )
    domain = f"@{mail_domain()}>"
    for each in ids:
        if each in found:
            return Record.objects.filter(pk=found[each]).first()
        if each.endswith(domain):
            record = _numbered(each[1 : -len(domain)])
            if record:
                return record
    return None


def _by_number(subject: str) -> Record | None:
    prefixes = "|".join(sorted(process.prefix for process in processes.all_processes()))
    for each in re.findall(rf"\b(?:{prefixes})[0-9]{{7,12}}\b", subject.upper())[:5]:
        record = _numbered(each)
        if record:
            return record
    return None


def _numbered(number: str) -> Record | None:
    return Record.objects.filter(number=number).first() if len(number) <= 20 else None
