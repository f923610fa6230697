"""A record as the interface gives it: the same keys for every kind, codes and names instead of ids.

Two queries whatever the number of rows: one for the narrow rows without a join, one for every name that they need.
Annotated subqueries would cost more to compile than to run (docs/decisions/hot-paths.md).
"""

from dataclasses import dataclass, field

from django.db import connection
from rest_framework import serializers

from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import Scope
from itsm.records import reference, standing
from itsm.records.models import Channel, Phase

from .shapes import Shape

PLAIN = (
    "number", "kind", "title", "description", "language", "state", "phase", "hold_until", "follow_up_at", "impact", "urgency", "priority",
    "priority_reason", "channel", "level", "opened_at", "acknowledged_at", "first_response_at", "resolved_at", "closed_at", "due_at",
    "updated_at", "major", "reopen_count", "reassignment_count", "escalation_count", "alert_count", "child_count", "version",
)  # fmt: skip
IDS = (
    "id", "hold_reason_id", "hold_supplier_id", "category_id", "service_id", "resolution_code_id", "organisation_id", "site_id", "requester_id",
    "opened_by_id", "team_id", "assignee_id", "owner_team_id", "parent_id", "merged_into_id", "confidentiality_id",
)  # fmt: skip
COLUMNS = (*IDS, *PLAIN, "past_teams")
OF_AGENTS = ("priority_reason", "follow_up_at")
PEOPLE = ("requester_id", "opened_by_id", "assignee_id")


class RecordShape(Shape):
    """A record of any kind."""

    number = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    language = serializers.CharField()
    state = serializers.CharField(help_text="Private to the process; decide by `phase`.")
    phase = serializers.ChoiceField(Phase.choices)
    hold_reason = serializers.CharField(allow_null=True, help_text="Code.")
    hold_supplier = serializers.CharField(
        allow_null=True, help_text="Code of the supplier that is waited for; agents only."
    )
    hold_until = serializers.DateTimeField(allow_null=True)
    follow_up_at = serializers.DateTimeField(
        allow_null=True, help_text="When somebody comes back to it, set and ended by `follow-up`; agents only."
    )
    impact = serializers.IntegerField(min_value=1, max_value=4)
    urgency = serializers.IntegerField(min_value=1, max_value=4)
    priority = serializers.IntegerField(min_value=1, max_value=5)
    priority_reason = serializers.CharField(
        allow_null=True, allow_blank=True, help_text="Why the matrix was overridden; agents only."
    )
    category = serializers.CharField(allow_null=True, help_text="Code.")
    service = serializers.CharField(allow_null=True, help_text="Key.")
    items = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of the configuration items it touches."
    )
    channel = serializers.ChoiceField(Channel.choices)
    organisation = serializers.CharField(help_text="Code.")
    site = serializers.CharField(allow_null=True, help_text="Code.")
    requester = serializers.CharField(allow_null=True, help_text="Login.")
    opened_by = serializers.CharField(allow_null=True, help_text="Login.")
    team = serializers.CharField(allow_null=True, help_text="Code.")
    assignee = serializers.CharField(allow_null=True, help_text="Login.")
    owner_team = serializers.CharField(allow_null=True, help_text="Code of the team that keeps the contact.")
    level = serializers.IntegerField(allow_null=True)
    opened_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    first_response_at = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()
    resolution_code = serializers.CharField(allow_null=True)
    parent = serializers.CharField(allow_null=True, help_text="Number.")
    merged_into = serializers.CharField(allow_null=True, help_text="Number.")
    major = serializers.BooleanField()
    confidentiality = serializers.CharField(allow_null=True, help_text="Code of the circle that alone may read it.")
    reopen_count = serializers.IntegerField()
    reassignment_count = serializers.IntegerField()
    escalation_count = serializers.IntegerField()
    alert_count = serializers.IntegerField()
    child_count = serializers.IntegerField()
    version = serializers.IntegerField(help_text="Goes up with every change; the `ETag` of the record.")


@dataclass
class Names:
    """What the ids of some rows are called."""

    logins: dict[int, str] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    circles: dict[int, str] = field(default_factory=dict)
    touched: dict[int, list[str]] = field(default_factory=dict)


