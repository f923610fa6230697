"""Versions compared as packages compare them, by a text that the database sorts byte by byte.

After the rules of Debian's package versions: digits count as numbers, letters stand before other signs, a tilde stands
before the end. The epoch is left out: people ask for "below 3.0.11", not for the history of a package's numbering.
"""

import re

DIGITS = 14
# In the order in which they sort: what is before the end, the end of a version before its revision, the end of a word.
TILDE, REVISION, END = "!", '"', "$"


def version_key(text: str) -> str:
    """`version_key(a) < version_key(b)` when a is the older one. Empty for nothing."""
    bare = text.strip().split(":", 1)[-1] if re.match(r"^\s*\d+:", text) else text.strip()
    if not bare:
        return ""
    upstream, _dash, revision = bare.rpartition("-") if "-" in bare else (bare, "", "")
    return (_part(upstream) + REVISION + (_part(revision) if revision else ""))[:400]


def _part(text: str) -> str:
    pieces = []
    for words, digits in re.findall(r"([^0-9]*)([0-9]*)", text.lower()):
        if words or digits:
            pieces.append(
                "".join(map(_sign, words)) + END + (digits.lstrip("0") or "0").rjust(DIGITS, "0")[-DIGITS * 2 :]
            )
    return "".join(pieces)


def _sign(sign: str) -> str:
    if sign == "~":
        return TILDE
    return sign if "a" <= sign <= "z" else "{" + sign
