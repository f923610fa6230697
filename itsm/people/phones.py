"""Telephone numbers as people type them: with blanks and dots, as dialled at home or from abroad, or their last digits alone."""

import re

from django.db.models import Q

# Fewer digits than the first say nothing; from the second on, zeros in front stand in the place of the country; so many
# at the end tell a number from all others, whatever its country is written like.
LAST, NATIONAL, TELLING = 4, 8, 9
BETWEEN = re.compile(r"\(\s*0\s*\)|[\s.\-/()\u2010\u2011\u2013]+")
NUMBER = re.compile(r"\+?([0-9]{4,18})")


def ending(text: str) -> str:
    """With which digits the number that somebody typed ends; empty when it is no number, or too short to say anything."""
    found = NUMBER.fullmatch(BETWEEN.sub("", text))
    if not found:
        return ""
    digits = found[1]
    return digits.lstrip("0")[-TELLING:] if len(digits) >= NATIONAL else digits


def reached_by(text: str) -> Q | None:
    """Whose fixed or mobile number ends as the text does; None when the text is no number."""
    digits = ending(text)
    return Q(phone__endswith=digits) | Q(mobile__endswith=digits) if len(digits) >= LAST else None
