"""Patterns that catalogue managers write: only such as never make the server think for long."""

import re

from django.utils.translation import gettext as _

LONGEST = 200
MOST_REPEATS = 3
REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{\d+,?\d*\})")
OPEN_REPEAT = re.compile(r"(?<!\\)[*+]|\{\d*,\d*\}")
REFERENCE = re.compile(r"\\[1-9]|\(\?[^:]")


def problem(text: str) -> str:
    """What is wrong with the pattern; empty when it may be used."""
    if len(text) > LONGEST:
        return _("At most %(n)s letters.") % {"n": LONGEST}
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return _("This pattern cannot be read: look at its brackets.")
    bare = re.sub(r"(?<!\\)\[[^\]]*\]", "x", text)
    if REPEATED_GROUP.search(bare) or REFERENCE.search(bare):
        return _("Repeat single letters or classes in a pattern, never a whole group.")
    if len(OPEN_REPEAT.findall(bare)) > MOST_REPEATS:
        return _("A pattern repeats without limit at most %(n)s times.") % {"n": MOST_REPEATS}
    return ""


def fits(text: str, pattern: str) -> bool:
    """Does the whole text follow the pattern?"""
    return re.fullmatch(pattern, text) is not None
