"""Orders to an exchange: click to call, and what operators do in the console while the exchange holds the line.

The row is written here; the exchange is told after the commit, by a worker, once: nobody wants to be called twice.
"""

import logging
import re
from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.records.numbering import next_number

from . import audited, ending, locking, matching, numbers, presence
from .models import PREFIX, Call, CallEvent, Exchange, Operator
from .models.calls import Direction, State

S = Operator.State
ORDER_SECONDS = 30
# Nothing that a dialplan would read as more than one destination, or as a variable.
DIALLED = re.compile(r"\+?[0-9A-Za-z*#._-]{1,40}")
logger = logging.getLogger(__name__)


@transaction.atomic
def originate(*, actor, number: str, call: Call | None = None, caller=None) -> Call:
    """Have the exchange ring the operator's telephone, then this number. `call` is the one that this call answers.

    Without an exchange that takes orders the call is by hand: the operator dials, and the row counts the time.
    """
    operator = presence.operator_of(actor)
    if operator is None:
        raise DomainError(_("Only operators of the switchboard call from here."))
    earlier = locking.locked(call) if call is not None else None
    mine = presence.locked([operator.pk])[operator.pk]
    if mine.state in (S.IN_CALL, S.RINGING):
        raise IllegalMove(_("End the call that you are in first."))
    organisation = earlier.organisation if earlier else actor.organisation
    if organisation is None:
        raise DomainError(_("Choose the organisation whose switchboard calls."), field="organisation")
    number = "".join(numbers.clean(number, organisation_id=organisation.pk).split())
    if not DIALLED.fullmatch(number):
        raise DomainError(_("Write the number to call."), field="number")
    exchange = exchange_for(organisation.pk)
    at = now()
    made = Call(
        number=next_number(PREFIX), organisation=organisation, direction=Direction.OUT, started_at=at, to_number=number, operator=mine,
        language=organisation.language, answers=earlier, queue=earlier.queue if earlier else None,
    )  # fmt: skip
    if earlier is not None and earlier.caller_id:
        matching.name(made, earlier.caller)
    elif caller is not None:
        matching.name(made, caller)
    matching.recognise(made)
    if exchange is not None and mine.extension:
        made.source = exchange.source
        if exchange.adapter == Exchange.Adapter.AMI:
            made.call_id = f"vigie-{made.number.lower()}"
        ending.keep(made, at)
        presence.takes(mine, made, at)
        _ask(made, "originate", number=number, extension=mine.extension)
    else:
        made.state, made.answered_at = State.IN_PROGRESS, at
        ending.keep(made, at)
        presence.takes(mine, made, at)
    return audited.done(made, "dialled", actor, answers=earlier.number if earlier else None)


@transaction.atomic
def call_back(call: Call, *, actor) -> Call:
    """Take a call-back and dial it in one press: through the exchange, or by hand where none takes orders. The call made."""
    from . import callbacks

    callbacks.take_call_back(call, actor=actor)
    return originate(actor=actor, number=call.party, call=call)


def said(made: Call, shown: str) -> str:
    """What an operator is told of a call that they make."""
    if made.source_id:
        return _("Your telephone rings first, then %(number)s.") % {"number": shown}
    return _("Dial %(number)s: the call is counted from now on.") % {"number": shown}


def takes_orders(exchange: Exchange) -> bool:
    """Can it be told to do something?"""
    return bool(exchange.order_url) or exchange.adapter == Exchange.Adapter.AMI


def exchange_for(organisation_id: int, *, able: Callable[[Exchange], bool] = takes_orders) -> Exchange | None:
    """The exchange that is able to (take orders), for this organisation or for one above it."""
    from itsm.people.directory import directory

    row = directory.get().organisations.get(organisation_id)
    line = list(row.lineage) if row else [organisation_id]
    rows = Exchange.objects.select_related("source").filter(source__revoked_at=None, source__organisation__in=line)
    found = [each for each in rows if able(each)]
    return min(found, key=lambda each: (line.index(each.source.organisation_id), each.pk), default=None)


def tell(call: Call, action: str, **facts) -> None:
    """Have the call's exchange do what was done here, where it takes orders; else the operator does it at the telephone."""
    if call.source_id is None or not call.call_id:
        return
    exchange = Exchange.objects.filter(source=call.source_id, source__revoked_at=None).first()
    if exchange is not None and takes_orders(exchange):
        _ask(call, action, **facts)


# What Asterisk's Manager Interface has no action for: who holds does it at the telephone, the others are the dialplan's.
NEVER_OVER_AMI = frozenset({"hold", "resume"})
BY_THE_DIALPLAN = frozenset({"queue", "callback", "voicemail"})


def can(call: Call, action: str) -> bool:
    """Is this to be offered for the call? Not where its exchange takes orders, but not this one: it would hear of nothing."""
    if call.source_id is None or not call.call_id or action not in NEVER_OVER_AMI | BY_THE_DIALPLAN:
        return True
    found = Exchange.objects.filter(
        source=call.source_id, source__revoked_at=None, adapter=Exchange.Adapter.AMI
    ).first()
    return found is None or (action in BY_THE_DIALPLAN and bool(found.dialplan))


def check(call: Call, action: str) -> None:
    """DomainError for what a person asks of a call and its exchange cannot be told."""
    if not can(call, action):
        raise DomainError(_("This exchange cannot be told to do this from here: do it at the telephone."))


def _ask(call: Call, action: str, **facts) -> None:
    transaction.on_commit(lambda: _send(call.pk, action, facts))


def _send(pk: int, action: str, facts: dict) -> None:
    from servicedesk.tasks import order_exchange

    try:
        order_exchange.apply_async([pk, action, facts], retry=False, ignore_result=True, expires=ORDER_SECONDS)
    except Exception:
        logger.warning("The broker does not take an order to an exchange.", exc_info=True)
        failed(pk, action, str(_("The order could not be handed over.")))


@transaction.atomic
def failed(pk: int, action: str, why: str) -> None:
    """The exchange has not taken the order. A call that was to be made was not made; the others stand as they are."""
    from .over import hang_up

    call = locking.locked(pk)
    CallEvent.objects.create(
        source_id=call.source_id, call=call, key=call.call_id, event="order", at=now(), facts={"order": action, "why": why[:300]}
    )  # fmt: skip
    if action == "originate" and not call.ended_at and not call.answered_at:
        hang_up(call, cause="notOrdered")
    else:
        ending.keep(call)
