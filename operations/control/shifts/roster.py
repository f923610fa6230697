"""Whose shift it is, for whoever shares work out: read by `itsm.people.shifts`, which knows nothing of operations."""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from itsm.people import shifts

from .models import ShiftPerson, ShiftTurn

NEAR = timedelta(days=7)


def whose_shift(team_id: int, people: Collection[int], at: datetime) -> dict[int, bool]:
    """Of those who have turns in the team's shifts now, or are in one of the week around: is theirs running?"""
    turns = ShiftTurn.objects.filter(user__in=people, pattern__team_id=team_id, pattern__is_active=True)
    found = {}
    for user, first, last, zone in turns.values_list("user_id", "first_day", "last_day", "pattern__time_zone"):
        day = at.astimezone(ZoneInfo(zone)).date()
        if (first is None or first <= day) and (last is None or day <= last):
            found[user] = False
    near = Q(shift__starts_at__lte=at + NEAR, shift__ends_at__gt=at - NEAR)
    rows = ShiftPerson.objects.filter(near, shift__team_id=team_id, user__in=people, removed=False)
    for user, begins, ends in rows.values_list("user_id", "shift__starts_at", "shift__ends_at"):
        found[user] = found.get(user, False) or begins <= at < ends
    return found


shifts.ROSTERS.add("operations", whose_shift)
