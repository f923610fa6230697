"""What the palette finds in the shared ground: tickets, people, items, pages, things to create."""

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.cmdb.models import ConfigurationItem
from itsm.core import tones
from itsm.core.chips import chip, phase_chip, priority_chip
from itsm.core.folding import fold
from itsm.gateway.fields import people_visible_to
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records import processes, search, visits
from itsm.records.models import PHASES, Record

from . import navigation
from .palette import Hit, Source, register

WINDOW, DIGITS = 200, 7
UNDONE = ("open", "waiting")
BETWEEN_DIGITS, NATIONAL = str.maketrans("", "", " .-/()"), 8
COLUMNS = ("pk", "number", "title", "priority", "phase")


def tickets(user, text: str, limit: int) -> list[Hit]:
    """By number in full, by the digits of one, else by words; the last word may be unfinished."""
    visible = Record.objects.in_desk_of(user)
    if search.is_number(text):
        rows = visible.filter(number=text.upper()).values(*COLUMNS)
    elif text.isascii() and text.isdigit() and len(text) <= DIGITS:
        numbers = [f"{process.prefix}{text.zfill(DIGITS)}" for process in processes.all_processes()]
        rows = visible.filter(number__in=numbers).values(*COLUMNS)
    else:
        ids = search.find_ids(text, internal=True, limit=WINDOW, unfinished=True)
        rows = visible.filter(pk__in=ids).order_by("-pk").values(*COLUMNS)
    # What is still to be done first, then the newest: they come newest first, and sorting keeps that.
    best = sorted(rows, key=lambda row: row["phase"] not in UNDONE)
    return [_ticket(row, exact=search.is_number(text)) for row in best[:limit]]


def recent(user, text: str, limit: int) -> list[Hit]:
    """The tickets that the person opened last, before anything is typed."""
    if text:
        return []
    numbers = visits.latest(user.pk)
    rows = {row["number"]: row for row in Record.objects.in_desk_of(user).filter(number__in=numbers).values(*COLUMNS)}
    return [_ticket(rows[number]) for number in numbers if number in rows][:limit]


def _ticket(row: dict, *, exact: bool = False) -> Hit:
    phase = row["phase"]
    return Hit(
        url=f"/r/{row['number']}", label=row["title"], detail=row["number"], icon="ticket", exact=exact,
        mark=format_html("{} {}", priority_chip(row["priority"]), phase_chip(phase, PHASES[phase].label)),
    )  # fmt: skip


def people(user, text: str, limit: int) -> list[Hit]:
    """By name, login, e-mail address or telephone number; the hit leads to the tickets of the person."""
    found = people_visible_to(user).filter(is_active=True)
    digits = text.lstrip("+").translate(BETWEEN_DIGITS)
    if digits.isascii() and digits.isdigit():
        found = found.filter(_called(digits))
    else:
        for word in fold(text).split()[:5]:
            found = found.filter(Q(sort_key__contains=word) | Q(email__istartswith=word))
    book = directory.get()
    rows = found.order_by("sort_key", "pk").only("first_name", "last_name", "username", "vip", "site", "department")
    return [
        Hit(
            url=f"/desk/incidents/?tab=all&requester={person.username}", label=person.display_name, icon="user",
            detail=" · ".join(part for part in (person.department, _site(book, person.site_id)) if part),
            mark=format_html('<span class="chip amber">{}</span>', _("VIP")) if person.vip else "",
        )
        for person in rows[:limit]
    ]  # fmt: skip


def _called(digits: str) -> Q:
    """Who has this number: as it is dialled from abroad, or at home with a zero in the place of the country."""
    if digits.startswith("0") and len(digits) >= NATIONAL:
        return Q(phone__endswith=digits[1:]) | Q(mobile__endswith=digits[1:])
    return Q(phone=f"+{digits}") | Q(mobile=f"+{digits}")


def _site(book, site_id: int | None) -> str:
    site = book.sites.get(site_id)
    return site.name if site else ""


def items(user, text: str, limit: int) -> list[Hit]:
    """By name, key, serial number, asset tag or address; services have a group of their own."""
    found = ConfigurationItem.objects.visible_to(user).in_use().filter(service=None).matching(text)
    return _items(found, limit, "server-2")


def services(user, text: str, limit: int) -> list[Hit]:
    """By part of a name or key."""
    found = ConfigurationItem.objects.visible_to(user).in_use().filter(service__isnull=False)
    return _items(found.filter(sort_key__contains=fold(text)), limit, "heart-handshake")


def _items(found, limit: int, icon: str) -> list[Hit]:
    states = dict(ConfigurationItem.State.choices)
    return [
        Hit(
            url=f"/cmdb/{row['pk']}/", label=row["name"], detail=row["key"], icon=icon,
            mark=chip(*tones.CI_STATE[row["state"]], str(states[row["state"]])),
        )
        for row in found.order_by("sort_key", "pk").values("pk", "name", "key", "state")[:limit]
    ]  # fmt: skip


def pages(user, text: str, limit: int) -> list[Hit]:
    """Lines of the navigation, and one's own pages."""
    entries = navigation.allowed(scope_of(user).permissions)
    found = [
        Hit(url=e.url, label=str(e.label), icon=e.icon, keys=f"G {e.keys.upper()}" if e.keys else "") for e in entries
    ]
    found.append(Hit(url=reverse("web:preferences"), label=_("Preferences"), icon="adjustments"))
    found.append(Hit(url=reverse("notify:notices"), label=_("Notices"), icon="bell"))
    return [hit for hit in found if fold(text) in fold(hit.label)][:limit]


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
register(Source("tickets", gettext_lazy("Tickets"), "#", 10, "records.read", tickets))
register(Source("people", gettext_lazy("People"), "@", 20, "people.read", people))
register(Source("services", gettext_lazy("Services"), "/", 25, "cmdb.read", services))
register(Source("items", gettext_lazy("Configuration items"), "/", 30, "cmdb.read", items))
register(Source("actions", gettext_lazy("Actions"), ">", 40, "records.read", actions, when_empty=True))
register(Source("pages", gettext_lazy("Pages"), ">", 50, "records.read", pages, when_empty=True))
