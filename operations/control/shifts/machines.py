"""What machines write into the shift log: grave alerts, major incidents and running changes, windows that open and close."""

from datetime import datetime, timedelta
from itertools import takewhile

from django.db import connection, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.core import now
from itsm.events.models import AlertEntry
from itsm.notify.outbox import Fact, consumer
from itsm.people.directory import directory
from itsm.planning.matching import windows
from itsm.planning.models import Window
from itsm.records.models import Record

from .gathering import about
from .models import LogCursor
from .services import note

# Ids are given before they are committed: the newest are read a little later, and after who still writes.
LAG = timedelta(seconds=3)
SHARE, SINGLE = 2000, 10
# What is older was missed by everybody: it is not told any more.
LATE, INSTANT = timedelta(hours=2), timedelta(seconds=1)
WRITERS = (
    "SELECT min(xact_start) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
)
GRAVE = ("critical", "major")


def sweep() -> int:
    """Beat: write what was told since the last time. How many lines."""
    return _alerts() + _windows()


def _settled() -> datetime:
    """The instant before which nobody writes any more."""
    with connection.cursor() as asked:
        asked.execute(WRITERS)
        (oldest,) = asked.fetchone()
    return min(oldest or now(), now()) - LAG


def _language(organisation_id: int) -> str:
    row = directory.get().organisations.get(organisation_id)
    return row.language if row else "fr"


@transaction.atomic
def _alerts() -> int:
    cursor = _cursor("alerts")
    if cursor is None:
        return 0
    until = _settled()
    told_of = AlertEntry.objects.filter(pk__gt=cursor.last_id).order_by("pk").values_list("pk", "written_at")[:SHARE]
    # Not beyond the first that is too young: one with a lower id may still come.
    rows = [pk for pk, _written in takewhile(lambda row: row[1] <= until, told_of)]
    if not rows:
        return 0
    wanted = AlertEntry.objects.filter(pk__in=rows, alert__severity__in=GRAVE, alert__parent=None).filter(
        Q(verb__in=["opened", "closed", "cleared"], actor=None) | Q(verb="acknowledged")
    )
    told: dict[tuple, list[AlertEntry]] = {}
    for entry in wanted.select_related("alert__item", "actor").order_by("pk"):
        state = "over" if entry.verb in ("closed", "cleared") else entry.verb
        several = told.setdefault((entry.alert.organisation_id, state), [])
        if not any(other.alert_id == entry.alert_id for other in several):
            several.append(entry)
    written = sum(_tell(*key, several) for key, several in told.items())
    cursor.last_id, cursor.last_at = rows[-1], now()
    cursor.save(update_fields=["last_id", "last_at"])
    return written


def _tell(organisation_id: int, state: str, entries: list[AlertEntry]) -> int:
    """A line an alert; one line for all of them when there are many at once."""
    with translation.override(_language(organisation_id)):
        if len(entries) > SINGLE:
            words = {
                "opened": ngettext("%(n)s grave alert: %(first)s", "%(n)s grave alerts at once, the first: %(first)s", len(entries)),
                "over": ngettext("%(n)s alert is over: %(first)s", "%(n)s alerts are over, the first: %(first)s", len(entries)),
                "acknowledged": ngettext("%(n)s alert taken: %(first)s", "%(n)s alerts taken, the first: %(first)s", len(entries)),
            }[state]  # fmt: skip
            text = words % {"n": len(entries), "first": _name(entries[0])}
            note(organisation=organisation_id, text=text, source="alerts", alert=entries[0].alert, at=entries[0].at)
            return 1
        for entry in entries:
            words = {
                "opened": _("Alert: %(what)s"), "over": _("Alert is over: %(what)s"), "acknowledged": _("Alert taken: %(what)s"),
            }[state]  # fmt: skip
            note(
                organisation=organisation_id, text=words % {"what": _name(entry)}, source="alerts", alert=entry.alert, item=entry.alert.item,
                at=entry.at,
            )  # fmt: skip
    return len(entries)


def _name(entry: AlertEntry) -> str:
    alert = entry.alert
    name = alert.item.name if alert.item_id else alert.said_item
    words = about(name, alert.title)
    return f"{words} ({entry.actor.display_name})" if entry.actor_id and entry.verb == "acknowledged" else words


@transaction.atomic
def _windows() -> int:
    cursor, at = _cursor("windows"), now()
    if cursor is None:
        return 0
    since = max(cursor.last_at, at - LATE)
    told = [
        (instant, spec.pk, opens)
        for spec in windows.get()
        for span in spec.times.spans(since - INSTANT, at + INSTANT)
        for instant, opens in zip(span, (True, False), strict=True)
        if since < instant <= at
    ]
    rows = Window.objects.standing().in_bulk({pk for _instant, pk, _opens in told})
    for instant, pk, opens in sorted(told):
        if pk in rows:
            _note_window(rows[pk], instant, opens)
    cursor.last_at = at
    cursor.save(update_fields=["last_at"])
    return len(told)


def _note_window(window: Window, instant, opens: bool) -> None:
    with translation.override(_language(window.organisation_id)):
        what = _("%(what)s: %(words)s") % {"what": window.get_kind_display(), "words": window.name}
        words = _("Opens: %(what)s") if opens else _("Ends: %(what)s")
        note(organisation=window.organisation_id, text=words % {"what": what}, source="windows", at=instant)


def _cursor(name: str) -> LogCursor | None:
    """How far one has read; None while another worker reads. A new one begins at the present."""
    row = LogCursor.objects.filter(name=name).exists()
    if not row:
        newest = AlertEntry.objects.order_by("-pk").values_list("pk", flat=True).first() if name == "alerts" else 0
        LogCursor.objects.get_or_create(name=name, defaults={"last_id": newest or 0, "last_at": now()})
    return LogCursor.objects.select_for_update(skip_locked=True, no_key=True).filter(name=name).first()


@consumer("shift-log", "record.*", "major.all_clear")
def tell(fact: Fact) -> None:
    """A major incident, from its declaration to its end; a change that begins or ends."""
    changes = fact.payload.get("changes") or {}
    if "major" not in changes and "phase" not in changes and fact.topic not in (*ENDS, ALL_CLEAR):
        return
    record = Record.objects.filter(pk=fact.record_id, confidentiality=None).first()
    if record is None or not (record.major or "major" in changes or record.kind == "change"):
        return
    with translation.override(_language(record.organisation_id)):
        words = _words(record, changes, fact.topic)
        if words:
            what = {"number": record.number, "title": record.title}
            note(
                organisation=record.organisation_id, text=words % what, source="records", record=record, item=None,
                at=min(fact.created_at, now()),
            )  # fmt: skip


ALL_CLEAR = "major.all_clear"
ENDS = ("record.resolved", "record.closed", "record.cancelled")


def _words(record: Record, changes: dict, topic: str) -> str:
    if topic == ALL_CLEAR:
        return _("All-clear of the major incident: %(title)s")
    if "major" in changes:
        return _("Major incident: %(title)s") if changes["major"][1] else _("No major incident any more: %(title)s")
    if record.kind == "change":
        if topic == "record.opened" or "phase" not in changes:
            return ""
        ended = changes["phase"][1] in ("resolved", "closed") and changes["phase"][0] in ("open", "waiting")
        return _("Change ended: %(title)s") if ended else ""
    if topic in ENDS and record.phase in ("resolved", "closed") and topic != "record.closed":
        return _("Major incident resolved: %(title)s")
    return ""
