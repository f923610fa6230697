"""The rules of `queryset.desk` and `queryset.workable` for a row that is already read; a test holds the two together."""

from itsm.people.scope import Scope

COLUMNS = ("organisation_id", "team_id", "owner_team_id", "assignee_id", "past_teams", "confidentiality_id")


def reads_as_agent(scope: Scope, row: dict) -> bool:
    """Does the person read this row as the desk does, rather than as somebody who asked?"""
    if not scope.is_agent:
        return False
    near = scope.everything or row["organisation_id"] in scope.organisations or row["team_id"] in scope.teams
    return near and (row["confidentiality_id"] is None or row["confidentiality_id"] in scope.circles)


def may_work(scope: Scope, row: dict) -> bool:
    """May the person act on this row as an agent?"""
    if not scope.may("records.work") or not reads_as_agent(scope, row):
        return False
    return (
        row["assignee_id"] == scope.user_id
        or row["team_id"] in scope.teams
        or row["owner_team_id"] in scope.teams
        or not set(scope.teams).isdisjoint(row["past_teams"])
        or (row["team_id"] is None and row["organisation_id"] in scope.organisations)
        or row["organisation_id"] in scope.managed
    )
