"""What people do with a call beside speaking: begin one without an exchange, say who it is, attach it."""

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.records.numbering import next_number

from . import audited, ending, hooks, locking, matching, numbers, presence
from .models import PREFIX, Call, CallQueue, Operator
from .models.calls import Direction, State

S = Operator.State


@transaction.atomic
def start_by_hand(
    *,
    actor,
    from_number: str = "",
    caller=None,
    direction: str = "in",
    organisation=None,
    queue: CallQueue | None = None,
) -> Call:
    """ "I have someone on the line": a call without an exchange, answered by who says so."""
    at = now()
    operator = presence.operator_of(actor)
    mine = presence.locked([operator.pk])[operator.pk] if operator else None
    if mine is not None and mine.state == S.IN_CALL:
        raise IllegalMove(_("End the call that you are in first."))
    organisation = organisation or (queue.organisation if queue else None) or actor.organisation
    if organisation is None:
        raise DomainError(_("Choose the organisation whose switchboard takes the call."), field="organisation")
    number = numbers.clean(from_number, organisation_id=organisation.pk)
    if not number and caller is not None:
        number = caller.phone or caller.mobile
    call = Call(
        number=next_number(PREFIX), organisation=organisation, direction=direction, started_at=at, answered_at=at, state=State.IN_PROGRESS,
        language=organisation.language, queue=queue, operator=mine,
        **({"to_number": number} if direction == Direction.OUT else {"from_number": number}),
    )  # fmt: skip
    if caller is not None:
        matching.name(call, caller)
    matching.recognise(call)
    ending.keep(call, at)
    if mine is not None:
        if mine.state == S.RINGING and mine.call_id:
            raise IllegalMove(_("A call rings at your place: answer it first."))
        presence.takes(mine, call, at)
    hooks.moved(call, "rang")
    return audited.done(call, "answered", actor, by_hand=True)


@transaction.atomic
def say_who(call: Call, *, caller, actor) -> Call:
    """The operator has recognised the caller; the next call from this number knows."""
    call = locking.locked(call)
    matching.name(call, caller)
    ending.keep(call)
    if call.party:
        matching.forget(call.party, call.organisation_id)
    return audited.done(call, "recognised", actor, person=getattr(caller, "pk", None))
