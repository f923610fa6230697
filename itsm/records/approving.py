"""The end of the approvals of a record. Who is asked, in which stages, with which quorum: `approvals`, by the rule of the process."""

from datetime import datetime

from django.utils.translation import gettext as _

from itsm.core.errors import IllegalMove

from . import moves, processes
from .models import Approval, ApprovalRun, Record
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
        run = ApprovalRun.objects.filter(record_id=pk).order_by("-pk").first()
        # With a rule its stages have counted; without one nobody may have refused.
        refused = run.state != ApprovalRun.State.GRANTED if run else {State.REFUSED, State.EXPIRED} & {*states}
        if refused:
            raise IllegalMove(_("%(number)s was not approved.") % {"number": change.record.number})
        change.note(approvals=states.count(State.APPROVED))
    return change.record
