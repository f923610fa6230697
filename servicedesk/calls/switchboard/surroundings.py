"""What deciding asks about this moment: open major incidents, callers who wait, call-backs in progress. Memory and the cache only."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count

from itsm.core.reference import cached

from ..models import Call
from ..models.calls import State

CALL_BACKS = "call-backs"
WAITING = "switchboard:waiting"
SECONDS = 2
MOST_BACKS = 1000


@dataclass(frozen=True)
class OpenMajor:
    """A major incident as a menu announces it: the record's key, its number, the script by language, the services that it hits."""

    pk: int
    number: str
    scripts: dict[str, str]
    services: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Back:
    """Somebody is calling this number back now."""

    operator_id: int
    queue_id: int | None = None
    name: str = ""


@dataclass(frozen=True)
class Surroundings:
    """How to ask; the simulator and the tests put their own answers here."""

    majors: Callable[[int], list[OpenMajor]]
    waiting: Callable[[], dict[int, int]]
    back: Callable[[int, str], Back | None]


_MAJORS: list[Callable[[int], list[OpenMajor]]] = []


def majors_from(source: Callable[[int], list[OpenMajor]]) -> None:
    """Where the open major incidents of an organisation are read, given once in `ready()`; one read of the cache at most."""
    _MAJORS[:] = [source]


def majors(organisation_id: int) -> list[OpenMajor]:
    """The open major incidents that a menu may announce, the newest first."""
    return _MAJORS[-1](organisation_id) if _MAJORS else []


def waiting() -> dict[int, int]:
    """How many callers wait in each queue, at most two seconds old."""
    try:
        kept = cache.get(WAITING)
    except Exception:  # without a cache it is counted
        kept = None
    if kept is not None:
        return kept
    rows = Call.objects.waiting().filter(queue__isnull=False).order_by().values("queue").annotate(n=Count("pk"))
    found = {row["queue"]: row["n"] for row in rows}
    try:
        cache.set(WAITING, found, SECONDS)
    except Exception:  # noqa: S110 - the count is right even if it cannot be kept
        pass
    return found


@cached(CALL_BACKS)
def _backs() -> dict[tuple[int, str], Back]:
    rows = (
        Call.objects.filter(state=State.CALL_BACK, call_back_by__isnull=False)
        .exclude(from_number="")
        .order_by("call_back_at")
        .values_list(
            "organisation_id", "from_number", "call_back_by_id", "queue_id", "call_back_by__person__first_name",
            "call_back_by__person__last_name",
        )[:MOST_BACKS]
    )  # fmt: skip
    return {
        (house, number): Back(operator, queue, f"{first} {last}".strip())
        for house, number, operator, queue, first, last in rows
    }


def back(organisation_id: int, number: str) -> Back | None:
    """Who is calling this number back now, for the switchboard of this organisation."""
    return _backs.get().get((organisation_id, number))


NOW = Surroundings(majors, waiting, back)
