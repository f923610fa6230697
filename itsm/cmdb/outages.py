"""When an item did not work, or not well: outages open and close here, and the state of the item follows them."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify import outbox

from .changing import MOMENT, RETIRED, locked, retired_text, set_state
from .models import ConfigurationItem, Outage

TOLD = {"public_fr", "public_en", "expected_at"}
Followed = Outage.Followed


@transaction.atomic
def open_outage(
    item: ConfigurationItem,
    *,
    actor,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    planned: bool = False,
    degraded: bool = False,
    cause: str = "",
    record=None,
    **told,
) -> Outage:
    """The item does not work, or not well, from `starts_at` (now) on. Returns the open one when there is one already.

    A degraded item that fails for good keeps its outage, which then counts as a full one. `told` is what users are told
    (`TOLD`); with `ends_at` the outage is a planned one whose end is known, or one of the past. Only one that lasts now
    changes the state of the item.
    """
    _refuse_unknown(told)
    item = locked(item.pk)
    if item.status == RETIRED:
        raise DomainError(retired_text(item))
    if ends_at and ends_at <= (starts_at or now()):
        raise DomainError(_("It ends before it begins."), field="ends_at")
    if ends_at and ends_at > now() and not planned:
        raise DomainError(_("Only a planned outage knows its end beforehand."), field="ends_at")
    found = None if ends_at else Outage.objects.filter(item=item, ends_at=None, planned=planned).first()
    if found and (degraded or not found.degraded):
        return found
    if found:
        found.degraded = False
        found.save(update_fields=["degraded"])
    else:
        found = _insert(
            item=item, starts_at=starts_at or now(), ends_at=ends_at, planned=planned, degraded=degraded, cause=cause,
            record=record, **told,
        )  # fmt: skip
    _tell("outage.opened", found, item, actor)
    _mark(found, now())
    if _lasts(found, now() + MOMENT):
        _follow(item, actor, cause)
    return found


@transaction.atomic
def close_outage(pk: int, *, actor, ends_at: datetime | None = None) -> Outage:
    """The item works again: an open outage ends, a planned one ends early. Closing twice changes nothing."""
    item, outage = _locked(pk)
    if outage.starts_at > now():
        raise DomainError(_("It has not begun: call it off instead."))
    if outage.ends_at is None or (outage.planned and outage.ends_at > now() + MOMENT):
        outage.ends_at = max(ends_at or now(), outage.starts_at + MOMENT)
        outage.followed = Followed.OVER
        outage.save(update_fields=["ends_at", "followed"])
        _tell("outage.closed", outage, item, actor)
        _follow(item, actor, "")
    return outage


@transaction.atomic
def tell_outage(pk: int, *, actor, **told) -> Outage:
    """What users are told about it (`TOLD`); what is already so changes nothing."""
    _refuse_unknown(told)
    item, outage = _locked(pk)
    changed = [name for name, value in told.items() if getattr(outage, name) != value]
    if changed:
        for name in changed:
            setattr(outage, name, told[name])
        outage.save(update_fields=changed)
        _tell("outage.changed", outage, item, actor)
    return outage


@transaction.atomic
def cancel_outage(pk: int, *, actor) -> None:
    """A planned outage does not take place. One that has begun is closed instead: it did happen."""
    item, outage = _locked(pk)
    if not outage.planned or outage.starts_at <= now():
        raise DomainError(_("It has begun: close it instead."))
    _tell("outage.cancelled", outage, item, actor)
    outage.delete()


@transaction.atomic
def turn_outage(pk: int, *, actor, degraded: bool, at: datetime, **more) -> Outage:
    """From `at` on it is worse, or better, than the open outage said: that one ends there and another one begins."""
    item, outage = _locked(pk)
    outage.ends_at = max(at, outage.starts_at + MOMENT)
    outage.save(update_fields=["ends_at"])
    _tell("outage.closed", outage, item, actor)
    return open_outage(item, actor=actor, starts_at=outage.ends_at, degraded=degraded, **more)


@transaction.atomic
def reopen_outage(pk: int, *, actor) -> Outage | None:
    """It had not ended after all, and goes on as if it never had. None where another one has begun since, or the item has gone."""
    item, outage = _locked(pk)
    if outage.ends_at is None:
        return outage
    later = Outage.objects.filter(item=item, planned=outage.planned, starts_at__gt=outage.starts_at)
    if item.status == RETIRED or later.exists():
        return None
    outage.ends_at = None
    outage.save(update_fields=["ends_at"])
    _tell("outage.reopened", outage, item, actor)
    _follow(item, actor, "")
    return outage


def follow_planned() -> int:
    """Bring planned outages that began or ended since the last look onto their items. Returns how many items follow.

    However long nobody looked, nothing is missed; and as each beginning and end counts once, a state that somebody sets
    by hand afterwards stays.
    """
    done = 0
    for pk in sorted(set(_to_follow(now()).values_list("item_id", flat=True))):
        with transaction.atomic():
            done += _catch_up(locked(pk))
    return done


def _to_follow(at: datetime) -> QuerySet[Outage]:
    """Planned outages of items in use whose beginning or end their item has not been through."""
    rows = Outage.objects.filter(planned=True).exclude(followed=Followed.OVER).exclude(item__status=RETIRED)
    return rows.filter(Q(starts_at__lte=at, followed=Followed.NOTHING) | Q(ends_at__lte=at))


def _catch_up(item: ConfigurationItem) -> bool:
    at, before = now(), item.state
    rows = list(_to_follow(at).filter(item=item))
    began = any(_lasts(row, at) for row in rows)
    # One that nobody saw begin has changed nothing that its end could give back.
    ended = any(row.followed == Followed.BEGUN and not _lasts(row, at) for row in rows)
    for row in rows:
        _mark(row, at)
    follows = (began and before == "up") or (ended and before == "maintenance")
    if follows:
        _follow(item, None, "")
    return follows


def _mark(outage: Outage, at: datetime) -> None:
    """The state of the item has been through what there is of this outage by now."""
    if outage.planned and outage.starts_at <= at:
        outage.followed = Followed.BEGUN if _lasts(outage, at) else Followed.OVER
        outage.save(update_fields=["followed"])


def _locked(pk: int) -> tuple[ConfigurationItem, Outage]:
    """The item's lock comes first, as everywhere."""
    item = locked(Outage.objects.values_list("item_id", flat=True).get(pk=pk))
    return item, Outage.objects.get(pk=pk)


