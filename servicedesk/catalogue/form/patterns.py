"""Patterns that catalogue managers write: only such as never make the server think for long."""

import re

from django.utils.translation import gettext as _

LONGEST = 200
MOST_REPEATS = 3
# A short text has so many letters (`reading.LONGEST`).
LONGEST_TEXT = 500
MOST_WAYS, MOST_STEPS = 65_536, 10**9
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
    ways = _ways(bare)
    if ways > MOST_WAYS or ways * LONGEST_TEXT ** len(OPEN_REPEAT.findall(bare)) > MOST_STEPS:
        return _("There are too many ways to read this pattern: write fewer “?”, “|” and repeats.")
    return ""


def _ways(bare: str) -> int:
    """In how many ways a text may be tried against a pattern without classes: each `?` doubles them, each group multiplies
    them by its alternatives. A text that does not fit is tried in all of them."""
    plain = re.sub(r"(?<=[*+?}])\?", "", re.sub(r"\\.", "x", bare).replace("(?:", "("))
    ways, groups = 2 ** plain.count("?"), [1]
    for sign in plain:
        if sign == "(":
            groups.append(1)
        elif sign == "|":
            groups[-1] += 1
        elif sign == ")" and len(groups) > 1:
            ways *= groups.pop()
    return ways * groups[0]


def fits(text: str, pattern: str) -> bool:
    """Does the whole text follow the pattern?"""
    return re.fullmatch(pattern, text) is not None
