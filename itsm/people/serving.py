"""Which teams may be given the work of an organisation: its own, those of the organisations above, and those whose
members hold a role there (a provider's desk). Kept per process; asked by forms, REST and services alike."""

from itsm.core.reference import cached

from .directory import TeamRow, directory
from .models import Membership, Permission, RoleGrant

EVERYWHERE = None


@cached("people")
def _reach_of_teams() -> dict[int, frozenset[int | None]]:
    """By team: the organisations where an active member holds a role that works records, None for everywhere."""
    members: dict[int, set[int]] = {}
    for team, person in Membership.objects.filter(user__is_active=True).values_list("team_id", "user_id"):
        members.setdefault(person, set()).add(team)
    reach: dict[int, set[int | None]] = {}
    grants = RoleGrant.objects.filter(role__permissions__contains=[Permission.RECORDS_WORK], user__in=list(members))
    for person, organisation in grants.values_list("user_id", "organisation_id"):
        for team in members[person]:
            reach.setdefault(team, set()).add(organisation)
    return {team: frozenset(found) for team, found in reach.items()}


def serves(team_id: int, organisation_id: int) -> bool:
    """May this team work the records of that organisation?"""
    book = directory.get()
    team, place = book.teams.get(team_id), book.organisations.get(organisation_id)
    if team is None or place is None:
        return False
    reach = _reach_of_teams.get().get(team_id, frozenset())
    return team.organisation_id in place.lineage or EVERYWHERE in reach or not reach.isdisjoint(place.lineage)


def teams_serving(organisation_id: int | None) -> dict[str, TeamRow]:
    """The teams of a choice, by code, in the order of their codes; none without an organisation."""
    if organisation_id is None:
        return {}
    return {code: team for code, team in directory.get().teams_by_code.items() if serves(team.pk, organisation_id)}
