"""What mailboxes know for the mails that leave: which mails of the reader they answer, and where an answer is collected."""

from itsm.notify.models import Message
from itsm.notify.threads import THREADS, Thread
from itsm.people.directory import directory

from .models import InboundMail, Mailbox

MOST = 10


def thread_of(message: Message) -> Thread:
    """The mails that its reader sent about the record, and the mailbox of the record."""
    mine = InboundMail.objects.filter(record_id=message.record_id, sender=message.to_address.lower())
    known = list(
        mine.exclude(message_id="")
        .exclude(outcome=InboundMail.Outcome.DUPLICATE)
        .order_by("-pk")
        .values_list("message_id", flat=True)[:MOST]
    )
    return Thread(tuple(reversed(known)), _address(message))


def _address(message: Message) -> str:
    """The mailbox that the record came through, else the one of its organisation, of its kind first."""
    boxes = list(Mailbox.objects.filter(active=True).order_by("pk"))
    if not boxes:
        return ""
    came = (
        InboundMail.objects.filter(record_id=message.record_id)
        .order_by("pk")
        .values_list("mailbox_id", flat=True)
        .first()
    )
    by_id = {box.pk: box for box in boxes}
    if came in by_id:
        return by_id[came].address
    row = directory.get().organisations.get(message.record.organisation_id)
    for organisation in row.lineage if row else ():
        near = [box for box in boxes if box.organisation_id == organisation]
        if near:
            return next((box for box in near if box.kind == message.record.kind), near[0]).address
    return ""


def register() -> None:
    """Tell the sender of mails."""
    THREADS.add("mailboxes", thread_of)
