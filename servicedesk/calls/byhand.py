"""What people do with a call beside speaking: begin one without an exchange, say who it is, attach it."""

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.records.models import Record
from itsm.records.numbering import next_number

from . import acting, ending, hooks, matching, numbers, presence
from .models import PREFIX, Call, CallLink, CallQueue, Operator
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
        acting.name(call, caller)
    acting.recognise(call)
    ending.keep(call, at)
    if mine is not None:
        if mine.state == S.RINGING and mine.call_id:
            raise IllegalMove(_("A call rings at your place: answer it first."))
        acting.takes(mine, call, at)
    hooks.moved(call, "rang")
    return acting.done(call, "answered", actor, by_hand=True)


@transaction.atomic
def say_who(call: Call, *, caller, actor) -> Call:
    """The operator has recognised the caller; the next call from this number knows."""
    call = acting.locked(call)
    acting.name(call, caller)
    ending.keep(call)
    if call.party:
        matching.forget(call.party, call.organisation_id)
    return acting.done(call, "recognised", actor, person=getattr(caller, "pk", None))


@transaction.atomic
def attach(call: Call, *, record: Record, how: str, actor) -> CallLink:
    """The call is about this record, or has opened it. A second time changes nothing."""
    call = acting.locked(call)
    link, made = CallLink.objects.get_or_create(
        call=call, record=record, defaults={"how": how, "by": actor, "at": now()}
    )
    if made:
        ending.keep(call)
        acting.done(call, "attached", actor, record=record.number, how=how)
    return link


@transaction.atomic
def attach_major(call: Call, *, major: Record, actor=None) -> CallLink:
    """The caller is concerned by a major incident: counted, and told when all is well. No new investigation."""
    call = acting.locked(call)
    link = acting.register(call, major.pk, actor)
    ending.keep(call)
    acting.done(call, "attached", actor, record=major.number, how=CallLink.How.MAJOR)
    return link
