"""The end of the approvals of a record. Who is asked, in which stages, with which quorum: that is for the process that asks."""

from datetime import datetime

from django.utils.translation import gettext as _

from itsm.core.errors import IllegalMove

from . import moves, processes
from .models import Approval, Record
from .promises import APPROVE

State = Approval.State


def grant(pk: int, *, actor, at: datetime | None = None) -> Record:
    """All approvals of a record are given: it moves on, and the clocks that waited for that start, through the one door.

    A process calls it when its rules say so, and at the opening where nobody needs to be asked; questions that nobody needs
    to answer any more it has withdrawn before. IllegalMove while one is open or refused, and the second time.
    """
    process = processes.get(Record.objects.values_list("kind", flat=True).get(pk=pk))
    with moves.apply(process.model, pk, APPROVE, actor=actor, at=at) as change:
        states = list(Approval.objects.filter(record_id=pk).values_list("state", flat=True))
        if State.PENDING in states:
            raise IllegalMove(_("Somebody has still to approve %(number)s.") % {"number": change.record.number})
        if State.REFUSED in states or State.EXPIRED in states:
            raise IllegalMove(_("%(number)s was not approved.") % {"number": change.record.number})
        change.note(approvals=states.count(State.APPROVED))
    return change.record
