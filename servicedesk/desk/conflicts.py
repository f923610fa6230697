"""Two people edit one ticket: field by field what it was, what the other one wrote, and what I wrote.

The form carries what it was filled with (`seen-<field>`). What I left alone follows the other one; what only I changed
stays mine; what both changed is for me to choose. Everything is plain form data, so that it works without scripts.
"""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from itsm.cmdb.models import Service
from itsm.core.numbers import whole
from itsm.records import reference
from itsm.records.models import Impact, Record, Urgency

FIELDS = ("title", "description", "category", "service", "impact", "urgency", "major")


@dataclass(frozen=True)
class Difference:
    """One field that the other one changed. `open`: I changed it too, differently, and have to choose."""

    name: str
    label: str
    before: str
    theirs: str
    mine: str
    open: bool


def as_posted(ticket: Record) -> dict[str, str]:
    """The ticket as its form would send it back, untouched."""
    row = reference.categories.get().get(ticket.category_id)
    return {
        "title": ticket.title,
        "description": _plain(ticket.description),
        "category": row.code if row else "",
        "service": str(ticket.service_id or ""),
        "impact": str(ticket.impact),
        "urgency": str(ticket.urgency),
        "major": "on" if ticket.major else "",
    }


def seen(data: QueryDict | None, ticket: Record) -> dict[str, str]:
    """Names and values of the hidden fields: what the form was first filled with, however often it comes back."""
    now_is = as_posted(ticket)
    return {f"seen-{name}": (data or {}).get(f"seen-{name}", now_is[name]) for name in FIELDS}


def chosen(data: QueryDict) -> QueryDict:
    """The answer with the choices applied: where theirs was kept, the field holds what was shown as theirs."""
    data = data.copy()
    for name in FIELDS:
        if data.get(f"keep-{name}") == "theirs" and f"seen-{name}" in data:
            data[name] = data[f"seen-{name}"]
            if not data[name] and name == "major":
                del data[name]
    return data


def merge(data: QueryDict, newest: Record, labels: dict[str, str]) -> tuple[QueryDict, list[Difference]]:
    """The data to show again on the newest version, and each difference. Nothing that I typed is dropped."""
    data = data.copy()
    found = []
    for name, theirs in as_posted(newest).items():
        mine = _plain(data.get(name, ""))
        before = _plain(data[f"seen-{name}"]) if f"seen-{name}" in data else None
        data.pop(f"keep-{name}", None)
        data[f"seen-{name}"] = theirs
        if theirs in (before, mine):
            continue
        untouched = mine == before
        if untouched:
            data[name] = theirs
            if not theirs and name == "major":
                del data[name]
        found.append(
            Difference(
                name, str(labels.get(name, name)), _shown(name, before or ""), _shown(name, theirs), _shown(name, mine),
                open=not untouched,
            )
        )  # fmt: skip
    return data, found


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _shown(name: str, value: str) -> str:
    if name == "major":
        return _("yes") if value else _("no")
    if not value:
        return "—"
    if name == "category":
        row = reference.categories.get().by_code(value)
        return reference.category_path(row.pk) if row else value
    number = whole(value)
    if name == "service" and number:
        service = Service.objects.filter(pk=number).select_related("item").first()
        return service.item.name if service else value
    if name in ("impact", "urgency") and number is not None:
        grades = Impact if name == "impact" else Urgency
        return str(dict(grades.choices).get(number, value))
    return value
