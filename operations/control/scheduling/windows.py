"""Maintenance windows that touch a job: on itself, or on what it runs on, as far as the CMDB knows."""

from collections import defaultdict
from datetime import datetime

from itsm.planning.matching import below
from itsm.planning.services import windows_at, windows_of

from .models import Job


def at(jobs: list[Job], when: datetime) -> dict[int, object]:
    """The window that touches each job at an instant, by the job's id."""
    stands = below([job.pk for job in jobs])
    items: dict[int | None, set[int]] = defaultdict(set)
    for job in jobs:
        items[job.item.organisation_id].update(stands[job.pk])
    windows = {house: windows_at(sorted(mine), when, house=house) for house, mine in items.items()}
    touched = {}
    for job in jobs:
        found = windows[job.item.organisation_id]
        window = next((found[pk] for pk in stands[job.pk] if pk in found), None)
        if window is not None:
            touched[job.pk] = window
    return touched


def coming(job: Job, start: datetime, end: datetime) -> list:
    """The maintenance windows that touch a job between two instants, each once, by their beginning."""
    house = job.item.organisation_id
    found = windows_of(below([job.pk])[job.pk], start, end, kind="maintenance", house=house)
    once = {window.pk: window for several in found.values() for window in several}
    return sorted(once.values(), key=lambda window: (window.begins, window.pk))
