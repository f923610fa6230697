"""Things that were found, as lines of the palette and of the search page: who is called so, and how one line looks."""

from functools import reduce
from operator import or_

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q
from django.utils.html import format_html
from django.utils.translation import gettext as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core import tones
from itsm.core.chips import chip, phase_chip, priority_chip
from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.people import phones
from itsm.people.directory import Directory
from itsm.people.naming import people_visible_to
from itsm.records import processes
from itsm.records.models import PHASES

from .palette import Hit

DIGITS, NEAR = 7, 0.45
TICKET = ("pk", "number", "title", "priority", "phase")
PERSON = ("first_name", "last_name", "username", "vip", "site", "department")
ITEM = ("pk", "name", "key", "state")


def is_digits(text: str) -> bool:
    """Could these be the last digits of a number?"""
    return whole(text) is not None and len(text) <= DIGITS


def numbers_ending(digits: str) -> list[str]:
    """The numbers that these digits may stand for: one a process."""
    return [f"{process.prefix}{digits.zfill(DIGITS)}" for process in processes.all_processes()]


def ticket_hit(row: dict, *, exact: bool = False) -> Hit:
    """A ticket: its number, priority and phase."""
    phase = row["phase"]
    return Hit(
        url=f"/r/{row['number']}", label=row["title"], detail=row["number"], icon="ticket", exact=exact,
        mark=format_html("{} {}", priority_chip(row["priority"]), phase_chip(phase, PHASES[phase].label)),
    )  # fmt: skip


def people_called(user, text: str):
    """Active people of this name, login, e-mail address or telephone number, among those the reader may look up."""
    found = people_visible_to(user).filter(is_active=True)
    number = phones.reached_by(text)
    named = Q()
    for word in fold(text).split()[:5]:
        named &= Q(sort_key__contains=word) | Q(email__istartswith=word)
    return found.filter(named if number is None else number | named)


def people_nearly_called(user, text: str):
    """People whose name has a typo: half of each word is right (that the index finds), and the whole is nearly so."""
    folded = fold(text)
    found = people_visible_to(user).filter(is_active=True)
    for word in folded.split()[:5]:
        half = len(word) // 2
        pieces = (word[:half], word[half:]) if half >= 3 else (word,)
        found = found.filter(reduce(or_, (Q(sort_key__contains=piece) for piece in pieces)))
    return found.alias(near=TrigramWordSimilarity(folded, "sort_key")).filter(near__gte=NEAR)


def person_hit(person, book: Directory) -> Hit:
    """A person: where they work; the line leads to their tickets."""
    site = book.sites.get(person.site_id)
    return Hit(
        url=f"/desk/incidents/?tab=all&requester={person.username}", label=person.display_name, icon="user",
        detail=" · ".join(part for part in (person.department, site.name if site else "") if part),
        mark=format_html('<span class="chip amber">{}</span>', _("VIP")) if person.vip else "",
    )  # fmt: skip


def item_hit(row: dict, icon: str = "server-2") -> Hit:
    """An item and its state."""
    return Hit(
        url=f"/cmdb/{row['pk']}/", label=row["name"], detail=row["key"], icon=icon,
        mark=chip(*tones.CI_STATE[row["state"]], str(ConfigurationItem.State(row["state"]).label)),
    )  # fmt: skip
