"""Outages that a record stands for: it reports them, its end is their end, and what it is merged into takes them over."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.core import durations, now
from itsm.core.errors import DomainError

from .changing import locked
from .models import ConfigurationItem, Outage
from .outages import close_outage, open_outage, reopen_outage, tell_outage, turn_outage

SKEW = timedelta(minutes=1)


@transaction.atomic
def report_outage(
    item: ConfigurationItem, record, *, actor, degraded: bool, since: datetime | None = None, **told
) -> Outage:
    """The record says that the item does not work, or not well, since then. Hold the record's lock.

    DomainError, with the reason, where that time belongs to another outage already. What the record said before ends
    where it says otherwise; the same again without an instant changes what users are told.
    """
    item, at = locked(item.pk), now()
    own = Outage.objects.filter(item=item, record_id=record.pk, ends_at=None, planned=False).first()
    if own is not None and own.degraded == degraded and since is None:
        return tell_outage(own.pk, actor=actor, **told)
    since = since or at
    if since > at + SKEW:
        raise DomainError(_("This is still to come."), field="since")
    covers = Q(ends_at=None) | Q(ends_at__gt=since)
    rows = list(Outage.objects.filter(covers, item=item, planned=False).select_related("record").order_by("starts_at"))
    other = next((row for row in rows if row != own), None)
    if other is not None:
        raise DomainError(_taken(item, other), field="since")
    if own is None:
        return open_outage(item, actor=actor, starts_at=since, degraded=degraded, record=record, **told)
    if own.degraded == degraded or since <= own.starts_at:
        start = {"start": durations.moment(own.starts_at)}
        raise DomainError(
            _("This ticket already says so since %(start)s: choose a later moment, or another state.") % start,
            field="since",
        )
    return turn_outage(own.pk, actor=actor, degraded=degraded, at=since, record=record, **told)


@transaction.atomic
def end_reported(record_id: int, *, actor, at: datetime, item_id: int | None = None) -> list[Outage]:
    """What the record reported (on one item) works again from `at` on. Hold the record's lock."""
    rows = Outage.objects.filter(record_id=record_id, ends_at=None, planned=False).order_by("item_id")
    if item_id is not None:
        rows = rows.filter(item_id=item_id)
    return [close_outage(pk, actor=actor, ends_at=at) for pk in rows.values_list("pk", flat=True)]


@transaction.atomic
def resume_reported(record_id: int, *, actor, ended_at: datetime) -> list[Outage]:
    """What ended with the record at that instant had not ended after all. Hold the record's lock."""
    rows = Outage.objects.filter(record_id=record_id, planned=False, ends_at__gte=ended_at).order_by("item_id", "pk")
    found = [reopen_outage(pk, actor=actor) for pk in rows.values_list("pk", flat=True)]
    return [outage for outage in found if outage is not None]


def hand_on_reported(record_id: int, heir_id: int) -> list[int]:
    """What one record reported is the other one's now; the keys, for the way back. Hold the locks of both."""
    rows = Outage.objects.filter(record_id=record_id)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.update(record_id=heir_id)
    return keys


def hand_back_reported(keys: list[int], record_id: int, heir_id: int) -> None:
    """Undo `hand_on_reported`, where the heir still has them."""
    Outage.objects.filter(pk__in=keys, record_id=heir_id).update(record_id=record_id)


def _taken(item: ConfigurationItem, other: Outage) -> str:
    words = {
        "name": item.name, "start": durations.moment(other.starts_at), "end": durations.moment(other.ends_at),
        "number": other.record.number if other.record else "",
    }  # fmt: skip
    if other.ends_at is None and words["number"]:
        return (
            _("“%(name)s” has an open outage since %(start)s, reported by %(number)s: link this ticket to that one.")
            % words
        )
    if other.ends_at is None:
        return _("“%(name)s” has an open outage since %(start)s, entered by hand on its page.") % words
    return _("“%(name)s” had an outage from %(start)s to %(end)s: choose a later moment.") % words
