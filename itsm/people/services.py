"""Everything that changes people, teams, trees and rights. One function, one transaction, one audit entry."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError

from .models import Absence, Membership, Organisation, Role, RoleGrant, Site, Team, User

FARTHEST_ABSENCE = timedelta(days=731)


@transaction.atomic
def create_organisation(*, actor, parent: Organisation | None = None, **fields) -> Organisation:
    """Add an organisation under `parent`."""
    return _plant(Organisation(parent=parent, **fields), "organisation.created", actor)


@transaction.atomic
def create_site(*, actor, parent: Site | None = None, **fields) -> Site:
    """Add a site under `parent`."""
    return _plant(Site(parent=parent, **fields), "site.created", actor)


@transaction.atomic
def move_organisation(pk: int, *, parent: Organisation | None, actor) -> Organisation:
    """Hang a branch elsewhere; the paths below follow. ValueError when the new parent is inside the branch."""
    node = Organisation.objects.select_for_update(no_key=True).get(pk=pk)
    if parent and parent.path.startswith(node.path):
        raise ValueError("An organisation cannot move under itself.")
    before, old_path = node.parent_id, node.path
    node.parent = parent
    node.place()
    node.save(update_fields=["parent", "path", "sort_key"])
    for child in Organisation.objects.filter(path__startswith=old_path).exclude(pk=pk):
        child.path = node.path + child.path.removeprefix(old_path)
        child.save(update_fields=["path", "sort_key"])
    log.write("organisation.moved", node, actor=actor, changes={"parent": [before, node.parent_id]})
    versions.bump("people")
    return node


@transaction.atomic
def create_person(*, actor, password: str | None = None, roles=(), teams=(), **fields) -> User:
    """Add a person; without a password it is a contact without account. `roles` are (code, organisation or None)."""
    user = User(**fields)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    for code, organisation in roles:
        RoleGrant.objects.create(user=user, role=Role.objects.get(code=code), organisation=organisation)
    for team in teams:
        Membership.objects.create(user=user, team=team)
    log.write("person.created", user, actor=actor, data={"roles": [code for code, _place in roles]})
    versions.bump("people")
    return user


@transaction.atomic
def deactivate_person(user: User, *, actor) -> User:
    """The person leaves: no sign-in, no mail, no questions. What waits for their answer is handed on within a minute."""
    return _set_active(user, False, actor)


@transaction.atomic
def reactivate_person(user: User, *, actor) -> User:
    """The person is back."""
    return _set_active(user, True, actor)


def _set_active(user: User, active: bool, actor) -> User:
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not active and actor is not None and person.pk == actor.pk:
        raise DomainError(_("Nobody closes their own account."))
    if person.is_active != active:
        person.is_active = active
        person.save(update_fields=["is_active"])
        log.write("person.reactivated" if active else "person.deactivated", person, actor=actor)
        versions.bump("people")
    user.is_active = active
    return person


@transaction.atomic
def create_team(*, actor, **fields) -> Team:
    """Add a team."""
    team = Team(**fields)
    team.full_clean(exclude=["members"])
    team.save()
    log.write("team.created", team, actor=actor)
    versions.bump("people")
    return team


@transaction.atomic
def grant_role(user: User, code: str, *, organisation: Organisation | None, actor) -> RoleGrant:
    """Give a role in an organisation and below, or everywhere."""
    grant, created = RoleGrant.objects.get_or_create(
        user=user, role=Role.objects.get(code=code), organisation=organisation
    )
    if created:
        log.write(
            "person.role_granted", user, actor=actor, data={"role": code, "organisation": str(organisation or "")}
        )
        versions.bump("people")
    return grant


@transaction.atomic
def revoke_role(user: User, code: str, *, organisation: Organisation | None, actor) -> None:
    """Take a role away."""
    found, _rows = RoleGrant.objects.filter(user=user, role__code=code, organisation=organisation).delete()
    if found:
        log.write(
            "person.role_revoked", user, actor=actor, data={"role": code, "organisation": str(organisation or "")}
        )
        versions.bump("people")


@transaction.atomic
def join_team(user: User, team: Team, *, actor) -> None:
    """Make a person a member of a team."""
    _membership, created = Membership.objects.get_or_create(user=user, team=team)
    if created:
        log.write("team.joined", team, actor=actor, data={"person": user.username})
        versions.bump("people")


@transaction.atomic
def leave_team(user: User, team: Team, *, actor) -> None:
    """End a membership."""
    found, _rows = Membership.objects.filter(user=user, team=team).delete()
    if found:
        log.write("team.left", team, actor=actor, data={"person": user.username})
        versions.bump("people")


PREFERENCES = ("language", "time_zone", "theme", "shortcuts")


@transaction.atomic
def set_preferences(user: User, *, actor, **values) -> User:
    """Language, time zone, theme and keys of a person."""
    changes = {name: [getattr(user, name), value] for name, value in values.items() if getattr(user, name) != value}
    unknown = set(values) - set(PREFERENCES)
    if unknown:
        raise ValueError(f"Not a preference: {', '.join(sorted(unknown))}.")
    for name, (_old, value) in changes.items():
        setattr(user, name, value)
    if changes:
        user.save(update_fields=list(changes))
        log.write("person.preferences_changed", user, actor=actor, changes=changes)
    return user


@transaction.atomic
def set_working_hours(user: User, calendar, *, actor) -> User:
    """The calendar in which a person works; None: the hours of the team. Twice changes nothing."""
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before, after = person.calendar_id, calendar.pk if calendar else None
    if before != after:
        person.calendar_id = after
        person.save(update_fields=["calendar"])
        log.write("person.hours_changed", person, actor=actor, changes={"calendar_id": [before, after]})
    return person


@transaction.atomic
def enter_absence(
    user: User, *, actor, starts_at: datetime, ends_at: datetime, substitute: User | None = None, reason: str = ""
) -> Absence:
    """A person is away, and who stands in meanwhile. Rotas, routing and calls go by it at once."""
    absence = Absence(user=User.objects.select_for_update(no_key=True).get(pk=user.pk))
    _put_absence(absence, starts_at, ends_at, substitute, reason)
    log.write("absence.entered", absence, actor=actor, data=_told_absence(absence))
    return absence


@transaction.atomic
def change_absence(
    pk: int, *, actor, starts_at: datetime, ends_at: datetime, substitute: User | None = None, reason: str = ""
) -> Absence:
    """Other days, or another substitute."""
    absence = Absence.objects.select_for_update(no_key=True, of=("user",)).select_related("user").get(pk=pk)
    before = _told_absence(absence)
    _put_absence(absence, starts_at, ends_at, substitute, reason)
    after = _told_absence(absence)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    log.write("absence.changed", absence, actor=actor, changes=changes)
    return absence


@transaction.atomic
def delete_absence(pk: int, *, actor) -> None:
    """The person is there after all."""
    absence = Absence.objects.select_related("user").get(pk=pk)
    log.write("absence.deleted", absence, actor=actor, data=_told_absence(absence))
    absence.delete()


def _put_absence(
    absence: Absence, starts_at: datetime, ends_at: datetime, substitute: User | None, reason: str
) -> None:
    at = now()
    if ends_at <= starts_at or ends_at <= at:
        raise DomainError(_("The end must be after the beginning, and ahead."), field="ends_at")
    if ends_at > at + FARTHEST_ABSENCE:
        raise DomainError(_("Two years ahead at most."), field="ends_at")
    if substitute is not None and (substitute.pk == absence.user_id or not substitute.is_active):
        raise DomainError(_("The substitute is somebody else, who works here."), field="substitute")
    others = Absence.objects.filter(user_id=absence.user_id, starts_at__lt=ends_at, ends_at__gt=starts_at)
    if others.exclude(pk=absence.pk).exists():
        raise DomainError(_("Another absence covers a part of this time: change that one."), field="starts_at")
    absence.starts_at, absence.ends_at, absence.substitute, absence.reason = (
        starts_at,
        ends_at,
        substitute,
        reason.strip()[:200],
    )
    absence.save()


def _told_absence(absence: Absence) -> dict:
    """An absence as the audit keeps it: when, and who stands in; why is nobody's business later."""
    return {
        "user": absence.user_id, "starts_at": absence.starts_at.isoformat(), "ends_at": absence.ends_at.isoformat(),
        "substitute": absence.substitute_id,
    }  # fmt: skip


def _plant(node, verb: str, actor):
    node.save()
    node.place()
    node.save(update_fields=["path", "sort_key"])
    log.write(verb, node, actor=actor)
    versions.bump("people")
    return node
