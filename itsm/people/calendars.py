"""Which calendars somebody may use."""

from django.db.models import Q, QuerySet

from itsm.calendars.models import Calendar

from .models import User
from .scope import scope_of


def calendars_of(user: User) -> QuerySet[Calendar]:
    """Those of everybody, and those of the organisations that the role reaches."""
    scope, rows = scope_of(user), Calendar.objects.all()
    return rows if scope.everything else rows.filter(Q(organisation=None) | Q(organisation__in=scope.organisations))
