"""Who sees a rota, who takes part in it, who runs it. What one may not see does not exist."""

from datetime import timedelta

from django.db.models import Q, QuerySet

from itsm.core import now
from itsm.levels.reading import agreements_for
from itsm.people.directory import directory
from itsm.people.models import Absence, Membership, User
from itsm.people.reading import concerning, known_organisations
from itsm.people.scope import scope_of

from .models import Chain, ChainStep, Page, PageCall, Policy, Rota


def rotas_for(user: User) -> QuerySet[Rota]:
    """Rotas that an agent reads: of their teams and of the organisations that their role reaches."""
    scope = scope_of(user)
    if not scope.is_agent:
        return Rota.objects.none()
    if scope.everything:
        return Rota.objects.all()
    return Rota.objects.filter(Q(team__in=scope.teams) | Q(team__organisation__in=scope.organisations))


def may_run(user: User, rota: Rota) -> bool:
    """The leader of the team, managers of its organisation, administrators: they edit, and act on behalf of others."""
    scope = scope_of(user)
    if scope.everything or scope.may("settings.manage"):
        return True
    team = directory.get().teams.get(rota.team_id)
    return team is not None and (team.leader_id == user.pk or team.organisation_id in scope.managed)


def may_take_part(user: User, rota: Rota) -> bool:
    """Members of the team take shifts, and whoever runs the rota gives them."""
    return rota.team_id in scope_of(user).teams or may_run(user, rota)


def may_create(user: User) -> bool:
    """Whoever runs any team."""
    return bool(teams_run_by(user))


def teams_run_by(user: User) -> list[int]:
    """Teams whose rotas the person runs."""
    scope = scope_of(user)
    if not scope.is_agent:
        return []
    everywhere = scope.everything or scope.may("settings.manage")
    return [
        pk
        for pk, team in directory.get().teams.items()
        if everywhere or team.leader_id == user.pk or team.organisation_id in scope.managed
    ]


def may_enter_for(user: User) -> QuerySet[User]:
    """Whose absences a person enters: their own; leaders, managers and administrators those of their teams too."""
    scope = scope_of(user)
    if not scope.is_agent:
        return User.objects.none()
    manages = scope.organisations if scope.may("settings.manage") else scope.managed
    teams = [
        pk
        for pk, team in directory.get().teams.items()
        if scope.everything or team.leader_id == user.pk or team.organisation_id in manages
    ]
    mine = Q(pk=user.pk) | Q(pk__in=Membership.objects.filter(team__in=teams).values("user_id"))
    return User.objects.filter(mine, is_active=True).order_by("sort_key", "pk")


def absences_for(user: User) -> QuerySet[Absence]:
    """The absences that a person may change, what stands or is to come first; those that are over for a month."""
    rows = Absence.objects.filter(user__in=may_enter_for(user), ends_at__gte=now() - timedelta(days=30))
    return rows.select_related("user", "substitute").order_by("ends_at", "pk")


def pages_for(user: User) -> QuerySet[Page]:
    """Chains that run and called the person, those that they did not pass on."""
    mine = PageCall.objects.filter(user=user, outcome__in=["called", "silent"]).values("page")
    return Page.objects.filter(state=Page.State.RUNNING, pk__in=mine).order_by("started_at", "pk")


def may_set_hours_of(user: User) -> QuerySet[User]:
    """Whose working hours a person sets: those of the members of the teams that they run."""
    members = Membership.objects.filter(team__in=teams_run_by(user)).values("user_id")
    return User.objects.filter(pk__in=members, is_active=True).order_by("sort_key", "pk")


def policies_for(user: User) -> QuerySet[Policy]:
    """Policies that an agent reads: of everybody or of organisations that they may know of, under agreements that they read."""
    if scope_of(user).everything:
        return Policy.objects.all()
    under = Q(agreement=None) | Q(agreement__in=agreements_for(user))
    return Policy.objects.filter(concerning(user, "organisation_id") & under)


def chains_for(user: User) -> QuerySet[Chain]:
    """Call chains that name no rota and nobody of whom an agent knows nothing."""
    if scope_of(user).everything:
        return Chain.objects.all()
    rotas = ChainStep.objects.filter(rota__isnull=False).exclude(rota__in=rotas_for(user))
    people = ChainStep.objects.filter(user__isnull=False).exclude(user__organisation__in=known_organisations(user))
    return Chain.objects.exclude(steps__in=rotas).exclude(steps__in=people)
