"""Orders to an exchange: click to call. The row is made here; the exchange is told after the commit, by a worker, once."""

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.records.numbering import next_number

from . import acting, ending, numbers, presence
from .models import PREFIX, Call, Exchange, Operator
from .models.calls import Direction, State

S = Operator.State
ORDER_SECONDS = 30


@transaction.atomic
def originate(*, actor, number: str, call: Call | None = None, caller=None) -> Call:
    """Have the exchange ring the operator's telephone, then this number. `call` is the one that this call answers.

    Without an exchange that takes orders the call is by hand: the operator dials, and the row counts the time.
    """
    operator = presence.operator_of(actor)
    if operator is None:
        raise DomainError(_("Only operators of the switchboard call from here."))
    earlier = acting.locked(call) if call is not None else None
    mine = presence.locked([operator.pk])[operator.pk]
    if mine.state in (S.IN_CALL, S.RINGING):
        raise IllegalMove(_("End the call that you are in first."))
    organisation = earlier.organisation if earlier else actor.organisation
    if organisation is None:
        raise DomainError(_("Choose the organisation whose switchboard calls."), field="organisation")
    number = numbers.clean(number, organisation_id=organisation.pk)
    if not number:
        raise DomainError(_("Write the number to call."), field="number")
    exchange = exchange_for(organisation.pk)
    at = now()
    made = Call(
        number=next_number(PREFIX), organisation=organisation, direction=Direction.OUT, started_at=at, to_number=number, operator=mine,
        language=organisation.language, answers=earlier, queue=earlier.queue if earlier else None,
    )  # fmt: skip
    if earlier is not None and earlier.caller_id:
        acting.name(made, earlier.caller)
    elif caller is not None:
        acting.name(made, caller)
    acting.recognise(made)
    if exchange is not None and mine.extension:
        made.source = exchange.source
        if exchange.adapter == Exchange.Adapter.AMI:
            made.call_id = f"vigie-{made.number.lower()}"
        ending.keep(made, at)
        acting.takes(mine, made, at)
        transaction.on_commit(lambda: _ask(made.pk))
    else:
        made.state, made.answered_at = State.IN_PROGRESS, at
        ending.keep(made, at)
        acting.takes(mine, made, at)
    return acting.done(made, "dialled", actor, answers=earlier.number if earlier else None)


def exchange_for(organisation_id: int) -> Exchange | None:
    """The exchange that takes orders for this organisation, or for one above it."""
    from itsm.people.directory import directory

    row = directory.get().organisations.get(organisation_id)
    line = list(row.lineage) if row else [organisation_id]
    rows = Exchange.objects.select_related("source").filter(source__revoked_at=None, source__organisation__in=line)
    able = [each for each in rows if each.order_url or each.adapter == Exchange.Adapter.AMI]
    return min(able, key=lambda each: (line.index(each.source.organisation_id), each.pk), default=None)


def _ask(pk: int) -> None:
    from servicedesk.tasks import order_call

    try:
        order_call.apply_async([pk], retry=False, ignore_result=True, expires=ORDER_SECONDS)
    except Exception:
        # Without a broker nobody dials: the operator hears nothing, and is free again.
        failed(pk, str(_("The order could not be handed over.")))


@transaction.atomic
def failed(pk: int, why: str) -> None:
    """The exchange has not taken the order: the call was not made."""
    call = acting.locked(pk)
    if call.ended_at or call.answered_at:
        return
    from .over import hang_up

    call.note = why[:300]
    call.save(update_fields=["note"])
    hang_up(call, cause="notOrdered")
