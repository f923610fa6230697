"""What the palette finds in the shared ground: tickets, people, items, pages, things to create."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.cmdb.models import ConfigurationItem
from itsm.core.folding import fold
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records import search, visits
from itsm.records.models import Record

from . import destinations, finding_sources, navigation
from .hits import ITEM, PERSON, TICKET, is_digits, item_hit, numbers_ending, people_called, person_hit, ticket_hit
from .palette import Hit, Source, register

WINDOW = 200
UNDONE = ("open", "waiting")


def tickets(user, text: str, limit: int) -> list[Hit]:
    """By number in full, by the digits of one, else by words; the last word may be unfinished."""
    visible = Record.objects.in_desk_of(user)
    if search.is_number(text):
        rows = visible.filter(number=text.upper()).values(*TICKET)
    elif is_digits(text):
        rows = visible.filter(number__in=numbers_ending(text)).values(*TICKET)
    else:
        ids = search.find_ids(text, internal=True, limit=WINDOW, unfinished=True)
        rows = visible.filter(pk__in=ids).order_by("-pk").values(*TICKET)
    # What is still to be done first, then the newest: they come newest first, and sorting keeps that.
    best = sorted(rows, key=lambda row: row["phase"] not in UNDONE)
    return [ticket_hit(row, exact=search.is_number(text)) for row in best[:limit]]


def recent(user, text: str, limit: int) -> list[Hit]:
    """The tickets that the person opened last, before anything is typed."""
    if text:
        return []
    numbers = visits.latest(user.pk)
    rows = {row["number"]: row for row in Record.objects.in_desk_of(user).filter(number__in=numbers).values(*TICKET)}
    return [ticket_hit(rows[number]) for number in numbers if number in rows][:limit]


def people(user, text: str, limit: int) -> list[Hit]:
    """By name, login, e-mail address or telephone number; the hit leads to the tickets of the person."""
    book = directory.get()
    return [
        person_hit(person, book)
        for person in people_called(user, text).order_by("sort_key", "pk").only(*PERSON)[:limit]
    ]


def items(user, text: str, limit: int) -> list[Hit]:
    """By name, key, serial number, asset tag or address; services have a group of their own."""
    found = ConfigurationItem.objects.visible_to(user).in_use().filter(service=None).matching(text)
    return [item_hit(row) for row in found.order_by("sort_key", "pk").values(*ITEM)[:limit]]


def services(user, text: str, limit: int) -> list[Hit]:
    """By part of a name or key."""
    found = ConfigurationItem.objects.visible_to(user).in_use().filter(service__isnull=False)
    rows = found.filter(sort_key__contains=fold(text)).order_by("sort_key", "pk").values(*ITEM)[:limit]
    return [item_hit(row, "heart-handshake") for row in rows]


def pages(user, text: str, limit: int) -> list[Hit]:
    """Lines of the navigation, one's own pages, and places that have no line; those so named before those so called besides."""
    may = scope_of(user).permissions
    found = [
        (Hit(url=e.url, label=str(e.label), icon=e.icon, keys=f"G {e.keys.upper()}" if e.keys else ""), e.words)
        for e in navigation.allowed(may)
    ]
    found.append((Hit(url=reverse("web:preferences"), label=_("Preferences"), icon="adjustments"), ""))
    found.append((Hit(url=reverse("notify:notices"), label=_("Notices"), icon="bell"), ""))
    found += [
        (Hit(url=p.url, label=str(p.label), icon=p.icon), p.words)
        for p in destinations.DESTINATIONS
        if p.permission in may
    ]
    meant = [hit for hit, words in found if destinations.called(text, hit.label, words)]
    return sorted(meant, key=lambda hit: not destinations.called(text, hit.label))[:limit]


def actions(user, text: str, limit: int) -> list[Hit]:
    """What the person may create."""
    found = [
        Hit(
            url=e.url,
            label=_("Create: %(thing)s") % {"thing": e.label},
            icon="plus",
            keys=f"C {e.keys.upper()}" if e.keys else "",
        )
        for e in navigation.create_menu(scope_of(user))
    ]
    return [hit for hit in found if fold(text) in fold(hit.label)][:limit]


register(Source("recent", gettext_lazy("Opened last"), "#", 5, "records.read", recent, when_empty=True))
register(Source("tickets", gettext_lazy("Tickets"), "#", 10, "records.read", tickets, page=finding_sources.tickets))
register(Source("people", gettext_lazy("People"), "@", 20, "people.read", people, page=finding_sources.people))
register(Source("items", gettext_lazy("Configuration items"), "/", 30, "cmdb.read", items, page=finding_sources.items))
register(Source("services", gettext_lazy("Services"), "/", 25, "cmdb.read", services, page=finding_sources.services))
register(Source("actions", gettext_lazy("Actions"), ">", 40, "records.read", actions, when_empty=True))
register(Source("pages", gettext_lazy("Pages"), ">", 50, "records.read", pages, when_empty=True))
register(
    Source("own", gettext_lazy("My tickets"), "", 10, "portal.use", None, page=finding_sources.mine, place="portal")
)
register(
    Source(
        "offered", gettext_lazy("Services"), "", 20, "portal.use", None, page=finding_sources.offered, place="portal"
    )
)
