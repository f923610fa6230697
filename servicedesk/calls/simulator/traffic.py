"""A day's calls: when they come, who calls, how patient they are. Everything is drawn from one seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

MINUTE, HOUR = 60, 3600
BEGINS = 8  # the hour at which the played day begins
# Calls by hour of the day, one is the mean of a working day: two peaks and a dip at lunch. And by weekday from Monday.
HOURS = [0.05] * 6 + [0.1, 0.5, 1.3, 1.7, 1.5, 1.2, 0.5, 0.7, 1.35, 1.25, 1.0, 0.7, 0.35, 0.2, 0.1, 0.05, 0.05, 0.05]
WEEK = [1.75, 1.15, 1.05, 1.0, 0.9, 0.12, 0.06]
# What the caller is like, of a hundred.
KINDS = [("usual", 77), ("held", 9), ("moved", 5), ("mistake", 4), ("impatient", 5)]
SAID_TWICE, NEVER_SAID, SAID_LATE = 0.03, 0.02, 0.02
WITHHELD, UNKNOWN, AGAIN = 0.05, 0.12, 0.06


@dataclass(frozen=True)
class Caller:
    """One call to come, `at` seconds after the day began. Seconds are those of the played day."""

    at: float
    number: str
    dialled: str
    kind: str
    patience: float
    talk: float
    hold: float
    wish: float  # which key they press, as a share of those offered


def day(
    rng: random.Random, *, minutes: int, per_hour: float, weekday: int, people: list[str], dialled: list[str]
) -> Iterator[Caller]:
    """The callers of the first `minutes` of a day, in their order. `per_hour` is the mean of a working day."""
    at, before = 0.0, []
    while True:
        hour = int(BEGINS + at // HOUR) % 24
        rate = per_hour * WEEK[weekday] * HOURS[hour] / HOUR
        at += rng.expovariate(rate)
        if at >= minutes * MINUTE:
            return
        number = _number(rng, people, before)
        before = [*before[-20:], number]
        kind = rng.choices([name for name, _n in KINDS], [n for _name, n in KINDS])[0]
        patience = {"mistake": rng.uniform(1, 8), "impatient": rng.uniform(20, 70)}.get(kind) or rng.uniform(90, 400)
        yield Caller(
            at, number, rng.choice(dialled), kind, patience, talk=min(1500, rng.lognormvariate(5.3, 0.6)), hold=rng.uniform(20, 120), wish=rng.random()
        )  # fmt: skip


def _number(rng: random.Random, people: list[str], before: list[str]) -> str:
    draw = rng.random()
    if draw < WITHHELD:
        return "anonymous"
    if draw < WITHHELD + UNKNOWN or not people:
        return f"+336{rng.randrange(10_000_000, 99_999_999)}"
    if draw < WITHHELD + UNKNOWN + AGAIN and before:
        return rng.choice(before)
    return rng.choice(people)
