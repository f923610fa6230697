"""Which live versions (itsm/core/live.py) stand for the records that a person reads: one topic a tree of organisations."""

from collections.abc import Iterable
from typing import Any

from itsm.core import live
from itsm.people.directory import directory
from itsm.people.scope import scope_of

MAJORS = "majors"


def topic(organisation_id: int | None) -> str:
    """The topic that a record of this organisation belongs to: that of the root above it."""
    row = directory.get().organisations.get(organisation_id) if organisation_id else None
    return f"records:{row.lineage[-1] if row else 0}"


def tell(record, *, major: bool = False) -> None:
    """This record changed; pages learn of it once that commits. `major`: it is, or was, a major incident."""
    live.changed(topic(record.organisation_id), *([MAJORS] if major else []))


def version(user, *drawn_for: object, also: Iterable[str] = ()) -> str:
    """The version of what this person may see of records, for one drawing of it; `also` are further topics."""
    return look(user, *drawn_for, also=also)[0]


def look(user, *drawn_for: object, also: Iterable[str] = (), keys: Iterable[str] = ()) -> tuple[str, dict[str, Any]]:
    """The version, and what the cache holds under `keys`, in one read."""
    scope = scope_of(user)
    topics = {topic(pk) for pk in (*scope.organisations, user.organisation_id)}
    rights = (user.pk, sorted(scope.permissions), scope.organisations, scope.teams, scope.circles)
    return live.look([*sorted(topics), *also], (rights, drawn_for), keys)
