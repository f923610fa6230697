"""Which windows a person reads and keeps."""

from django.db import models
from django.db.models import Q

from itsm.people.directory import directory
from itsm.people.scope import Scope, scope_of


class WindowQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Windows of the organisations that the person's role reaches, and of those above: these hold for them too."""
        scope = scope_of(user)
        if not scope.may("operations.read"):
            return self.none()
        return self if scope.everything else self.filter(organisation_id__in=_with_those_above(scope))

    def kept_by(self, user):
        """Windows that the person may change."""
        scope = scope_of(user)
        if not scope.may("operations.manage"):
            return self.none()
        return self if scope.everything else self.filter(organisation_id__in=scope.organisations)

    def standing(self):
        """Those that were not called off."""
        return self.filter(cancelled_at=None)

    def not_over(self, at):
        """Those that run, or of which at least one occurrence may still come."""
        again = ~Q(repeats="once") & (Q(until=None) | Q(until__gte=at.date()))
        return self.filter(Q(ends_at__gt=at) | again)


def _with_those_above(scope: Scope) -> list[int]:
    known = directory.get().organisations
    return sorted({above for pk in scope.organisations if pk in known for above in known[pk].lineage})
