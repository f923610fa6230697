"""When an item did not work, or not well: outages open and close here, and the state of the item follows them."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify import outbox

from .changing import MOMENT, RETIRED, locked, retired_text, set_state
from .models import ConfigurationItem, Outage


@transaction.atomic
def open_outage(
    item: ConfigurationItem,
    *,
    actor,
    starts_at: datetime | None = None,
    planned: bool = False,
    degraded: bool = False,
    cause: str = "",
    record=None,
) -> Outage:
    """The item does not work, or not well, from `starts_at` (now) on. Returns the open one when there is one already.

    A degraded item that fails for good keeps its outage, which then counts as a full one.
    """
    item = locked(item.pk)
    if item.status == RETIRED:
        raise DomainError(retired_text(item))
    found = Outage.objects.filter(item=item, ends_at=None, planned=planned).first()
    if found and (degraded or not found.degraded):
        return found
    if found:
        found.degraded = False
        found.save(update_fields=["degraded"])
    else:
        found = _insert(
            item=item, starts_at=starts_at or now(), planned=planned, degraded=degraded, cause=cause, record=record
        )
    _tell("outage.opened", found, item, actor)
    _follow(item, actor, cause)
    return found


@transaction.atomic
def close_outage(pk: int, *, actor, ends_at: datetime | None = None) -> Outage:
    """The item works again. Closing twice changes nothing."""
    item_id = Outage.objects.values_list("item_id", flat=True).get(pk=pk)
    item = locked(item_id)
    outage = Outage.objects.get(pk=pk)
    if outage.ends_at is None:
        outage.ends_at = max(ends_at or now(), outage.starts_at + MOMENT)
        outage.save(update_fields=["ends_at"])
        _tell("outage.closed", outage, item, actor)
        _follow(item, actor, "")
    return outage


def _insert(**fields) -> Outage:
    try:
        with transaction.atomic():
            return Outage.objects.create(**fields)
    except IntegrityError as error:
        raise DomainError(_("Another outage of this item covers that time."), field="starts_at") from error


def _follow(item: ConfigurationItem, actor, reason: str) -> None:
    """The worst of the open outages that have begun is the state; without any the item is up."""
    begun = Outage.objects.filter(item=item, ends_at=None, starts_at__lte=now()).values_list("planned", "degraded")
    states = {"maintenance" if planned else "degraded" if degraded else "down" for planned, degraded in begun}
    worst = next((state for state in ("down", "degraded", "maintenance") if state in states), "up")
    if item.status != RETIRED:
        set_state(item.pk, worst, actor=actor, reason=reason)


def _tell(topic: str, outage: Outage, item: ConfigurationItem, actor) -> None:
    data = {
        "outage": outage.pk,
        "starts_at": outage.starts_at.isoformat(),
        "ends_at": outage.ends_at and outage.ends_at.isoformat(),
        "planned": outage.planned,
        "degraded": outage.degraded,
        "cause": outage.cause,
        "record": outage.record_id,
    }
    log.write(topic, ("ci", item.pk, item.name), actor=actor, data=data)
    outbox.put(topic, record=outage.record_id, payload={**data, "item": item.pk, "actor": actor.pk if actor else None})
