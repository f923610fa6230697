"""What a hand-over sums up by itself. A room adds a section once: `register(Section("jobs", 30, _("Jobs held"), gather))`."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itsm.core.registry import Registry
from itsm.people.directory import directory

MOST = 30


@dataclass(frozen=True)
class Line:
    """One line; `tone` is a colour of the interface, `until` an instant that matters."""

    text: str
    url: str = ""
    tone: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Section:
    """`gather(organisation_id, begins, ends)` gives the lines, worst first; none: the section is said to be empty."""

    key: str
    order: int
    title: Any
    gather: Callable[[int, datetime, datetime], list[Line]]


SECTIONS: Registry[Section] = Registry("section of hand-overs", key=lambda section: section.order)


def register(section: Section) -> Section:
    """Add a section; ValueError when its key is taken."""
    return SECTIONS.add(section.key, section)


def summary(organisation_id: int, begins: datetime, ends: datetime) -> list[dict]:
    """Every section as it is now, as plain values in the language of the organisation."""
    row = directory.get().organisations.get(organisation_id)
    with override(row.language if row else "fr"):
        found = []
        for section in SECTIONS:
            lines = section.gather(organisation_id, begins, ends)
            found.append(
                {
                    "key": section.key,
                    "lines": [_plain(line) for line in lines[:MOST]],
                    "more": max(0, len(lines) - MOST),
                }
            )
        return found


def _plain(line: Line) -> dict:
    return asdict(line) | {"until": line.until.isoformat() if line.until else None}


def shown(summary: list[dict]) -> list[dict]:
    """A kept summary for a page: titles in the reader's language, instants as instants."""
    found = []
    for part in summary:
        section = SECTIONS.find(part["key"])
        lines = [
            line | {"until": datetime.fromisoformat(line["until"]) if line.get("until") else None}
            for line in part["lines"]
        ]
        found.append(
            {
                "key": part["key"],
                "title": section.title if section else part["key"],
                "lines": lines,
                "more": part["more"],
            }
        )
    return found


NOTHING = _("Nothing")