LOOKUPS = {
    "logins": "SELECT 'logins', id, 0, username FROM people_user WHERE id = ANY(%s)",
    "keys": "SELECT 'keys', id, 0, key FROM cmdb_configurationitem WHERE id = ANY(%s)",
    "numbers": "SELECT 'numbers', id, 0, number FROM records_record WHERE id = ANY(%s)",
    "circles": "SELECT 'circles', id, 0, code FROM people_circle WHERE id = ANY(%s)",
    "touched": (
        "SELECT 'touched', a.record_id, a.id, c.key FROM records_affecteditem a"
        " JOIN cmdb_configurationitem c ON c.id = a.item_id WHERE a.record_id = ANY(%s)"
    ),
}


def names_for(**ids: set[int]) -> Names:
    """One query for all of them: `logins`, `keys` (items), `numbers` (records), `circles`, `touched` (items by record)."""
    names, wanted = Names(), {what: sorted(some - {None}) for what, some in ids.items()}
    parts = [LOOKUPS[what] for what, some in wanted.items() if some]
    if not parts:
        return names
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY 1, 2, 3", [some for some in wanted.values() if some])
        for what, pk, _place, name in cursor.fetchall():
            if what == "touched":
                names.touched.setdefault(pk, []).append(name)
            else:
                getattr(names, what)[pk] = name
    return names


def stand(row: dict, scope: Scope) -> dict:
    """The row with `as_agent` and `works`: how the person stands to it."""
    row["as_agent"], row["works"] = standing.reads_as_agent(scope, row), standing.may_work(scope, row)
    return row


def logins_of(user_ids) -> dict[int, str]:
    """Logins by id, in one query."""
    ids = {pk for pk in user_ids if pk}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "username")) if ids else {}


def describe(
    rows: list[dict],
    scope: Scope,
    *,
    people: tuple[str, ...] = (),
    items: tuple[str, ...] = (),
    records: tuple[str, ...] = (),
) -> list[tuple[dict, dict, Names]]:
    """(the row as given out, the row as read, names) for each row.

    `people`, `items` and `records` name further columns, of the process, that hold such ids.
    """
    names = names_for(
        logins={row[name] for row in rows for name in (*PEOPLE, *people)},
        keys={row[name] for row in rows for name in ("service_id", *items)},
        numbers={row[name] for row in rows for name in ("parent_id", "merged_into_id", *records)},
        circles={row["confidentiality_id"] for row in rows},
        touched={row["id"] for row in rows},
    )
    return [(_one(stand(row, scope), names), row, names) for row in rows]


def _one(row: dict, names: Names) -> dict:
    book = directory.get()
    teams = book.teams
    found = {name: row[name] for name in PLAIN}
    for name in OF_AGENTS:
        found[name] = row[name] if row["as_agent"] else None
    found |= {
        "hold_reason": code(reference.hold_reasons.get(), row["hold_reason_id"]),
        "hold_supplier": code(book.organisations, row["hold_supplier_id"]) if row["as_agent"] else None,
        "category": code(reference.categories.get(), row["category_id"]),
        "resolution_code": code(reference.resolution_codes.get(), row["resolution_code_id"]),
        "service": names.keys.get(row["service_id"]),
        "items": names.touched.get(row["id"], []),
        "organisation": code(book.organisations, row["organisation_id"]),
        "site": code(book.sites, row["site_id"]),
        "requester": names.logins.get(row["requester_id"]),
        "opened_by": names.logins.get(row["opened_by_id"]),
        "team": code(teams, row["team_id"]),
        "assignee": names.logins.get(row["assignee_id"]),
        "owner_team": code(teams, row["owner_team_id"]),
        "parent": names.numbers.get(row["parent_id"]),
        "merged_into": names.numbers.get(row["merged_into_id"]),
        "confidentiality": names.circles.get(row["confidentiality_id"]),
    }
    return found


def code(rows, pk: int | None) -> str | None:
    """The code of a row that is kept per process."""
    row = rows.get(pk) if pk else None
    return row.code if row else None
