"""Half-open intervals [start, end) of anything ordered. Lists are sorted and without overlap."""

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")
Interval = tuple[T, T]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Merge what overlaps or touches; empty ones vanish."""
    merged: list[Interval] = []
    for start, end in sorted(i for i in intervals if i[0] < i[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """What both cover."""
    a, b, found, i, j = union(left), union(right), [], 0, 0
    while i < len(a) and j < len(b):
        start, end = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if start < end:
            found.append((start, end))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return found


def subtract(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """What the first covers and the second does not."""
    holes, found = union(right), []
    for start, end in union(left):
        for hole_start, hole_end in holes:
            if hole_end <= start or hole_start >= end:
                continue
            if hole_start > start:
                found.append((start, hole_start))
            start = max(start, hole_end)
            if start >= end:
                break
        if start < end:
            found.append((start, end))
    return found


def clip(intervals: Iterable[Interval], start, end) -> list[Interval]:
    """The part between two bounds."""
    return intersect(intervals, [(start, end)])
