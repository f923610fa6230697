"""A record as the interface gives it: the same keys for every kind, codes and names instead of ids, from one query.

Number of queries of `describe`: one, for the logins. Everything else is in the row or kept per process.
"""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Case, OuterRef, QuerySet, Subquery, Value, When
from rest_framework import serializers

from itsm.cmdb.models import ConfigurationItem
from itsm.people.directory import directory
from itsm.people.models import Circle, User
from itsm.people.scope import Scope
from itsm.records import processes, reference
from itsm.records.models import AffectedItem, Channel, Phase, Record
from itsm.records.queryset import desk, workable

from .shapes import Shape

PLAIN = (
    "number", "kind", "title", "description", "language", "state", "phase", "hold_until", "impact", "urgency", "priority",
    "priority_reason", "channel", "level", "opened_at", "acknowledged_at", "first_response_at", "resolved_at", "closed_at", "due_at",
    "updated_at", "major", "reopen_count", "reassignment_count", "escalation_count", "alert_count", "child_count", "version",
)  # fmt: skip
IDS = (
    "id", "hold_reason_id", "category_id", "service_id", "resolution_code_id", "organisation_id", "site_id", "requester_id",
    "opened_by_id", "team_id", "assignee_id", "owner_team_id", "parent_id", "merged_into_id", "confidentiality_id",
)  # fmt: skip
LOOKED_UP = ("service_key", "item_keys", "parent_number", "merged_number", "circle", "as_agent", "works")
COLUMNS = (*IDS, *PLAIN, *LOOKED_UP)


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
    hold_until = serializers.DateTimeField(allow_null=True)
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


def select(queryset: QuerySet, scope: Scope, *more: str) -> QuerySet:
    """`queryset` of records (or of a process) as the values that `describe` needs, with `more` columns of the process."""
    keys = ConfigurationItem.objects.filter(pk=OuterRef("service_id")).values("key")[:1]
    touched = AffectedItem.objects.filter(record_id=OuterRef("pk")).order_by("id").values("item__key")
    numbers = Record.objects.order_by()
    return queryset.annotate(
        service_key=Subquery(keys),
        item_keys=ArraySubquery(touched),
        parent_number=Subquery(numbers.filter(pk=OuterRef("parent_id")).values("number")[:1]),
        merged_number=Subquery(numbers.filter(pk=OuterRef("merged_into_id")).values("number")[:1]),
        circle=Subquery(Circle.objects.filter(pk=OuterRef("confidentiality_id")).values("code")[:1]),
        as_agent=_flag(desk(scope)),
        works=_flag(workable(scope)),
    ).values(*COLUMNS, *more)


def _flag(rows) -> Case:
    return Case(When(rows, then=Value(True)), default=Value(False), output_field=BooleanField())


def logins_of(user_ids) -> dict[int, str]:
    """Logins by id, in one query."""
    ids = {pk for pk in user_ids if pk}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "username")) if ids else {}


def describe(rows: list[dict], people: tuple[str, ...] = ()) -> list[tuple[dict, dict, dict]]:
    """(the row as given out, the row as read, logins) for each row; `people` names further columns that hold people."""
    columns = ("requester_id", "opened_by_id", "assignee_id", *people)
    logins = logins_of(row[name] for row in rows for name in columns)
    return [(_one(row, logins), row, logins) for row in rows]


def _one(row: dict, logins: dict[int, str]) -> dict:
    book = directory.get()
    teams, orgs, sites = book.teams, book.organisations, book.sites
    found = {name: row[name] for name in PLAIN}
    found["priority_reason"] = row["priority_reason"] if row["as_agent"] else None
    found |= {
        "hold_reason": code(reference.hold_reasons.get(), row["hold_reason_id"]),
        "category": code(reference.categories.get(), row["category_id"]),
        "resolution_code": code(reference.resolution_codes.get(), row["resolution_code_id"]),
        "service": row["service_key"],
        "items": row["item_keys"],
        "organisation": code(orgs, row["organisation_id"]),
        "site": code(sites, row["site_id"]),
        "requester": logins.get(row["requester_id"]),
        "opened_by": logins.get(row["opened_by_id"]),
        "team": code(teams, row["team_id"]),
        "assignee": logins.get(row["assignee_id"]),
        "owner_team": code(teams, row["owner_team_id"]),
        "parent": row["parent_number"],
        "merged_into": row["merged_number"],
        "confidentiality": row["circle"],
    }
    return found


def code(rows, pk: int | None) -> str | None:
    """The code of a row that is kept per process."""
    row = rows.get(pk) if pk else None
    return row.code if row else None


def known_kinds() -> list[str]:
    """Kinds of record that this installation knows."""
    return [process.kind for process in processes.all_processes()]
