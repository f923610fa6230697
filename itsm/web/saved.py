"""Everything that changes saved views and columns. One function, one transaction, one audit entry."""

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.people.models import Team, User
from itsm.people.scope import scope_of

from .models import LONGEST_QUERY, ListPreference, SavedView
from .places import PLACES

MOST = 30
KEEP = object()


def teams_to_share_with(user: User) -> list[Team]:
    """The teams a person may share a view with: those they are in or lead; any for an administrator."""
    teams = Team.objects.filter(is_active=True).order_by("code")
    if scope_of(user).may("settings.manage"):
        return list(teams)
    return list((teams.filter(pk__in=scope_of(user).teams) | teams.filter(leader=user)).distinct())


@transaction.atomic
def save_view(*, actor: User, place: str, name: str, query: str, team: Team | None = None) -> SavedView:
    """Keep an address under a name; `team` shares it. DomainError when the name is taken or there are too many."""
    _lock(actor)
    mine = SavedView.objects.filter(owner=actor, place=PLACES.get(place).key)
    if mine.count() >= MOST:
        raise DomainError(_("You have %(n)s views already: delete one first.") % {"n": MOST})
    view = SavedView(owner=actor, place=place, team=team, query=_short(query), name=_free(mine, name))
    view.position = (mine.aggregate(last=Max("position"))["last"] or 0) + 1
    view.save()
    log.write(
        "view.created", view, actor=actor, data={"place": place, "query": query, "team": team.code if team else ""}
    )
    return view


@transaction.atomic
def change_view(pk: int, *, actor: User, name: str | None = None, team=KEEP, query: str | None = None) -> SavedView:
    """Rename it, share it with another team or nobody, or let it show something else. What is not given stays."""
    view = _locked(pk)
    before = {"name": view.name, "team": view.team.code if view.team else "", "query": view.query}
    if name is not None:
        others = SavedView.objects.filter(owner=view.owner_id, place=view.place).exclude(pk=pk)
        view.name = _free(others, name)
    if team is not KEEP:
        view.team = team
    if query is not None:
        view.query = _short(query)
    after = {"name": view.name, "team": view.team.code if view.team else "", "query": view.query}
    changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if changes:
        view.changed_at = now()
        view.save(update_fields=["name", "team", "query", "changed_at"])
        log.write("view.changed", view, actor=actor, changes=changes)
    return view


@transaction.atomic
def delete_view(pk: int, *, actor: User) -> None:
    """Forget a view: who used it keeps the address, not the name."""
    view = _locked(pk)
    log.write("view.deleted", view, actor=actor, data={"place": view.place, "query": view.query})
    view.delete()


@transaction.atomic
def move_view(pk: int, *, actor: User, up: bool) -> None:
    """One place up or down among the owner's views. At the end nothing happens."""
    view = _locked(pk)
    rows = list(SavedView.objects.filter(owner=view.owner_id, place=view.place).order_by("position", "id"))
    at = rows.index(view)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return
    rows[at], rows[to] = rows[to], rows[at]
    for position, row in enumerate(rows, start=1):
        row.position = position
    SavedView.objects.bulk_update(rows, ["position"])
    log.write("view.moved", view, actor=actor, changes={"position": [at + 1, to + 1]})


@transaction.atomic
def set_first(*, actor: User, place: str, view: SavedView | None) -> None:
    """The view that this person's list begins with; None: as it comes."""
    kept = _preference(actor, place)
    if kept.first_view_id == (view.pk if view else None):
        return
    before, kept.first_view = kept.first_view_id, view
    kept.save(update_fields=["first_view"])
    log.write("list.first_view", kept, actor=actor, changes={"first_view": [before, kept.first_view_id]})


@transaction.atomic
def set_columns(*, actor: User, place: str, columns: list[str] | None) -> None:
    """The columns that this person sees in a list; None: as it comes. Unknown names are an error, the order is the list's."""
    known = list(PLACES.get(place).columns())
    if columns is not None:
        if set(columns) - set(known):
            raise DomainError(_("There is no such column."), field="columns")
        columns = [name for name in known if name in columns]
    kept = _preference(actor, place)
    if kept.columns == columns:
        return
    before, kept.columns = kept.columns, columns
    kept.save(update_fields=["columns"])
    log.write("list.columns", kept, actor=actor, changes={"columns": [before, columns]})


def preference(user: User, place: str) -> ListPreference:
    """What a person keeps of a list, with the first view; an unsaved one for who never chose."""
    found = ListPreference.objects.select_related("first_view").filter(owner=user, place=place).first()
    return found or ListPreference(owner=user, place=place)


def _preference(actor: User, place: str) -> ListPreference:
    kept, _made = ListPreference.objects.get_or_create(owner=actor, place=PLACES.get(place).key)
    return ListPreference.objects.select_for_update(no_key=True).get(pk=kept.pk)


def _locked(pk: int) -> SavedView:
    """The view, after its owner: names and order are among the views of one person."""
    owner = SavedView.objects.values_list("owner_id", flat=True).get(pk=pk)
    User.objects.select_for_update(no_key=True).get(pk=owner)
    return SavedView.objects.select_for_update(no_key=True, of=("self",)).select_related("team").get(pk=pk)


def _lock(owner: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)


def _free(others, name: str) -> str:
    name = " ".join(name.split())[:60]
    if not name:
        raise DomainError(_("Give the view a name."), field="name")
    if others.filter(name__iexact=name).exists():
        raise DomainError(_("There is already a view of that name."), field="name")
    return name


def _short(query: str) -> str:
    if len(query) > LONGEST_QUERY:
        raise DomainError(_("This view has too many filters to be kept."))
    return query
