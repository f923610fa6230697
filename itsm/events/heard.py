"""What a machine said, as the intake takes it, whatever door it came by."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .models import Severity

FIRING, RESOLVED = "firing", "resolved"
OVER = {"ok", "resolved", "cleared", "recovery", "up", "normal"}
# What the world calls severities; anything else is a warning, never lost.
WORDS = {
    "critical": "critical", "crit": "critical", "fatal": "critical", "disaster": "critical", "emergency": "critical", "down": "critical",
    "alert": "critical", "page": "critical", "critique": "critical", "unreachable": "critical", "major": "major", "high": "major", "error": "major",
    "majeur": "major", "unknown": "minor", "minor": "minor", "average": "minor", "mineur": "minor", "medium": "minor", "warning": "warning",
    "warn": "warning", "avertissement": "warning", "low": "warning", "info": "info", "information": "info", "informational": "info", "notice": "info",
    "none": "info", "debug": "info",
}  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """One message. `sent_at` orders the messages of a source (its own clock, or when it came in); `names` are what it calls
    its item, best first, `addresses` where it is."""

    source: str
    key: str
    severity: str
    title: str
    status: str = FIRING
    body: str = ""
    at: datetime | None = None
    sent_at: datetime | None = None
    item: Any = None
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    group: str = ""
    down: bool = False
    url: str = ""
    runbook: Any = None
    facts: dict = field(default_factory=dict)


def severity_of(word: str) -> str:
    """One of ours for what a source says; a warning for what nobody knows."""
    return WORDS.get(str(word or "").strip().lower(), Severity.WARNING.value)


def is_over(word: str) -> bool:
    """Does the source say that it is over?"""
    return str(word or "").strip().lower() in OVER
