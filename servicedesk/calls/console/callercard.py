"""Who is on the line, on one screen: what is certain and what may be apart, how to receive them, their records and items,
and what is broken or planned on what they use.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.cmdb import looks
from itsm.cmdb.models import ConfigurationItem, Outage, Service
from itsm.core import durations, now
from itsm.core.chips import priority_chip, state_chip
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.planning.matching import windows_of
from itsm.planning.models import Window
from itsm.planning.showing import span_words
from itsm.records import processes
from itsm.records.models import Record

from ...desk.recordpage import local_time
from .. import matching
from ..models import Call, CallerNote
from . import names

TICKETS, ITEMS, SERVICES, PLANNED, MAYBES = 5, 4, 40, 4, 5
AHEAD = timedelta(days=7)


def card(user, call: Call, at: datetime | None = None) -> dict:
    """Everything that the console shows of the other side of a call."""
    at = at or now()
    shown = names.of(call)
    found: dict = {"shown": shown, "person": call.caller, "certain": call.caller_certain, "maybes": [], "vip": call.vip}
    person = call.caller
    if person is None:
        found["maybes"] = _maybes(call)
        site = directory.get().sites.get(call.site_id)
        return found | _place(site, "", at) | _planned(user, [], call.site_id, call.organisation_id, at)
    site = directory.get().sites.get(person.site_id)
    items = list(
        ConfigurationItem.objects.visible_to(user).in_use().filter(user_id=person.pk).order_by("sort_key", "pk")[: ITEMS + 1]
    )  # fmt: skip
    organisation = directory.get().organisations.get(person.organisation_id)
    return (
        found
        | _place(site, person.time_zone, at)
        | {
            "organisation": organisation.name if organisation else "", "note": note_of(person, at),
            "tickets": tickets(user, person, at), "items": [_item(item) for item in items[:ITEMS]], "more_items": len(items) > ITEMS,
        }
        | _planned(user, [item.pk for item in items], person.site_id, person.organisation_id, at)
    )  # fmt: skip


def tickets(user, person: User, at: datetime) -> list[dict]:
    """Their last records, whatever the process, that the reader may see."""
    rows = Record.objects.in_desk_of(user).filter(requester_id=person.pk, merged_into=None).order_by("-pk")
    columns = ("number", "title", "priority", "kind", "state", "opened_at", "language")
    return [
        row | {
            "chip": priority_chip(row["priority"]), "state": own_state(row["kind"], row["state"]),
            "opened": durations.moment(row["opened_at"], at),
        }
        for row in rows.values(*columns)[:TICKETS]
    ]  # fmt: skip


def own_state(kind: str, state: str):
    """The state as the record itself calls it: an access is active where an incident is resolved."""
    lifecycle = processes.get(kind).lifecycle
    return state_chip(lifecycle.look(state), lifecycle.label(state))


def note_of(person: User, at: datetime) -> CallerNote | None:
    """How to receive them, while that holds."""
    today = at.date()
    rows = CallerNote.objects.filter(Q(until=None) | Q(until__gte=today), person=person)
    return rows.select_related("by").first()


def _maybes(call: Call) -> list[dict]:
    """Who it may be, to be picked with one press."""
    if not call.from_number or call.direction != "in":
        return []
    match = matching.find(call.from_number, organisation=call.organisation_id)
    people = [match.certain] if match.certain else match.maybes
    sites = directory.get().sites
    return [
        {
            "person": person, "site": sites[person.site_id].name if person.site_id in sites else "",
            "about": person.job_title or person.department or person.username,
        }
        for person in people[:MAYBES]
    ]  # fmt: skip


def _place(site, zone: str, at: datetime) -> dict:
    return {
        "site": site.name if site else "", "local_time": local_time(zone or (site.time_zone if site else ""), at),
    }  # fmt: skip


def _item(item: ConfigurationItem) -> dict:
    return {"pk": item.pk, "name": item.name, "chip": looks.of(item.state, item.status).chip}


def services_of(organisation_id: int | None, limit: int = SERVICES) -> list[int]:
    """The services that people of an organisation use: their own and those of everybody above them."""
    row = directory.get().organisations.get(organisation_id) if organisation_id else None
    lineage = row.lineage if row else ()
    rows = Service.objects.filter(Q(customer__in=lineage) | Q(customer=None), stage="live").order_by(
        "item__criticality", "pk"
    )
    return list(rows.values_list("pk", flat=True)[:limit])


def _planned(user, items: list[int], site_id: int | None, organisation_id: int | None, at: datetime) -> dict:
    """What does not work now on what they use, and what is planned there within a week."""
    services = services_of(organisation_id)
    ids = list(dict.fromkeys([*items, *services]))
    if not ids:
        return {"broken": [], "planned": []}
    lasting = Q(ends_at=None) | Q(ends_at__gt=at)
    seen = ConfigurationItem.objects.visible_to(user).filter(pk__in=ids).values("pk")
    outages = list(
        Outage.objects.filter(lasting, item__in=seen, starts_at__lte=at + AHEAD)
        .select_related("item", "record").order_by("starts_at", "pk")[: 2 * PLANNED]
    )  # fmt: skip
    broken = [_outage(row, at) for row in outages if row.starts_at <= at]
    planned = [_outage(row, at) for row in outages if row.starts_at > at]
    planned += _windows(user, ids, at) if scope_of(user).may("operations.read") else []
    return {"broken": broken[:PLANNED], "planned": sorted(planned, key=lambda p: p["at"])[:PLANNED]}


def _outage(row: Outage, at: datetime) -> dict:
    return {
        "name": row.item.name, "url": f"/cmdb/{row.item_id}/", "at": row.starts_at, "is_planned": row.planned, "degraded": row.degraded,
        "when": durations.moment(row.starts_at, at) if row.starts_at <= at else _begins(row.starts_at, at), "expected": row.expected_at or row.ends_at, "record": row.record,
    }  # fmt: skip


def _begins(begins: datetime, at: datetime) -> str:
    """What has an end and a beginning before it happens is maintenance."""
    day, time = timezone.localtime(begins).date(), durations.time_text(begins)
    if day == timezone.localtime(at).date():
        return _("maintenance planned today at %(time)s") % {"time": time}
    return _("maintenance planned on %(day)s at %(time)s") % {"day": durations.short_day(day), "time": time}


def _windows(user, ids: list[int], at: datetime) -> list[dict]:
    """Maintenance windows, each once, with the first of their things that it touches."""
    touching = windows_of(ids, at, at + AHEAD, kind="maintenance")
    firsts: dict[int, tuple] = {}
    for item, found in touching.items():
        for window in found:
            firsts.setdefault(window.pk, (window, item))
    seen = set(Window.objects.visible_to(user).filter(pk__in=firsts).values_list("pk", flat=True))
    return [
        {
            "name": window.name, "url": window.get_absolute_url(), "at": window.begins, "is_planned": True,
            "when": _("maintenance planned, %(when)s") % {"when": span_words(window.begins, window.ends)}, "record": None,
        }
        for window, _item in firsts.values()
        if window.pk in seen
    ]  # fmt: skip
