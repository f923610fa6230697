"""A worker hands an order to the exchange, outside of any transaction, and notes what became of it."""

import logging

from django.db import IntegrityError, transaction

from servicedesk.calls import ending, orders, services
from servicedesk.calls.models import Call, Exchange

from . import ami, push  # noqa: F401 - they register themselves
from .base import NotTaken, adapter_of

logger = logging.getLogger(__name__)


def order(pk: int, action: str, facts: dict) -> str:
    """Done, or why not. An outgoing call that is over meanwhile is not dialled any more."""
    call = Call.objects.filter(pk=pk).first()
    exchange = Exchange.objects.select_related("source").filter(source=call.source_id).first() if call else None
    if call is None or exchange is None or (action == "originate" and (call.ended_at or call.answered_at)):
        return ""
    try:
        call_id = adapter_of(exchange).order(call, action, facts)
    except NotTaken as error:
        logger.warning("An exchange has not taken the order %s of %s: %s", action, call.number, error)
        orders.failed(pk, action, str(error))
        return str(error)
    if call_id and not call.call_id:
        _note_id(pk, call_id)
    return "done"


def _note_id(pk: int, call_id: str) -> None:
    """The exchange's id of the call that it makes, unless its first message has come earlier."""
    try:
        with transaction.atomic():
            call = services.locked(pk)
            if not call.call_id:
                call.call_id = call_id
                ending.keep(call)
    except IntegrityError:
        logger.warning("The exchange has told of call %s under its id already.", pk)
