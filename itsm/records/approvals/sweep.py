"""Reminders and deadlines of questions. Due ones come from their partial index; each is done once, under its record's lock.

Workers side by side skip what another one holds; a second sweep finds nothing left; a killed worker leaves all as it was.
"""

import logging

from django.db import transaction

from itsm.core import now

from .. import moves
from ..models import Approval, Record
from . import services

logger = logging.getLogger(__name__)
LIMIT = 500


def sweep(limit: int = LIMIT) -> int:
    """Do what is due now, oldest first; how many questions were reminded of or expired. One that fails holds up no other."""
    due = Approval.objects.filter(state="pending", next_step_at__lte=now()).order_by("next_step_at", "id")
    done = 0
    for pk, record_pk in list(due.values_list("pk", "record_id")[:limit]):
        try:
            done += _step(pk, record_pk)
        except Exception:
            logger.exception("The deadline of the question %s could not be dealt with.", pk)
    return done


@transaction.atomic
def _step(pk: int, record_pk: int) -> bool:
    record = Record.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(pk=record_pk).first()
    if record is None:
        return False
    at = now()
    approval = Approval.objects.select_related("run").filter(pk=pk, state="pending", next_step_at__lte=at).first()
    if approval is None:
        return False
    if approval.due_at and approval.due_at <= at:
        services.expire(record, approval, at=at)
        return True
    approval.next_step_at = approval.due_at
    approval.save(update_fields=["next_step_at"])
    data = {"approval": approval.pk, "person": approval.approver_id}
    moves.tell(record, "approval_reminded", "approval.reminded", actor=None, data=data, at=at)
    return True
