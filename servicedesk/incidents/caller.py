"""Who calls: what an agent should know of the requester while a new ticket is being written."""

from django import forms
from django.shortcuts import render
from django.views.decorators.http import require_GET

from itsm.cmdb import looks
from itsm.cmdb.models import ConfigurationItem
from itsm.core import durations, now
from itsm.core.chips import priority_chip, state_chip
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import processes
from itsm.records.models import Record

from ..calls.numbers import spoken
from ..desk.fields import PersonField, people_for
from ..desk.guard import desk_required
from ..desk.recordpage import local_time

PAGE = "servicedesk/incidents/"
TICKETS, ITEMS = 5, 8
LONGEST = 150


@desk_required
@require_GET
def caller(request):
    """The card of the person that stands in the field `requester`; empty while it names nobody that one may look up."""
    return render(request, PAGE + "_caller.html", {"caller": card(request.user, request.GET.get("requester", ""))})


def card(user, text: str) -> dict | None:
    """What the card shows, of what the reader sees."""
    person = _named(user, text.replace("\x00", "").strip()[:LONGEST])
    if person is None:
        return None
    at, book = now(), directory.get()
    site, organisation = book.sites.get(person.site_id), book.organisations.get(person.organisation_id)
    open_ones = Record.objects.in_desk_of(user).active().filter(requester_id=person.pk).order_by("-pk")
    tickets = list(open_ones.values("number", "title", "priority", "kind", "state", "opened_at")[: TICKETS + 1])
    owned = ConfigurationItem.objects.visible_to(user).in_use().filter(user_id=person.pk).order_by("sort_key", "pk")
    items = list(owned.values("pk", "name", "state", "status")[: ITEMS + 1])
    return {
        "person": person, "site": site.name if site else "", "organisation": organisation.name if organisation else "",
        "phones": [(number, spoken(number)) for number in (person.phone, person.mobile) if number],
        "local_time": local_time(person.time_zone or (site.time_zone if site else ""), at),
        "tickets": [_ticket(row, at) for row in tickets[:TICKETS]], "more_tickets": len(tickets) > TICKETS,
        "items": [row | {"look": looks.of(row["state"], row["status"])} for row in items[:ITEMS]],
        "more_items": len(items) > ITEMS,
    }  # fmt: skip


def _named(user, text: str) -> User | None:
    if not text or not scope_of(user).may("people.read"):
        return None
    field = PersonField(required=False)
    field.people = people_for(user)
    try:
        return field.clean(text)
    except forms.ValidationError:
        return None


def _ticket(row: dict, at) -> dict:
    lifecycle = processes.get(row["kind"]).lifecycle
    return {
        "number": row["number"], "title": row["title"], "priority": priority_chip(row["priority"]),
        "state": state_chip(lifecycle.look(row["state"]), lifecycle.label(row["state"])), "opened": durations.moment(row["opened_at"], at),
    }  # fmt: skip
