"""The groups of the search page in the shared ground. For agents: tickets, people, items, services; for everyone in the
portal: their own tickets, and the services that they may use.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import IntegerField, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import get_language

from itsm.cmdb import status
from itsm.cmdb.models import ConfigurationItem, Service
from itsm.core import durations, now
from itsm.core.chips import state_chip
from itsm.core.folding import fold
from itsm.core.paging import encode, keyset_page
from itsm.people.directory import directory
from itsm.records import finding, processes, search, snippets
from itsm.records.models import Record

from .finding import CAP, Answer, Asked, page_of
from .finding_forms import TicketsForm
from .hits import (
    ITEM,
    PERSON,
    TICKET,
    is_digits,
    item_hit,
    numbers_ending,
    people_called,
    people_nearly_called,
    person_hit,
    ticket_hit,
)
from .palette import Hit

MORE = ("kind", "state", "team_id", "opened_at")
TYPOS_FROM, OWN, THINGS = 4, 2000, 12


def tickets(asked: Asked) -> Answer:
    """Tickets of every kind that the desk reads, with their filters."""
    visible, form, best = Record.objects.in_desk_of(asked.user), None, False
    rows = visible
    if asked.alone or any(name in asked.params for name in TicketsForm.base_fields):
        form = TicketsForm(asked.params, reader=asked.user)
        if not form.is_valid():
            return Answer([], form=form)
        rows, best = visible.filter(form.condition()), form.best
    found = _by_number(rows, asked.text) or finding.find(rows, asked.text, internal=True, best=best)
    ids, following, before = page_of(found.ids, asked.cursor, asked.size)
    values = {row["pk"]: row for row in Record.objects.filter(pk__in=ids).values(*TICKET, *MORE)} if ids else {}
    texts, teams, at = snippets.of_records(ids, asked.text, internal=True), directory.get().teams, now()
    hits = []
    for pk in ids:
        row, (title, passage, internal) = values[pk], texts[pk]
        team = teams.get(row["team_id"])
        facts = (row["number"], team.code if team else "", durations.moment(row["opened_at"], at))
        hits.append(
            replace(
                ticket_hit(row),
                detail=" · ".join(filter(None, facts)),
                marked=title,
                passage=passage,
                internal=internal,
            )
        )
    return Answer(
        hits, len(found.ids), found.capped, found.recent, following, before, form=form,
        meant=None if found.ids else lambda: search.suggestion(visible, asked.text),
    )  # fmt: skip


def mine(asked: Asked) -> Answer:
    """The reader's own tickets: public words only."""
    held = Record.objects.own_of(asked.user).filter(merged_into=None)
    own = list(held.order_by("-pk").values_list("pk", flat=True)[: OWN + 1])
    rows = Record.objects.filter(pk__in=own) if len(own) <= OWN else held
    found = _by_number(rows, asked.text) or _among(own, held, asked.text)
    ids, following, before = page_of(found.ids, asked.cursor, asked.size)
    values = {row["pk"]: row for row in Record.objects.filter(pk__in=ids).values(*TICKET, *MORE)} if ids else {}
    texts, at = snippets.of_records(ids, asked.text, internal=False), now()
    hits = []
    for pk in ids:
        row, (title, passage, _internal) = values[pk], texts[pk]
        lifecycle = processes.get(row["kind"]).lifecycle
        hits.append(
            Hit(
                url=f"/portal/tickets/{row['number']}/", label=row["title"], icon="ticket", marked=title, passage=passage,
                detail=f"{row['number']} · {durations.moment(row['opened_at'], at)}",
                mark=state_chip(lifecycle.look(row["state"]), lifecycle.label(row["state"])),
            )
        )  # fmt: skip
    meant = None if found.ids else lambda: search.suggestion(rows, asked.text)
    return Answer(hits, len(found.ids), found.capped, found.recent, following, before, meant=meant)


def _among(own: list[int], held, text: str) -> finding.Found:
    """Few tickets are looked through one by one; of many, rare words find them all, common ones among the newest."""
    if len(own) <= OWN:
        return finding.find_among(own, text)
    found = finding.find(held, text, internal=False)
    return replace(finding.find_among(own[:OWN], text), recent=OWN) if found.recent else found


def _by_number(rows, text: str) -> finding.Found | None:
    """Digits alone may be the end of a number."""
    if search.is_number(text):
        return finding.Found(list(rows.filter(number=text.upper()).values_list("pk", flat=True)))
    ids = list(rows.filter(number__in=numbers_ending(text)).values_list("pk", flat=True)) if is_digits(text) else []
    return finding.Found(ids) if ids else None


def people(asked: Asked) -> Answer:
    """People by name, login, address or telephone number; with a typo in it, those whose name is nearly so."""
    book = directory.get()
    rows = people_called(asked.user, asked.text).only(*PERSON, "sort_key")

    def drawn(person) -> Hit:
        return person_hit(person, book)

    def nearly() -> Answer:
        near = people_nearly_called(asked.user, asked.text).only(*PERSON, "sort_key")
        return replace(_page(asked, near, drawn), near=True)

    return replace(_page(asked, rows, drawn), nearly=nearly if _typed(asked.text) else None)


