"""The columns that a reader may show or hide, in the table and in its export alike. Number, priority and title always stand."""

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core import durations
from itsm.people.directory import directory
from itsm.records import reference
from itsm.records.models import Channel

from .desks import desk_of
from .facets import service_names

LABELS = {
    "team": gettext_lazy("Team"), "assigned": gettext_lazy("Assigned to"), "state": gettext_lazy("State"), "requester": gettext_lazy("Requester"),
    "category": gettext_lazy("Category"), "service": gettext_lazy("Service"), "site": gettext_lazy("Site"), "channel": gettext_lazy("Channel"),
    "opened": gettext_lazy("Opened"), "updated": gettext_lazy("Last change"), "due": gettext_lazy("Deadline"),
}  # fmt: skip
DEFAULTS = ("team", "assigned", "state", "due")
# What a column reads besides what every row reads.
READS = {
    "category": "category_id",
    "service": "service_id",
    "site": "site_id",
    "channel": "channel",
    "updated": "updated_at",
}
ORDERED_BY = {"due": "due", "updated": "updated"}


def labels() -> dict[str, Any]:
    """Keys and heads of the columns, in their order."""
    return LABELS


def wanted(asked: str, kept: list[str] | None) -> tuple[str, ...]:
    """What the address asks for, else what the reader keeps, else what everybody gets. Unknown names are passed over."""
    if asked:
        names: Iterable[str] = asked.split(",")
    else:
        names = DEFAULTS if kept is None else kept
    return tuple(name for name in LABELS if name in set(names))


def page_size(shown: tuple[str, ...]) -> int:
    """Rows of a page: fewer when they are wide, so that the page stays light."""
    return 50 if len(shown) <= len(DEFAULTS) else 40 if len(shown) <= 7 else 30


def reads(shown: Iterable[str]) -> list[str]:
    """Columns of the spine that the shown ones need."""
    return [READS[name] for name in shown if name in READS]


def heads(shown: Iterable[str], order: str) -> list[dict]:
    """The heads of the table; `sorts` is the order that a press on it gives."""
    return [
        {
            "key": name, "label": LABELS[name], "sorts": ORDERED_BY.get(name),
            "sorted": {"due": "ascending", "updated": "descending"}.get(order, "") if ORDERED_BY.get(name) == order else "",
        }
        for name in shown
    ]  # fmt: skip


def table(built: list[dict], values: list[dict], shown: tuple[str, ...], now: datetime) -> SafeString:
    """The lines of the table, each with its cells in the order of the heads: a template takes ten times as long to place them."""
    names = service_names(v["service_id"] for v in values) if "service" in shown else {}
    nobody = format_html('<b class="tx amber">{}</b>', _("Unassigned"))
    lines = []
    for row, v in zip(built, values, strict=True):
        number = escape(row["number"])
        cells = (_cell(name, row, v, names, nobody, now) for name in shown)
        drawn = "".join(f"<td>{cell if isinstance(cell, SafeString) else escape(cell)}</td>" for cell in cells)
        lines.append(
            f"<tr{' class=is-hot' if row['hot'] else ''}><td><label><input type=checkbox form=bulk name=number value={number}>{number}</label></td><td>{row['priority']}</td>"
            f'<td><a class="tt clip" href="{escape(row["url"])}">{escape(row["title"])}</a></td><td>{row["marks"]}</td>{drawn}</tr>'
        )
    return mark_safe("\n".join(lines))


def _cell(name: str, row: dict, v: dict, services: dict[int, str], nobody, now: datetime):
    match name:
        case "assigned":
            return row["assignee"] or nobody
        case "opened" | "updated":
            return durations.moment(v[f"{name}_at"], now)
        case "category" | "service" | "site" | "channel":
            return _word(name, v, services)
    return row[name]


def _word(name: str, v: dict, services: dict[int, str]) -> str:
    match name:
        case "category":
            found = reference.categories.get().get(v["category_id"])
            return found.name if found else ""
        case "service":
            return services.get(v["service_id"], "")
        case "site":
            site = directory.get().sites.get(v["site_id"])
            return site.name if site else ""
    return str(Channel(v["channel"]).label)


def export(rows: list[dict], values: list[dict], shown: tuple[str, ...]) -> Iterable[list]:
    """Head and lines of the file: whole words and instants that a spreadsheet understands."""
    yield [_("Number"), _("Title"), _("Priority"), *(str(LABELS[name]) for name in shown)]
    names = service_names(v["service_id"] for v in values) if "service" in shown else {}
    for row, v in zip(rows, values, strict=True):
        yield [v["number"], v["title"], f"P{v['priority']}", *(_plain(name, row, v, names) for name in shown)]


def _plain(name: str, row: dict, v: dict, services: dict[int, str]):
    match name:
        case "assigned":
            return row["assignee"]
        case "state":
            return desk_of(v).lifecycle.label(v["state"])
        case "opened" | "updated" | "due":
            at = v[{"opened": "opened_at", "updated": "updated_at", "due": "due_at"}[name]]
            return at.isoformat(timespec="seconds") if at else ""
        case "team" | "requester":
            return row[name]
        case "category":
            return reference.category_path(v["category_id"])
    return _word(name, v, services)
