"""What is ordered by itself: "on the first Monday". A sweep orders what is due, each time once, whatever dies in between."""

import calendar as months
import logging
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.http import Http404
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.people.directory import directory

from ..catalogue import ordering
from ..catalogue.models import CatalogueItem
from .models import RegularOrder, Request

logger = logging.getLogger(__name__)
HOUR = time(8)
LIMIT, MOST = 100, 20
Rhythm = RegularOrder.Rhythm


@transaction.atomic
def begin(
    *, actor, item: CatalogueItem, requester, answers: dict, rhythm: str, quantity: int = 1, weekday: int | None = None,
    place: int | None = None, day: int | None = None, starts_on: date | None = None, ends_on: date | None = None,
) -> RegularOrder:  # fmt: skip
    """Order the item by this rhythm from that day on. DomainError where the item is not to be ordered so."""
    if not item.repeatable:
        raise DomainError(_("This cannot be ordered regularly."), field="rhythm")
    if RegularOrder.objects.filter(owner=actor, stopped_at=None).count() >= MOST:
        raise DomainError(_("You have %(n)s regular orders already: stop one first.") % {"n": MOST})
    at = now()
    today = at.astimezone(_zone(requester)).date()
    starts = max(starts_on or today, today)
    if ends_on and ends_on < starts:
        raise DomainError(_("The end lies before the beginning."), field="ends_on")
    made = RegularOrder(
        owner=actor, requester=requester, item=item, answers=answers, quantity=quantity, rhythm=rhythm, starts_on=starts,
        ends_on=ends_on, weekday=weekday if rhythm != Rhythm.MONTHLY_DAY else None,
        place=place if rhythm == Rhythm.MONTHLY_WEEKDAY else None, day=day if rhythm == Rhythm.MONTHLY_DAY else None,
    )  # fmt: skip
    made.next_at = following(made, at)
    if made.next_at is None:
        raise DomainError(_("No day of this rhythm lies before the end."), field="ends_on")
    made.save()
    log.write("regular_order.created", made, actor=actor, data={"item": item.key, "rhythm": rhythm})
    return made


@transaction.atomic
def stop(order: RegularOrder, *, actor, why: str = "") -> None:
    """Nothing more is ordered by it; what was ordered stays. Twice is once."""
    locked = RegularOrder.objects.select_for_update(no_key=True).get(pk=order.pk)
    if locked.stopped_at is None:
        _stop(locked, why, actor=actor)


def _stop(order: RegularOrder, why: str, *, actor) -> None:
    order.stopped_at, order.stopped_why, order.next_at = now(), why[:300], None
    order.save(update_fields=["stopped_at", "stopped_why", "next_at"])
    log.write("regular_order.stopped", order, actor=actor, data={"why": why})
    outbox.put("regular_order.stopped", payload={"order": order.pk, "by": actor.pk if actor else None})


def following(order: RegularOrder, after: datetime) -> datetime | None:
    """The next instant of the rhythm, in the morning where it is for; None once its end is passed."""
    zone = _zone(order.requester)
    day = max(order.starts_on, after.astimezone(zone).date())
    for each in _days(order, day):
        if order.ends_on and each > order.ends_on:
            return None
        instant = datetime.combine(each, HOUR, tzinfo=zone)
        if instant > after:
            return instant
    return None


def _days(order: RegularOrder, first: date):
    """The days of the rhythm from one on, for a year and a month."""
    if order.rhythm == Rhythm.WEEKLY:
        day = first + timedelta(days=(order.weekday - first.weekday()) % 7)
        for week in range(57):
            yield day + timedelta(weeks=week)
        return
    year, month = first.year, first.month
    for _month in range(14):
        found = _day_of(order, year, month)
        if found >= first:
            yield found
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _day_of(order: RegularOrder, year: int, month: int) -> date:
    """The day in this month. The 31st of a shorter month is its last day."""
    length = months.monthrange(year, month)[1]
    if order.rhythm == Rhythm.MONTHLY_DAY:
        return date(year, month, min(order.day, length))
    first = 1 + (order.weekday - date(year, month, 1).weekday()) % 7
    day = first + 7 * (order.place - 1)
    return date(year, month, day if day <= length else day - 7)


def sweep(limit: int = LIMIT) -> int:
    """Order what is due; how many requests were opened. One that fails holds up no other."""
    due = RegularOrder.objects.filter(next_at__lte=now()).order_by("next_at", "pk").values_list("pk", flat=True)
    done = 0
    for pk in list(due[:limit]):
        try:
            done += _order(pk)
        except Exception:  # the others are due too
            logger.exception("Regular order %s could not be placed.", pk)
    return done


@transaction.atomic
def _order(pk: int) -> bool:
    """Order one occurrence and plan the next, in one transaction: who comes second finds nothing due."""
    rows = RegularOrder.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    order = rows.select_related("owner", "requester__site", "item").filter(pk=pk, next_at__lte=now()).first()
    if order is None:
        return False
    due, at = order.next_at, now()
    with override(order.owner.language or "fr"):
        line = _line(order)
    if isinstance(line, str):
        _stop(order, line, actor=None)
        return False
    if not Request.objects.filter(regular=order, regular_for=due).exists():
        ordering.place([line], actor=order.owner, regular=order, regular_for=due)
    # What was missed while nothing ran is ordered once, not once for each time.
    order.next_at = following(order, max(due, at))
    order.save(update_fields=["next_at"])
    return True


def _line(order: RegularOrder):
    """The order as the item wants it today; a sentence where it cannot be ordered any more."""
    if not (order.owner.is_active and order.requester.is_active):
        return _("Somebody of this order has left.")
    try:
        offer = ordering.offered(order.item.key, orderer=order.owner, requester=order.requester)
    except Http404:
        return _("This is not offered any more.")
    if not order.item.repeatable:
        return _("This can no longer be ordered regularly.")
    found, count, problem = ordering.decide(offer, order.answers, order.quantity)
    if found.errors or problem:
        return _("Its form has changed: order it again with new answers.")
    return ordering.Line(offer.version, order.requester, found.answers, count)


def in_words(order: RegularOrder) -> str:
    """“Every month, on the first Monday”."""
    if order.rhythm == Rhythm.MONTHLY_DAY:
        return _("every month, on day %(day)s") % {"day": order.day}
    weekday = str(WEEKDAYS[order.weekday]).lower()
    if order.rhythm == Rhythm.WEEKLY:
        return _("every week, on %(weekday)s") % {"weekday": weekday}
    words = {
        1: _("every month, on the first %(weekday)s"), 2: _("every month, on the second %(weekday)s"),
        3: _("every month, on the third %(weekday)s"), 4: _("every month, on the fourth %(weekday)s"),
        5: _("every month, on the last %(weekday)s"),
    }  # fmt: skip
    return words[order.place] % {"weekday": weekday}


def _zone(person) -> ZoneInfo:
    """Where it is for: the person's, their site's, their organisation's zone."""
    book = directory.get()
    site, organisation = book.sites.get(person.site_id), book.organisations.get(person.organisation_id)
    names = (person.time_zone, getattr(site, "time_zone", ""), getattr(organisation, "time_zone", ""), "Europe/Paris")
    for name in names:
        try:
            if name:
                return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return ZoneInfo("UTC")
