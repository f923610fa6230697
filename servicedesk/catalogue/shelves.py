"""The catalogue as people look through it: shelves of items, or what was found by words."""

import re
from dataclasses import dataclass, field

from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from itsm.core.folding import fold

from .models import CatalogueCategory, CatalogueItem

COLUMNS = (
    "key", "name", "name_fr", "name_en", "summary", "summary_fr", "summary_en", "description_fr", "description_en", "icon",
    "picture", "cost", "monthly_cost", "delay_days", "shelf_id",
)  # fmt: skip
TONES = ("blue", "violet", "teal", "green", "amber", "red")
SHORTEST = 3
SPLIT = re.compile(r"[^\w]+")
SEARCHED = ("name_fr", "name_en", "summary_fr", "summary_en", "description_fr", "description_en")


@dataclass
class Card:
    """An item on its shelf."""

    key: str
    name: str
    summary: str
    icon: str
    picture: bool
    cost: str
    delay: str
    url: str
    tone: str = "blue"


@dataclass
class Shelf:
    key: str
    name: str
    description: str
    icon: str
    tone: str
    cards: list[Card] = field(default_factory=list)


def offered_to(person) -> list[Shelf]:
    """The shelves on which the person may order something, without their items: for the front page."""
    with_items = CatalogueItem.objects.meant_for(person).values("shelf_id")
    rows = CatalogueCategory.objects.filter(is_active=True).values("pk", "key", "name", "description", "icon")
    return [
        Shelf(each["key"], each["name"], each["description"], each["icon"], TONES[place % len(TONES)])
        for place, each in enumerate(rows.filter(pk__in=with_items))
    ]


def shelves_for(person, words: str = "", only: str = "", *, orderer=None) -> list[Shelf]:
    """What may be ordered for the person, shelf by shelf; with words only what they find, with `only` one shelf. Empty shelves are left out.

    `orderer`: who orders, where that is somebody else.
    """
    rows = CatalogueItem.objects.offered_for(person, orderer or person).order_by("position", "id").values(*COLUMNS)
    if only:
        rows = rows.filter(shelf__key=only)
    found = [row for row in rows if not words or meets(row, words)]
    shelves = {
        each["pk"]: Shelf(each["key"], each["name"], each["description"], each["icon"], TONES[place % len(TONES)])
        for place, each in enumerate(
            CatalogueCategory.objects.filter(is_active=True).values("pk", "key", "name", "description", "icon")
        )
    }
    for row in found:
        shelf = shelves.get(row["shelf_id"])
        if shelf:
            shelf.cards.append(_card(row, shelf.tone))
    return [shelf for shelf in shelves.values() if shelf.cards]


def meets(row: dict, words: str) -> bool:
    """Every word begins some word of the item, in either language; a plural is found by its singular."""
    text = SPLIT.sub(" ", fold(" ".join(str(row[name] or "") for name in SEARCHED)))
    for word in fold(words).split()[:8]:
        stem = word[:-1] if len(word) > SHORTEST and word.endswith(("s", "x")) else word
        if f" {stem}" not in f" {text}":
            return False
    return True


def _card(row: dict, tone: str) -> Card:
    return Card(
        row["key"], row["name"], row["summary"], row["icon"], bool(row["picture"]),
        price(row["cost"], row["monthly_cost"]), delay(row["delay_days"]), f"/portal/catalogue/{row['key']}/", tone,
    )  # fmt: skip


def price(once, monthly) -> str:
    """What it costs, in words; empty where nothing is said."""
    parts = []
    if once:
        parts.append(money(once))
    if monthly:
        parts.append(_("%(amount)s a month") % {"amount": money(monthly)})
    if not parts and once is not None:
        return pgettext("cost", "Free")
    return " + ".join(parts)


def money(amount) -> str | SafeString:
    """An amount in euros, without cents where there are none."""
    whole = amount == amount.to_integral_value()
    return _("€%(n)s") % {"n": number_format(amount, 0 if whole else 2, force_grouping=True)}


def delay(days: int | None) -> str:
    """The delay to expect; empty where nothing is said."""
    if days is None:
        return ""
    if days == 0:
        return _("The same day")
    return ngettext("%(n)s working day", "%(n)s working days", days) % {"n": days}
