"""Which live versions (itsm/core/live.py) stand for the records that a person reads.

One topic a tree of organisations, one a team, for agents read what their teams hold wherever it comes from, and one of
all records for those who read everything.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from itsm.core import live
from itsm.people.directory import directory
from itsm.people.scope import scope_of

MAJORS, ALL = "majors", "records:all"


def topic(organisation_id: int | None) -> str:
    """The topic that a record of this organisation belongs to: that of the root above it."""
    row = directory.get().organisations.get(organisation_id) if organisation_id else None
    return f"records:{row.lineage[-1] if row else 0}"


def team_topic(team_id: int) -> str:
    """The topic of what this team holds."""
    return f"records:team:{team_id}"


def tell(record, *, major: bool = False, before: Mapping[str, Any] | None = None) -> None:
    """This record changed; pages learn of it once that commits. `major`: it is, or was, a major incident.

    `before` are the old values of what changed: those whom the record leaves learn of it, too.
    """
    before = before or {}
    organisations = {record.organisation_id, before.get("organisation_id", record.organisation_id)}
    teams = {record.team_id, before.get("team_id")} - {None}
    topics = {ALL, *map(topic, organisations), *map(team_topic, teams)}
    live.changed(*sorted(topics), *([MAJORS] if major else []))


def version(user, *drawn_for: object, also: Iterable[str] = ()) -> str:
    """The version of what this person may see of records, for one drawing of it; `also` are further topics."""
    return look(user, *drawn_for, also=also)[0]


def look(user, *drawn_for: object, also: Iterable[str] = (), keys: Iterable[str] = ()) -> tuple[str, dict[str, Any]]:
    """The version, and what the cache holds under `keys`, in one read."""
    scope = scope_of(user)
    topics = {topic(pk) for pk in (*scope.organisations, user.organisation_id)} | set(map(team_topic, scope.teams))
    if scope.everything:
        topics = {ALL}
    rights = (user.pk, sorted(scope.permissions), scope.organisations, scope.teams, scope.circles)
    return live.look([*sorted(topics), *also], (rights, drawn_for), keys)
