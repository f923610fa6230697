"""What differs between two texts, line by line, for a page to show."""

from difflib import SequenceMatcher

AROUND = 3


def lines(old: str, new: str) -> list[dict[str, str]]:
    """[{"kind": same | gone | new | skip, "text"}]; of what did not change only the lines around a change."""
    before, after = old.splitlines(), new.splitlines()
    found: list[dict[str, str]] = []
    opcodes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for tag, a, b, c, d in opcodes:
        if tag == "equal":
            found += _around(before[a:b], first=a == 0, last=b == len(before))
            continue
        found += [{"kind": "gone", "text": line} for line in before[a:b]]
        found += [{"kind": "new", "text": line} for line in after[c:d]]
    return found


def _around(same: list[str], *, first: bool, last: bool) -> list[dict[str, str]]:
    rows = [{"kind": "same", "text": line} for line in same]
    head, tail = 0 if first else AROUND, 0 if last else AROUND
    if len(rows) <= head + tail + 1:
        return rows
    return [*rows[:head], {"kind": "skip", "text": ""}, *(rows[-tail:] if tail else [])]
