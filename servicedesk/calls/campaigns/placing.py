"""A call of a campaign through the telephone exchange: a row of its own, and an order to read a text aloud to a number."""

from collections.abc import Iterable

from django.db import transaction

from itsm.core import now
from itsm.records.numbering import next_number

from .. import ending, orders
from .. import services as calls
from ..adapters import ami, push  # noqa: F401 - they register themselves
from ..adapters.base import NotTaken, adapter_of
from ..models import PREFIX, Call, Exchange
from ..models.calls import Direction
from .hooks import Outcome
from .models import CallCampaign, CampaignTarget

ACTION = "announce"


def reads_aloud(exchange: Exchange) -> bool:
    """Can it be told to call a number and to read a text there?"""
    return bool(exchange.order_url) or (exchange.adapter == Exchange.Adapter.AMI and bool(exchange.dialplan))


def exchange_of(organisation_id: int) -> Exchange | None:
    """The exchange that calls people and reads to them, for this organisation or for one above it."""
    return orders.exchange_for(organisation_id, able=reads_aloud)


def exchange_within(organisation_ids: Iterable[int]) -> bool:
    """Is there such an exchange among those of these organisations?"""
    rows = Exchange.objects.filter(source__revoked_at=None, source__organisation__in=organisation_ids)
    return any(reads_aloud(each) for each in rows)


def place(exchange: Exchange, campaign: CallCampaign, target: CampaignTarget, key: str, text: str) -> Outcome:
    """Ring the number and have the text read. The row carries the key until the exchange tells its own id: what it says of the
    call then ends up on the row, and the campaign reads it there.
    """
    call = _row(exchange, campaign, target, key)
    facts = {"number": call.to_number, "text": text, "language": target.language, "key": key}
    try:
        call_id = adapter_of(exchange).order(call, ACTION, facts)
    except NotTaken as error:
        with transaction.atomic():
            calls.hang_up(call, cause="notOrdered")
        return Outcome(False, str(error)[:300])
    if call_id and call_id != call.call_id:
        Call.objects.filter(pk=call.pk).update(call_id=call_id)
    return Outcome(True, call.number, placed=True)


@transaction.atomic
def _row(exchange: Exchange, campaign: CallCampaign, target: CampaignTarget, key: str) -> Call:
    at = now()
    call = Call(
        number=next_number(PREFIX), organisation=campaign.organisation, direction=Direction.OUT, started_at=at, source=exchange.source,
        call_id=key, to_number=target.number or target.mobile, caller=target.person, caller_certain=target.person_id is not None,
        language=target.language,
    )  # fmt: skip
    ending.keep(call, at)
    return call
