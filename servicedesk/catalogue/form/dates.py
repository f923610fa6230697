"""Days as a form keeps them: a date, or one that moves with the day on which it is asked ("today", "today+5")."""

import re
from datetime import date, timedelta

RELATIVE = re.compile(r"today(?:\s*([+-])\s*(\d{1,4}))?")
TYPED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


def day_of(text: object, today: date) -> date | None:
    """The day that a rule means; None for what is no day."""
    words = str(text).strip()
    moving = RELATIVE.fullmatch(words)
    if moving:
        days = int(moving[2] or 0)
        return today + timedelta(days=-days if moving[1] == "-" else days)
    return typed(words)


def typed(text: str) -> date | None:
    """A day as a person or a browser writes it: 2026-11-30, or 30/11/2026."""
    words = text.strip()
    swapped = TYPED.fullmatch(words)
    try:
        if swapped:
            return date(int(swapped[3]), int(swapped[2]), int(swapped[1]))
        return date.fromisoformat(words) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words) else None
    except ValueError:
        return None
