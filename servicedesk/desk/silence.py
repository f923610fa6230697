"""What a record of the desk does when its requester does not answer: a reminder, and in the end a resolution of its own kind."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.records import moves
from itsm.records.models import Record

from .desks import desk_of


def remind(pk: int, nth: int, of: int, at: datetime) -> None:
    """Told in the timeline; the mail follows from the outbox."""
    with moves.apply(Record, pk, "alert", actor=None, at=at) as change:
        change.note(reminder=nth, reminders=of)
        change.topic = "record.reminded"
        change.verb = "reminded"


def give_up(pk: int, code_id: int, at: datetime) -> bool:
    """Resolve for want of an answer. A parent is not: its children wait for other people, so its leader decides."""
    ticket = Record.objects.get(pk=pk)
    desk = desk_of(ticket)
    with override(ticket.language):
        if ticket.child_count:
            desk.services.alert(
                pk, actor=None, at=at, reason=_("The requester does not answer, and other tickets hang on it.")
            )
            return False
        text = _("We had no answer from you. Reopen the ticket if you still need us.")
        with moves.apply(desk.model, pk, "resolve", actor=None, at=at) as change:
            change.set(resolution_code_id=code_id, resolution=text, resolved_by=None)
            change.note(automatic=True, resolution=text)
    return True
