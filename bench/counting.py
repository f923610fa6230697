"""What business time costs: calls a second of the two functions of `itsm/calendars/business.py`, by the length of the span.

In the process, without a database: a calendar of the service desk's kind with lunch breaks, French holidays and changes of clocks.
Starts lie all over two years, so that no table of a year is always the warm one.
"""

import os
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import django

ROUNDS, CALLS = 7, 4_000
HOUR, DAY = 3_600, 86_400
SPANS = (
    ("1 hour", HOUR),
    ("1 week", 7 * DAY),
    ("1 month", 30 * DAY),
    ("1 year", 365 * DAY),
    ("5 years", 5 * 365 * DAY),
)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
OFFICE = ((480, 750), (810, 1080))
SEED = 20_261_123
SPENT = "business time"
# Beyond a few weeks the length must not matter: the dearest of these may cost so much more than a month.
FACTOR = 3


def rows() -> list[dict]:
    """Rows of the table: name, and calls a second of each round."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")
    django.setup()
    from itsm.calendars.business import add_business_seconds, business_seconds
    from itsm.calendars.spec import CalendarSpec

    spec = CalendarSpec("Europe/Paris", week=(OFFICE,) * 5 + ((), ()), holiday_country="FR")
    draw = random.Random(SEED)
    starts = [BEGIN + timedelta(seconds=draw.randrange(2 * 365 * DAY)) for _call in range(CALLS)]
    found = []
    for name, seconds in SPANS:
        pairs = [(start, start + timedelta(seconds=seconds)) for start in starts]
        found.append(_row(f"{SPENT}, {name}", partial(_each, partial(business_seconds, spec), pairs)))
    for name, seconds in SPANS[:-1]:
        # A week of the clock has about a fifth of open time.
        wanted = [(start, seconds // 5) for start in starts]
        found.append(_row(f"due date, {name}", partial(_each, partial(add_business_seconds, spec), wanted)))
    return found


def show(found: list[dict]) -> None:
    """The table, and whether the length of the span matters."""
    print(f"\nBusiness time, {ROUNDS} rounds of {CALLS:,} calls, thousand calls a second\n")
    print(f"{'':<34}{'median':>10}{'best':>10}")
    for row in found:
        print(f"{row['name']:<34}{statistics.median(row['rates']) / 1000:>10.1f}{max(row['rates']) / 1000:>10.1f}")
    print(f"\nFive years cost {dearer(found):.1f} times a month{' !' if dearer(found) > FACTOR else ''}")


def dearer(found: list[dict]) -> float:
    """How much more the longest span costs than a month."""
    rates = {row["name"]: max(row["rates"]) for row in found}
    return rates[f"{SPENT}, 1 month"] / rates[f"{SPENT}, 5 years"]


def _each(function: Callable, given: list[tuple]) -> None:
    for arguments in given:
        function(*arguments)


def _row(name: str, act: Callable[[], object]) -> dict:
    act()
    rates = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        act()
        rates.append(CALLS / (time.perf_counter() - start))
    return {"name": name, "rates": rates}
