"""What the pickers of the desk offer (`static/js/pick.js`): items, people, colleagues to call, members of a team, tickets."""

import re
from dataclasses import dataclass

from django.db.models import Case, Q, When
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from itsm.cmdb.models import ConfigurationItem
from itsm.core.folding import fold
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import search, standing
from itsm.records.models import ACTIVE, AffectedItem, Phase, Record

from .fields import people_for, search_people
from .guard import desk_required, fetch

PAGE = "servicedesk/desk/"
OFFERED, OWN, LETTERS, FOUND = 10, 5, 2, 60
BEGINS = re.compile(r"[A-Za-z]{3}\d+$")


@dataclass(frozen=True)
class Option:
    """One line of a picker: what is written into the field, what is read, and what tells it from its neighbours."""

    value: str
    text: str
    note: str = ""


@desk_required
@require_GET
def pick(request, what, kind):
    """Options for the words typed so far (`q`), about one ticket (`for`) where that matters."""
    source = SOURCES.get(what)
    if source is None:
        raise Http404
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    about = fetch(request.user, request.GET["for"]) if request.GET.get("for") else None
    return render(request, PAGE + "_options.html", {"options": source(request, words, about), "short": not words})


def _people(request, words: str, about: Record | None) -> list[Option]:
    """Whom a ticket may be opened for."""
    if len(words) < LETTERS or not scope_of(request.user).may("people.read"):
        return []
    return [_person(person) for person in search_people(people_for(request.user), words)[:OFFERED]]


def _members(request, words: str, about: Record | None) -> list[Option]:
    """The people of a team: of the one that is named, else of the ticket's."""
    named = directory.get().teams_by_code.get(request.GET.get("team", ""))
    team = named.pk if named else about.team_id if about else None
    people = people_for(request.user).filter(memberships__team_id=team)
    found = search_people(people, words) if words else people.order_by("sort_key", "pk")
    return [_person(person) for person in found[:OFFERED]]


def _colleagues(request, words: str, about: Record | None) -> list[Option]:
    """Who may be called by `@login` on a ticket: agents who read it. Without a word: the team that has it."""
    if about is None:
        raise Http404
    agents = User.objects.filter(is_active=True).exclude(pk=request.user.pk)
    if words:
        folded = fold(words)
        begins = Q(sort_key__startswith=folded) | Q(sort_key__contains=f" {folded}")
        near = agents.filter(begins, memberships__isnull=False)
    else:
        near = agents.filter(memberships__team_id__in=[about.team_id, about.owner_team_id])
    row = {name: getattr(about, name) for name in standing.COLUMNS}
    found = [
        person
        for person in near.distinct().order_by("sort_key", "pk")[: 2 * OFFERED]
        if standing.reads_as_agent(scope_of(person), row)
    ]
    return [_person(person) for person in found[:OFFERED]]


def _tickets(request, words: str, about: Record | None) -> list[Option]:
    """Tickets of one kind by number or words, those at work first. Without a word those at work that this one may be the same as:
    the requester's own, then the most alike."""
    return _found(request, words, about, kind=request.resolver_match.kwargs["kind"])


def _records(request, words: str, about: Record | None) -> list[Option]:
    """As `_tickets`, of every kind: what a ticket may be linked to."""
    return _found(request, words, about)


def _found(request, words: str, about: Record | None, **among) -> list[Option]:
    seen = Record.objects.in_desk_of(request.user).filter(merged_into=None, **among).select_related("requester")
    seen = seen.exclude(pk=about.pk) if about else seen
    if not words:
        return [_ticket(row) for row in _alike(seen.filter(ACTIVE), about)] if about else []
    if BEGINS.match(words):
        seen = seen.filter(number__startswith=words.upper())
    else:
        seen = seen.filter(pk__in=search.find_ids(words, internal=True, limit=FOUND, unfinished=True))
    return [_ticket(row) for row in seen.order_by(Case(When(ACTIVE, then=0), default=1), "-pk")[:OFFERED]]


def _alike(seen, about: Record) -> list[Record]:
    ids = search.similar_ids(about.title, internal=True)
    own = Q(requester_id=about.requester_id) if about.requester_id else Q(pk__in=[])
    rows = list(seen.filter(Q(pk__in=ids) | own).order_by("-pk")[:FOUND])
    place = {pk: n for n, pk in enumerate(ids)}
    return sorted(rows, key=lambda r: (r.requester_id != about.requester_id, place.get(r.pk, len(ids)), -r.pk))[
        :OFFERED
    ]


def _items(request, words: str, about: Record | None) -> list[Option]:
    """Items that the reader sees; those of the requester and of their last tickets come first."""
    seen = ConfigurationItem.objects.visible_to(request.user).in_use()
    login = request.GET.get("requester", "").split(" ")[0]
    owner = about.requester_id if about else User.objects.filter(username__iexact=login).values_list("pk").first()
    owner = owner[0] if isinstance(owner, tuple) else owner
    if about:
        seen = seen.exclude(affected__record_id=about.pk)
    near = seen.none()
    if owner:
        last = AffectedItem.objects.filter(record__requester_id=owner).order_by("-pk").values("item_id")[:30]
        near = seen.filter(Q(user_id=owner) | Q(pk__in=last))
    if len(words) >= LETTERS:
        near, others = near.matching(words), seen.matching(words)
    else:
        others = seen.none()
    first = list(near.distinct().order_by("sort_key", "pk")[:OWN])
    rest = others.exclude(pk__in=[item.pk for item in first]).order_by("sort_key", "pk")
    return [_item(item) for item in [*first, *rest[: OFFERED - len(first)]]]


def _person(person: User) -> Option:
    return Option(person.username, person.display_name, person.department or person.email or person.username)


def _ticket(row: Record) -> Option:
    about = [row.number, row.requester.display_name if row.requester else "", Phase(row.phase).label]
    return Option(row.number, row.title, " · ".join(str(each) for each in about if each))


def _item(item: ConfigurationItem) -> Option:
    return Option(item.key if " " not in item.key else item.name, item.name, item.key if item.key != item.name else "")


SOURCES = {
    "people": _people, "members": _members, "colleagues": _colleagues, "items": _items,
    "tickets": _tickets, "records": _records,
}  # fmt: skip
