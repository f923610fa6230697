"""Words in braces that a text is filled with: {requester}, {number}, {title}, {agent}, {team}, {service}."""

import re

from itsm.people.directory import directory
from itsm.records.models import Record

NAMES = ("requester", "number", "title", "agent", "team", "service")
WORD = re.compile(r"\{(\w+)\}")


def values(incident: Record, agent) -> dict[str, str]:
    """What each word stands for on this incident, for this agent."""
    book = directory.get()
    team, service = book.teams.get(incident.team_id), incident.service
    return {
        "requester": incident.requester.display_name if incident.requester else "",
        "number": incident.number,
        "title": incident.title,
        "agent": agent.display_name,
        "team": team.name if team else "",
        "service": service.item.name if service else "",
    }


def fill(text: str, known: dict[str, str]) -> str:
    """The text with its words; one that nobody knows stays as it was typed, so that its author sees it."""
    return WORD.sub(lambda found: known.get(found[1], found[0]), text)


def unknown(text: str) -> list[str]:
    """Words in braces that stand for nothing."""
    return sorted({name for name in WORD.findall(text) if name not in NAMES})
