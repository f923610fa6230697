"""Call-backs: who called within hours and was not answered is owed one, and so is who asked for it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove

from . import audited, ending, locking, presence, refusals, ringing
from .models import Call
from .models.calls import LIVE, State

MOST_TRIES = 3


@transaction.atomic
def owe_call_back(call: Call, *, at: datetime | None = None, actor=None) -> Call:
    """The caller is to be called back, from `at` on. A caller who waits stops waiting."""
    call, moment = locking.locked(call), now()
    if call.answered_at is not None and actor is None:
        return call
    if not call.party:
        raise DomainError(_("There is no number to call back."))
    if call.state in LIVE and call.answered_at is None:
        ringing.let_go(call, moment)
        call.ended_at, call.overflow_at = max(moment, call.started_at), None
        if actor is None:  # offered by the switchboard and taken: nobody gave up
            call.handled_by = Call.Handled.MENU
    elif call.state in LIVE:
        raise refusals.illegal(call)
    call.call_back_at, call.call_back_waived, call.state = at or moment, False, State.CALL_BACK
    ending.keep(call, moment)
    return audited.done(call, "call_back_owed", actor)


@transaction.atomic
def take_call_back(call: Call, *, actor) -> Call:
    """An operator will call; nobody else does meanwhile. Whoever has it may be relieved by taking it again."""
    call = locking.locked(call)
    if call.state != State.CALL_BACK:
        raise refusals.illegal(call)
    operator = presence.operator_of(actor)
    if operator is None:
        raise DomainError(_("Only operators of the switchboard call back."))
    if call.call_back_by_id not in (None, operator.pk):
        raise IllegalMove(_("%(name)s calls back already.") % {"name": call.call_back_by.person})
    call.call_back_by = operator
    ending.keep(call)
    return audited.done(call, "call_back_taken", actor)


@transaction.atomic
def call_back_done(call: Call, *, actor, reached: bool) -> Call:
    """Spoken to, it is closed; not reached, it stays due, until it has been tried often enough."""
    call = locking.locked(call)
    if call.state != State.CALL_BACK:
        raise refusals.illegal(call)
    call.call_back_tries = min(call.call_back_tries + 1, 100)
    call.call_back_by = None
    if reached or call.call_back_tries >= MOST_TRIES:
        call.state, call.call_back_waived = State.CLOSED, True
    ending.keep(call)
    return audited.done(call, "call_back_done", actor, reached=reached, tries=call.call_back_tries)
