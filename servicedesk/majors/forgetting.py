"""The list of those who are told when a major incident is over: forgotten in time, and at once when somebody is erased."""

from datetime import datetime

from django.db.models import Q

from ..calls import hooks
from .models import MajorCaller


def forget(before: datetime) -> int:
    """The numbers of those who were told long ago; how many rows."""
    over = MajorCaller.objects.filter(major__over_at__lt=before)
    done = over.filter(person__isnull=False).exclude(number="").update(number="")
    return done + over.filter(person=None).delete()[0]


def erase(person, known: set[str]) -> None:
    """One person, or these numbers: who is nobody but a number stays until told."""
    who = Q(person=person) if person is not None else Q(pk=None)
    MajorCaller.objects.filter(who | Q(person__isnull=False, number__in=known)).update(number="")
    # Nothing is left of the row without it.
    MajorCaller.objects.filter(person=None, number__in=known).exclude(outcome=MajorCaller.Outcome.WAITS).delete()


hooks.ON_FORGET.append(forget)
hooks.ON_ERASE.append(erase)
