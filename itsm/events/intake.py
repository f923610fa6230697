"""Messages become alerts: set-based, so that a storm is taken in by a handful of statements.

Lock order: the buckets of keys, then alerts by pk, then what hangs on them (records last). Small batches are dealt with at
once; of large ones the costly part (topology, score, rules) is left to the sweep, which is woken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from django.db import connection, transaction
from django.db.models import prefetch_related_objects

from itsm.core import now
from itsm.notify.texts import storable
from itsm.records.numbering import next_numbers

from . import finding, silencing, states, writing
from .heard import FIRING, RESOLVED, Heard, is_over, severity_of
from .models import Alert, AlertEntry, Event, State
from .models.alerts import RANKS

BUCKETS, AT_ONCE = 64, 25
LONGEST_BODY = 10_000


@dataclass
class Batch:
    """What one delivery did: the alert of each message, those that began or began again, those that ended, those that changed."""

    at: datetime
    alerts: list[Alert | None] = field(default_factory=list)
    begun: dict[int, Alert] = field(default_factory=dict)
    ended: dict[int, Alert] = field(default_factory=dict)
    changed: dict[int, Alert] = field(default_factory=dict)
    fresh: list[Alert] = field(default_factory=list)
    repeated: dict[int, Alert] = field(default_factory=dict)
    entries: list[AlertEntry] = field(default_factory=list)


@transaction.atomic
def take_in(organisation, heard: Sequence[Heard], **more) -> list[Alert | None]:
    """`taken_in`, in a transaction of its own."""
    return taken_in(organisation, heard, **more)


def taken_in(
    organisation, heard: Sequence[Heard], *, received_at: datetime | None = None, inbound: int | None = None
) -> list[Alert | None]:
    """Keep every message as an event and bring the alerts up to date. Returns the alert of each message, in order.

    For who has a transaction. `organisation`: itself or its id. None where a message says that something is over of which nothing was known.
    """
    from . import settling

    if not heard:
        return []
    received = received_at or now()
    at = now()
    heard = [clean(each, received) for each in heard]
    house = getattr(organisation, "pk", organisation)
    items = finding.items_for(house, heard)
    known = _known(house, heard)
    batch = Batch(at)
    for each, item in zip(heard, items, strict=True):
        batch.alerts.append(_hear(batch, known, house, each, item))
    at_once = len(batch.fresh) + len(batch.begun) + len(batch.ended) <= AT_ONCE
    _write(batch, at_once=at_once)
    _keep(house, heard, items, batch, received, inbound)
    settling.settle(batch, at_once=at_once)
    return batch.alerts


def clean(heard: Heard, received: datetime) -> Heard:
    """As the columns can hold it: no instants of the future, no empty title, one of our severities."""
    at = min(heard.at or received, received)
    sent = min(heard.sent_at or received, received)
    over = heard.status == RESOLVED or is_over(heard.severity)
    title = " ".join(storable(heard.title).split())[:200]
    key = _short(storable(heard.key).strip() or title or "?", 300)
    return Heard(
        source=storable(heard.source).strip()[:60] or "?", key=key, severity=severity_of(heard.severity),
        title=title or key[:200], status=RESOLVED if over else FIRING, body=storable(heard.body).strip()[:LONGEST_BODY], at=at, sent_at=sent,
        item=heard.item, names=tuple(storable(name)[:200] for name in heard.names if name)[:6],
        addresses=tuple(storable(a)[:60] for a in heard.addresses if a)[:6], group=storable(heard.group).strip()[:200], down=heard.down,
        url=_link(heard.url), runbook=heard.runbook, facts=heard.facts,
    )  # fmt: skip


def _short(text: str, most: int) -> str:
    """Two long keys that begin alike stay two."""
    return text if len(text) <= most else f"{text[: most - 9]}#{crc32(text.encode()):08x}"


def _link(url: str) -> str:
    """Only what a browser may follow safely."""
    url = storable(str(url or "")).strip()
    return url if url.lower().startswith(("http://", "https://", "/")) and len(url) <= 1000 else ""


# Written out: asked with every message, and dearer to put together than to answer.
_KNOWN = (
    "SELECT * FROM events_alert WHERE organisation_id = %s AND (source, key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
    " AND (closed_at IS NULL OR (closed_at > %s AND closed_by_id IS NULL AND cleared_at IS NOT NULL)) ORDER BY id FOR NO KEY UPDATE"
)


def _known(organisation_id: int, heard: Sequence[Heard]) -> dict[tuple[str, str], Alert]:
    """The alerts that these messages may be about, locked: those that are not closed, else the last one that ended lately."""
    pairs = {(each.source, each.key) for each in heard}
    buckets = sorted({crc32(f"{organisation_id}\0{source}\0{key}".encode()) % BUCKETS for source, key in pairs})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7001, b) FROM unnest(%s::int[]) AS b", [buckets])
    found: dict[tuple[str, str], Alert] = {}
    rows = Alert.objects.raw(
        _KNOWN,
        [organisation_id, [source for source, _k in pairs], [key for _s, key in pairs], now() - states.SAME],
    )
    for alert in rows:
        before = found.get((alert.source, alert.key))
        if before is None or before.closed_at is not None:
            found[alert.source, alert.key] = alert
    writing.note(found.values())
    return found


def _hear(batch: Batch, known: dict, house: int, heard: Heard, item) -> Alert | None:
    alert = known.get((heard.source, heard.key))
    if heard.status == RESOLVED:
        return _over(batch, alert, heard)
    if alert is None:
        known[heard.source, heard.key] = alert = _begin(batch, house, heard, item)
        return alert
    assert heard.sent_at
    assert heard.at
    stale = heard.sent_at < alert.changed_at
    if alert.cleared_at is not None:
        # An older message that comes late, or is replayed, does not wake what is over.
        if stale:
            return alert
        _again(batch, alert, heard)
    alert.count += 1
    alert.last_seen = max(alert.last_seen, heard.sent_at)
    if not stale:
        _refresh(batch, alert, heard, item)
    if alert.pk:
        (batch.changed if alert.pk in batch.begun else batch.repeated).setdefault(alert.pk, alert)
    return alert


def _begin(batch: Batch, house: int, heard: Heard, item) -> Alert:
    alert = Alert(
        organisation_id=house, source=heard.source, key=heard.key, group=heard.group, severity=heard.severity, title=heard.title,
        body=heard.body, url=heard.url, item=item, said_item=_said(heard), down=heard.down, facts=heard.facts, first_seen=heard.at,
        last_seen=heard.sent_at, changed_at=heard.sent_at, runbook=heard.runbook,
    )  # fmt: skip
    states.flip(alert, batch.at)
    batch.fresh.append(alert)
    batch.entries.append(states.entry(alert, "opened", heard.at, severity=heard.severity))
    return alert


def _said(heard: Heard) -> str:
    return next((name for name in (*heard.names, *heard.addresses) if name), "")[:200]


def _again(batch: Batch, alert: Alert, heard: Heard) -> None:
    """It was over and is back: an acknowledgement of before counts no more."""
    alert.cleared_at = alert.closed_at = None
    alert.acknowledged_at = alert.acknowledged_by = None
    alert.changed_at = heard.sent_at
    alert.state = State.OPEN
    states.flip(alert, batch.at)
    batch.entries.append(states.entry(alert, "again", batch.at))
    batch.ended.pop(alert.pk, None)
    if alert.pk:
        batch.begun[alert.pk] = batch.changed[alert.pk] = alert


def _refresh(batch: Batch, alert: Alert, heard: Heard, item) -> None:
    """The newest words count. Who took it looks again when it gets worse."""
    news = {
        "title": heard.title, "body": heard.body, "url": heard.url or alert.url, "facts": heard.facts, "group": heard.group or alert.group,
        "down": alert.down or heard.down, "runbook": heard.runbook or alert.runbook,
    }  # fmt: skip
    if item is not None and item.pk != alert.item_id:
        news["item"] = item
    changed = {name: value for name, value in news.items() if getattr(alert, name) != value}
    if heard.severity != alert.severity:
        worse = RANKS[heard.severity] < RANKS[alert.severity]
        batch.entries.append(states.entry(alert, "severity", batch.at, before=alert.severity, after=heard.severity))
        changed["severity"] = heard.severity
        if worse and alert.acknowledged_at is not None:
            changed |= {"acknowledged_at": None, "acknowledged_by": None}
            batch.entries.append(states.entry(alert, "rearmed", batch.at))
    for name, value in changed.items():
        setattr(alert, name, value)
    if alert.pk and changed:
        batch.changed[alert.pk] = alert
        if set(changed) & {"severity", "item", "down"}:
            batch.begun[alert.pk] = alert


def _over(batch: Batch, alert: Alert | None, heard: Heard) -> Alert | None:
    if alert is None or alert.closed_at is not None or alert.cleared_at is not None:
        return alert
    assert heard.sent_at
    assert heard.at
    if heard.sent_at < alert.changed_at:
        return alert
    alert.cleared_at = max(heard.at, alert.first_seen)
    alert.changed_at = heard.sent_at
    states.flip(alert, batch.at)
    batch.entries.append(states.entry(alert, "cleared", alert.cleared_at))
    if alert.pk:
        batch.begun.pop(alert.pk, None)
        batch.ended[alert.pk] = batch.changed[alert.pk] = alert
    return alert


def _write(batch: Batch, *, at_once: bool) -> None:
    """New alerts with their numbers; silences and windows are looked at before anybody sees them."""
    numbers = next_numbers("ALR", len(batch.fresh)) if batch.fresh else []
    for alert, number in zip(batch.fresh, numbers, strict=True):
        alert.number = number
    # What is only said again never needs what it hangs on.
    moved = {**batch.begun, **batch.ended, **batch.changed}
    prefetch_related_objects(list(moved.values()), "item", "silence", "rule")
    silencing.look([*batch.fresh, *batch.begun.values()], batch.at)
    for alert in batch.fresh:
        batch.entries += states.settle(alert, batch.at)
        alert.next_look_at = None if at_once else batch.at
    Alert.objects.bulk_create(batch.fresh, batch_size=1000)
    writing.note(batch.fresh)
    for alert in batch.fresh:
        (batch.ended if alert.cleared_at else batch.begun)[alert.pk] = alert
        batch.changed[alert.pk] = alert
    _count(list(batch.repeated.values()))


def _count(alerts: list[Alert]) -> None:
    """What was only said again: one statement for all of it."""
    if alerts:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE events_alert a SET count = n.count, last_seen = n.seen FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[])"
                " AS n (id, count, seen) WHERE a.id = n.id",
                [[a.pk for a in alerts], [a.count for a in alerts], [a.last_seen for a in alerts]],
            )


def _keep(house, heard, items, batch: Batch, received: datetime, inbound: int | None) -> None:
    rows = [
        Event(
            received_at=received, at=each.at, organisation_id=house, source=each.source, key=each.key, severity=each.severity,
            status=each.status, title=each.title, item=item, alert=alert, inbound=inbound, facts=each.facts,
        )
        for each, item, alert in zip(heard, items, batch.alerts, strict=True)
    ]  # fmt: skip
    Event.objects.bulk_create(rows, batch_size=1000)
