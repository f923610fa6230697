"""Who is at work at an instant: by the roster of the team where it keeps one, else by one's own hours, else by the team's.

Who keeps rosters (the shifts of operations) registers how they are read; this layer knows none of them.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from itsm.calendars.business import is_open
from itsm.core.registry import Registry

from .models import User

# (team, people, at) -> of those of them who are on a roster of the team around then: is it their shift?
Roster = Callable[[int, Collection[int], datetime], dict[int, bool]]
ROSTERS: Registry[Roster] = Registry("roster of shifts")


def rostered(team_id: int, people: Collection[int], at: datetime) -> dict[int, bool]:
    """Of those who work in shifts of the team: is theirs running?"""
    found: dict[int, bool] = {}
    for read in ROSTERS:
        for person, here in read(team_id, people, at).items():
            found[person] = found.get(person, False) or here
    return found


def off_shift(team_id: int, people: Iterable[User], at: datetime) -> dict[int, bool]:
    """Who of these people has hours of their own, and is it outside them? Who has none goes by the hours of the team."""
    people = list(people)
    shifts = rostered(team_id, [person.pk for person in people], at)
    found = {pk: not here for pk, here in shifts.items()}
    for person in people:
        if person.pk not in found and person.calendar_id is not None:
            found[person.pk] = not is_open(person.calendar_id, at)
    return found
