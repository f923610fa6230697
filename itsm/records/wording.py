"""Values of a record in words, as its history tells them: names for ids, labels for grades, instants for people."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from itsm.audit.models import Entry
from itsm.core import durations
from itsm.levels.agreements import supplier_name
from itsm.people.directory import directory

from . import reference
from .models import Impact, Urgency

FIELDS = {
    "title": gettext_lazy("title"), "description": gettext_lazy("description"), "category_id": gettext_lazy("category"),
    "service_id": gettext_lazy("service"), "impact": gettext_lazy("impact"), "urgency": gettext_lazy("urgency"),
    "priority": gettext_lazy("priority"), "team_id": gettext_lazy("team"), "assignee_id": gettext_lazy("assigned to"),
    "site_id": gettext_lazy("site"), "major": gettext_lazy("major incident"), "requester_id": gettext_lazy("requester"),
    "confidentiality_id": gettext_lazy("confidentiality"), "occurred_at": gettext_lazy("since"), "parent_id": gettext_lazy("parent"),
    "merged_into_id": gettext_lazy("merged into"), "owner_team_id": gettext_lazy("contact kept by"), "hold_reason_id": gettext_lazy("wait"), "hold_supplier_id": gettext_lazy("supplier"),
    "hold_until": gettext_lazy("wake-up"), "resolution_code_id": gettext_lazy("resolution code"), "resolution": gettext_lazy("resolution"),
    "cause_code_id": gettext_lazy("cause"), "cause_item_id": gettext_lazy("item at fault"), "resolved_by_id": gettext_lazy("resolved by"),
}  # fmt: skip
# Told by their name alone: both texts would fill the page.
LONG = ("description", "resolution")
PEOPLE = ("assignee_id", "requester_id", "resolved_by_id")
ITEMS = ("service_id", "cause_item_id")
RECORDS = ("parent_id", "merged_into_id")


@dataclass
class Names:
    """What the ids of some entries are called. Read once for a page, and only what its entries mention."""

    people: dict[int, str] = field(default_factory=dict)
    items: dict[int, str] = field(default_factory=dict)
    records: dict[int, str] = field(default_factory=dict)
    circles: dict[int, str] = field(default_factory=dict)


def mentioned(entries: Iterable[Entry], columns: tuple[str, ...]) -> set[int]:
    """The ids in some columns of the changes, before and after."""
    values = {value for entry in entries for name in columns for value in entry.changes.get(name) or ()}
    return {value for value in values if isinstance(value, int)}


def names(entries: list[Entry], people: dict[int, str]) -> Names:
    """Everything that the sentences about these entries name, in one query; `people` were read with the messages."""
    plain = [entry for entry in entries if not entry.verb.endswith((".linked", ".merged"))]
    wanted = {
        "items": mentioned(entries, ITEMS), "records": mentioned(plain, RECORDS),
        "circles": mentioned(entries, ("confidentiality_id",)),
    }  # fmt: skip
    found = Names(people)
    asked = [kind for kind in wanted if wanted[kind]]
    if asked:
        english = (get_language() or "fr").startswith("en")
        with connection.cursor() as cursor:
            sql = " UNION ALL ".join(NAMED[kind] for kind in asked)
            cursor.execute(
                sql.replace("{language}", "en" if english else "fr"), [sorted(wanted[kind]) for kind in asked]
            )
            for kind, pk, name in cursor.fetchall():
                getattr(found, kind)[pk] = name
    return found


NAMED = {
    "items": "SELECT 'items', id, name FROM cmdb_configurationitem WHERE id = ANY(%s)",
    "records": "SELECT 'records', id, number FROM records_record WHERE id = ANY(%s)",
    "circles": "SELECT 'circles', id, coalesce(nullif(name_{language}, ''), name_fr) FROM people_circle WHERE id = ANY(%s)",
}


def edited(entry: Entry, known: Names) -> str:
    """Each changed field as "urgency: 3 Medium → 2 High", then items and tasks, as one sentence."""
    parts = []
    for name, (old, new) in entry.changes.items():
        if name in LONG:
            parts.append(_("%(field)s changed") % {"field": FIELDS[name]})
        elif name in FIELDS:
            parts.append(
                _("%(field)s: %(old)s → %(new)s")
                % {"field": FIELDS[name], "old": shown(name, old, known), "new": shown(name, new, known)}
            )
    added, removed = entry.data.get("items_added"), entry.data.get("items_removed")
    if added:
        parts.append(_("items added: %(names)s") % {"names": ", ".join(added)})
    if removed:
        parts.append(_("items removed: %(names)s") % {"names": ", ".join(removed)})
    for name, words in (
        ("checklist", _("checklist added: %(title)s")),
        ("task_added", _("task added: %(title)s")),
        ("task_done", _("task done: %(title)s")),
        ("task_again", _("task open again: %(title)s")),
    ):
        if entry.data.get(name):
            parts.append(words % {"title": entry.data[name]})
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else _("Edited.")


def shown(name: str, value, known: Names) -> str:
    """One value in words; what is no longer there is said to be so, never told by its id."""
    if value in (None, ""):
        return "—"
    found: str | None
    match name:
        case "priority":
            return f"P{value}"
        case "impact" | "urgency":
            return _grade(Impact if name == "impact" else Urgency, value)
        case "major":
            return _("yes") if value else _("no")
        case "occurred_at" | "hold_until" | "follow_up_at":
            return durations.moment(instant(value))
        case "category_id":
            found = reference.category_path(value)
        case "team_id" | "owner_team_id":
            found = team(value)
        case "hold_supplier_id":
            found = supplier_name(value)
        case "site_id":
            row = directory.get().sites.get(value)
            found = row.name if row else ""
        case "resolution_code_id" | "cause_code_id" | "hold_reason_id":
            found = code(name, value)
        case "confidentiality_id":
            found = known.circles.get(value)
        case "title":
            return f"“{value}”" if (get_language() or "fr").startswith("en") else f"« {value} »"
        case _:
            lists = (PEOPLE, known.people), (ITEMS, known.items), (RECORDS, known.records)
            found = next((by_id.get(value) for columns, by_id in lists if name in columns), str(value))
    return found or _("removed since")


def _grade(grades: type[Impact] | type[Urgency], value: int) -> str:
    labels = dict(grades.choices)
    return f"{value} {labels[value]}" if value in labels else str(value)


def team(pk: int | None) -> str:
    """The code of a team; empty without one."""
    row = directory.get().teams.get(pk) if pk else None
    return row.code if row else ""


def code(column: str, pk: int | None) -> str:
    """A code of the reference lists in the reader's language; empty without one."""
    lists = {
        "resolution_code_id": reference.resolution_codes, "cause_code_id": reference.cause_codes,
        "hold_reason_id": reference.hold_reasons,
    }  # fmt: skip
    row = lists[column].get().get(pk) if pk else None
    return row.name if row else ""


def instant(text: str | None) -> datetime | None:
    """An instant as the history keeps it."""
    return datetime.fromisoformat(text) if text else None
