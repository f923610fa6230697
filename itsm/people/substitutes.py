"""Who stands in for whom now: the substitute of a person who is away, and the substitute's own when that one is away too."""

from datetime import datetime

from .models import Absence

MOST = 20


def substitutes_of(user_id: int, at: datetime) -> list[int]:
    """The chain of substitutes, nearest first; empty when the person is there. Nobody twice."""
    chain: list[int] = []
    here = user_id
    while len(chain) < MOST:
        row = (
            Absence.objects.filter(user=here, starts_at__lte=at, ends_at__gt=at, substitute__is_active=True)
            .exclude(substitute__in=[user_id, *chain])
            .order_by("starts_at", "id")
            .first()
        )
        if row is None or row.substitute_id is None:
            break
        here = row.substitute_id
        chain.append(here)
    return chain


def stands_for(user_id: int, at: datetime) -> set[int]:
    """Everybody who is away and for whom this person may answer, through however many substitutes."""
    found: set[int] = set()
    wanted = {user_id}
    for _round in range(MOST):
        rows = Absence.objects.filter(substitute__in=wanted, starts_at__lte=at, ends_at__gt=at)
        wanted = {*rows.values_list("user_id", flat=True)} - found - {user_id}
        if not wanted:
            break
        found |= wanted
    return found