def items(asked: Asked) -> Answer:
    """Items in use that are no services: those are a group of their own."""
    rows = ConfigurationItem.objects.visible_to(asked.user).in_use().filter(service=None)

    def nearly() -> Answer:
        near = rows.nearly_called(asked.text).values(*ITEM, "sort_key")
        return replace(_page(asked, near, item_hit), near=True)

    found = _things(asked, services=False, drawn=item_hit)
    if found is None:
        found = _page(asked, rows.called(asked.text).values(*ITEM, "sort_key"), item_hit)
    return replace(found, nearly=nearly if _typed(asked.text) else None)


def services(asked: Asked) -> Answer:
    """Services of the organisations that the reader's role reaches."""

    def drawn(row: dict) -> Hit:
        return replace(item_hit(row), icon="heart-handshake")

    rows = ConfigurationItem.objects.visible_to(asked.user).in_use().filter(service__isnull=False)
    found = _things(asked, services=True, drawn=drawn)
    return found or _page(asked, rows.called(asked.text).values(*ITEM, "sort_key"), drawn)


def _things(asked: Asked, *, services: bool, drawn: Callable[[Any], Hit]) -> Answer | None:
    """Items, or services, out of one reading of both; None where there are too many, or a page of one kind is wanted."""
    if asked.alone:
        return None
    if "things" not in asked.shared:
        rows = ConfigurationItem.objects.visible_to(asked.user).in_use().called(asked.text)
        found = rows.order_by("sort_key", "pk").values(*ITEM, "sort_key", "service")[: THINGS + 1]
        asked.shared["things"] = list(found)
    things = asked.shared["things"]
    if len(things) > THINGS:
        return None
    kind = [row for row in things if (row["service"] is not None) == services]
    return _shown(asked, kind, len(kind), drawn)


def _typed(text: str) -> bool:
    """Long enough for a typo to be told from another word."""
    return len(fold(text)) >= TYPOS_FROM


def _page(asked: Asked, rows, drawn: Callable[[Any], Hit]) -> Answer:
    """A page by name and the bounded count of all of them, in one query. Beside other groups only a few lines, counted
    where there are more."""
    if not asked.alone:
        return _few(asked, rows, drawn)
    sql, params = rows.order_by().values("pk")[: CAP + 1].query.sql_with_params()
    counted = rows.annotate(total=RawSQL(f"(SELECT count(*) FROM ({sql}) n)", params, IntegerField()))  # noqa: S608, S611
    page = keyset_page(counted, ordering=("sort_key", "pk"), cursor=asked.cursor or None, size=asked.size)
    first = page.rows[0] if page.rows else {"total": 0}
    total = first["total"] if isinstance(first, dict) else first.total
    return Answer([drawn(row) for row in page.rows], min(total, CAP), total > CAP, False, page.next, page.previous)


def _few(asked: Asked, rows, drawn: Callable[[Any], Hit]) -> Answer:
    shown = list(rows.order_by("sort_key", "pk")[: asked.size + 1])
    more = len(shown) > asked.size
    return _shown(asked, shown, len(rows.order_by().values_list("pk")[: CAP + 1]) if more else len(shown), drawn)


def _shown(asked: Asked, rows: list, total: int, drawn: Callable[[Any], Hit]) -> Answer:
    """The first lines of a group, and whether there are more."""
    hits = [drawn(row) for row in rows[: asked.size]]
    if len(rows) <= asked.size:
        return Answer(hits, total)
    last = rows[asked.size - 1]
    place = [last["sort_key"], last["pk"]] if isinstance(last, dict) else [last.sort_key, last.pk]
    return Answer(hits, min(total, CAP), total > CAP, next=encode(place, backwards=False))


def offered(asked: Asked) -> Answer:
    """Services that the reader may use, by name or by what they are for, with how they do."""
    language = "en" if (get_language() or "fr").startswith("en") else "fr"
    named = Q()
    for word in fold(asked.text).split()[:5]:
        named &= Q(item__sort_key__contains=word) | Q(**{f"description_{language}__icontains": word})
    rows = Service.objects.for_portal(asked.user).filter(named).order_by("item__sort_key", "pk")
    keys = list(rows.values_list("pk", flat=True)[: CAP + 1])
    ids, following, before = page_of(keys[:CAP], asked.cursor, asked.size)
    shown = status.standings(Service.objects.filter(pk__in=ids)) if ids else []
    hits = [
        Hit(
            url=f"/status/{row.pk}/", label=row.name, icon="heart-handshake", detail=row.sentence,
            mark=row.chip,
        )
        for row in shown
    ]  # fmt: skip
    return Answer(hits, len(keys[:CAP]), len(keys) > CAP, False, following, before)
