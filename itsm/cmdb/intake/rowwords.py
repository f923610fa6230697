"""Rows of a run in the reader's words."""

from collections import Counter

from django.urls import reverse
from django.utils.translation import gettext as _

from itsm.people.directory import directory

from .. import itempage
from ..models import ConfigurationItem, IntakeRow, IntakeRun
from . import reasons
from .deciding import FOREIGN
from .kinds import TABLES

SHOWN = 8
D = IntakeRow.Decision


def tabs(run: IntakeRun, counts: Counter, shown: str) -> list[dict]:
    """One for each decision that occurs."""
    address = reverse("cmdb:import", args=[run.pk])
    found = [{"url": address, "label": _("Every row"), "current": shown not in D.values, "count": sum(counts.values())}]
    labels = done_words() if run.state == "done" else {}
    for value, label in D.choices:
        if counts.get(value):
            text = labels.get(value, label)
            found.append(
                {"url": f"{address}?only={value}", "label": text, "current": shown == value, "count": counts[value]}
            )
    return found


def done_words() -> dict[str, str]:
    """What is said of a row once it is done."""
    return {D.CREATE: _("Added"), D.UPDATE: _("Changed")}


def _decision(row: IntakeRow) -> str:
    """What is to become of a row, or what became of it."""
    return (done_words() if row.applied_at else {}).get(row.decision) or str(row.get_decision_display())


def lines(rows: list[IntakeRow], reader) -> list[dict]:
    """Each row with its changes, and the items among which somebody has to choose (those that the reader may see)."""
    wanted = {pk for row in rows for pk in row.options}
    options = (
        {item.pk: item for item in ConfigurationItem.objects.visible_to(reader).filter(pk__in=wanted)} if wanted else {}
    )
    people = itempage.names_of({v for row in rows for n in ("owner", "user") for v in row.changes.get(n, []) if v})
    return [
        {
            "row": row, "decision": _decision(row), "reason": reasons.shown(row.why, row.reason), "kind": str(TABLES.get(row.kind).label) if row.kind in TABLES else "",
            "cls": itempage.spec_of(row.candidate.get("ci_class", "")).name if row.kind == "ci" else "",
            "changes": _changes(row, people), "more": max(0, len(row.changes) - SHOWN), "kept": _kept(row),
            "options": [options[pk] for pk in row.options if pk in options],
        }
        for row in rows
    ]  # fmt: skip


def _changes(row: IntakeRow, people: dict) -> list[dict]:
    spec = itempage.spec_of(row.candidate.get("ci_class", ""))
    found = []
    for name, (old, new) in list(row.changes.items())[:SHOWN]:
        if name == "parts":
            found.append({"field": _("Parts"), "old": "", "new": new})
        else:
            found.append({"field": label(name, spec), "old": word(name, old, people), "new": word(name, new, people)})
    return found


def _kept(row: IntakeRow) -> list[dict]:
    spec = itempage.spec_of(row.candidate.get("ci_class", ""))
    return [
        {
            "field": label(name, spec), "stands": word(name, old, {}), "said": word(name, new, {}),
            "who": _("what people typed") if who == "hand" else who,
        }
        for name, (old, new, who) in row.kept.items()
    ]  # fmt: skip


def label(name: str, spec) -> str:
    """A field in the reader's words."""
    return itempage.field_label(f"{name}_id" if name in FOREIGN else name, spec)


def word(name: str, value, people: dict) -> str:
    """A value in the reader's words."""
    if value in ("", None):
        return "—"
    known = directory.get()
    tables = {"organisation": known.organisations, "site": known.sites}
    if name in tables:
        return tables[name][value].name if value in tables[name] else str(value)
    if name == "support_team":
        return known.teams[value].code if value in known.teams else str(value)
    if name == "ci_class":
        return itempage.spec_of(value).name
    if name in ("owner", "user"):
        return people.get(value, str(value))
    return str(itempage.shown(name, value))[:200]
