"""What a hand-over sums up by itself. A room adds a section once: `register(Section("jobs", 30, _("Jobs held"), gather))`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from itsm.core.registry import Registry
from itsm.people.directory import directory

from .models import ShiftPattern

MOST = 30


@dataclass(frozen=True)
class Line:
    """One line; `tone` is a colour of the interface, `until` an instant that matters. What is said in words is `said`."""

    text: Any
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


def said(words: Callable[[], str]) -> Any:
    """Words in the language of whoever reads them: a kept summary has them in each."""
    return lazy(words, str)()


def houses(organisation_id: int) -> list[int]:
    """The organisation of a shift and those below it, but for what has shifts of its own."""
    others = set(ShiftPattern.objects.filter(is_active=True).values_list("organisation_id", flat=True).distinct())
    others.discard(organisation_id)
    found = []
    for row in directory.get().organisations.values():
        if organisation_id in row.lineage and others.isdisjoint(row.lineage[: row.lineage.index(organisation_id)]):
            found.append(row.pk)
    return found


def register(section: Section) -> Section:
    """Add a section; ValueError when its key is taken."""
    return SECTIONS.add(section.key, section)


def summary(organisation_id: int, begins: datetime, ends: datetime) -> list[dict]:
    """Every section as it is now, as plain values: words in the language of the organisation, and under `texts` in each."""
    row = directory.get().organisations.get(organisation_id)
    own, found = row.language if row else "fr", []
    for section in SECTIONS:
        with override(own):
            lines = section.gather(organisation_id, begins, ends)
        found.append(
            {
                "key": section.key,
                "lines": [_plain(line, own) for line in lines[:MOST]],
                "more": max(0, len(lines) - MOST),
            }
        )
    return found


def _plain(line: Line, own: str) -> dict:
    texts = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            texts[code] = str(line.text)
    kept = {"text": texts.get(own, texts["fr"]), "url": line.url, "tone": line.tone}
    more = {"texts": texts} if len(set(texts.values())) > 1 else {}
    return kept | more | {"until": line.until.isoformat() if line.until else None}


def shown(summary: list[dict]) -> list[dict]:
    """A kept summary for a page: titles and words in the reader's language, instants as instants."""
    found, language = [], (get_language() or "fr")[:2]
    for part in summary:
        section = SECTIONS.find(part["key"])
        lines = [
            line
            | {
                "text": line.get("texts", {}).get(language, line["text"]),
                "until": datetime.fromisoformat(line["until"]) if line.get("until") else None,
            }
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
