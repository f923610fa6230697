"""Who keeps which macros, texts and checklists: one's own, those of the teams that one leads, everybody's for administrators."""

from django.core.cache import cache
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from itsm.audit import log
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from .models import CannedReply, ChecklistTemplate, Macro
from .services import shelf

KINDS: dict[str, type[models.Model]] = {"macros": Macro, "replies": CannedReply, "checklists": ChecklistTemplate}
NAMES = {
    "macros": gettext_lazy("Macros"),
    "replies": gettext_lazy("Canned replies"),
    "checklists": gettext_lazy("Checklists"),
}
MINE, EVERYBODY = "mine", "all"


def led(user) -> dict[int, str]:
    """{team: code and name} of the teams whose shelf this person keeps: as their leader, or as who manages their work."""
    scope = scope_of(user)
    manages = scope.managed if scope.may("records.manage") else ()
    return {
        team.pk: f"{team.code} · {team.name}"
        for team in directory.get().teams.values()
        if team.leader_id == user.pk or team.organisation_id in manages
    }


def shelves(user) -> list[tuple[str, str]]:
    """The shelves that this person may put something on, for a choice."""
    if not scope_of(user).may("records.work"):
        return []
    found = [(MINE, _("Only me")), *((str(pk), name) for pk, name in led(user).items())]
    return [*found, (EVERYBODY, _("Everybody"))] if scope_of(user).may("settings.manage") else found


def seen(kind: str, user) -> models.QuerySet:
    """What this person may use or keep."""
    rows = KINDS[kind].objects.filter(shelf(user) | Q(team__in=list(led(user))))  # type: ignore[attr-defined]
    return rows.select_related("team", *(["checklist"] if kind == "macros" else [])).order_by("name", "pk")


def shelf_of(row) -> str:
    """The shelf of a row, as a choice names it."""
    if row.owner_id:
        return MINE
    return str(row.team_id) if row.team_id else EVERYBODY


def may_keep(user, row) -> bool:
    """May this person change or delete the row?"""
    if row.owner_id:
        return row.owner_id == user.pk and scope_of(user).may("records.work")
    return shelf_of(row) in dict(shelves(user))


def keep(row, *, actor, on: str):
    """Save a new or changed row on a shelf. DomainError when its name is taken there."""
    made = row.pk is None
    put_on(row, on, actor)
    try:
        with transaction.atomic():
            row.save()
            log.write(f"{row._meta.model_name}.{'created' if made else 'changed'}", row, actor=actor)
    except IntegrityError as error:
        raise DomainError(_("There is one of this name there already."), field="name") from error
    _forget(actor)
    return row


@transaction.atomic
def drop(row, *, actor) -> None:
    """Delete a row. DomainError, with their names, while macros use it."""
    if used := users_of(row, actor):
        raise DomainError(_("It stays, because macros use it: %(names)s.") % {"names": ", ".join(used)})
    log.write(f"{row._meta.model_name}.deleted", row, actor=actor)
    row.delete()
    _forget(actor)


def users_of(row, reader) -> list[str]:
    """The macros that use a checklist: those that the reader knows by name, the others by their number."""
    if not isinstance(row, ChecklistTemplate):
        return []
    named = set(seen("macros", reader).filter(checklist=row).values_list("name", flat=True))
    others = Macro.objects.filter(checklist=row).count() - seen("macros", reader).filter(checklist=row).count()
    words = ngettext("%(n)s macro of somebody else", "%(n)s macros of others", others) % {"n": others}
    return [*sorted(named), *([words] if others else [])]


def reaches(on: str, macro: Macro, actor) -> bool:
    """May all who use this macro use a checklist of the actor's that lies on the shelf `on`?"""
    if on == EVERYBODY:
        return True
    return macro.owner_id == actor.pk if on == MINE else macro.owner_id is not None or macro.team_id == int(on)


def put_on(row, on: str, actor) -> None:
    """The shelf of a choice, on a row that is not saved yet."""
    row.owner_id = actor.pk if on == MINE else None
    row.team_id = int(on) if on not in (MINE, EVERYBODY) else None


def _forget(actor) -> None:
    """The menus of the author are right at once; those of colleagues within the half minute."""
    transaction.on_commit(lambda: cache.delete(f"macros:{actor.pk}"), robust=True)