def _refuse_unknown(told: dict) -> None:
    if set(told) - TOLD:
        raise TypeError(f"Not told about an outage: {sorted(set(told) - TOLD)}")


def _insert(**fields) -> Outage:
    try:
        with transaction.atomic():
            return Outage.objects.create(**fields)
    except IntegrityError as error:
        raise DomainError(_("Another outage of this item covers that time."), field="starts_at") from error


def _lasts(outage: Outage, at: datetime) -> bool:
    return outage.starts_at <= at and (outage.ends_at is None or outage.ends_at > at)


def _follow(item: ConfigurationItem, actor, reason: str) -> None:
    """The worst of the open outages that have begun is the state; without any the item is up."""
    soon = now() + MOMENT  # one that ended a moment after it began, or takes over from it, may be that much ahead
    lasts = Q(ends_at=None) | Q(planned=True, ends_at__gt=soon)
    begun = Outage.objects.filter(lasts, item=item, starts_at__lte=soon)
    begun = begun.values_list("planned", "degraded")
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
        "public_fr": outage.public_fr,
        "public_en": outage.public_en,
        "expected_at": outage.expected_at and outage.expected_at.isoformat(),
        "record": outage.record_id,
    }
    log.write(topic, ("ci", item.pk, item.name), actor=actor, data=data)
    outbox.put(topic, record=outage.record_id, payload={**data, "item": item.pk, "actor": actor.pk if actor else None})
