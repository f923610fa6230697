"""Who may read, work and set up the rows of a room: by organisation, as lists of ids."""

from django.db import models
from django.db.models import Q

from itsm.people.scope import scope_of


def reached(user, permission: str, path: str) -> Q | None:
    """Rows whose organisation the role reaches; None when the role lacks the permission."""
    scope = scope_of(user)
    if not scope.may(permission):
        return None
    if scope.everything:
        return Q()
    return Q(**{f"{path}__in": scope.organisations}) | Q(**{path: None})


class ScopedQuerySet(models.QuerySet):
    """`organisation_path` leads to the organisation."""

    organisation_path = ""

    def _reached(self, user, permission: str):
        found = reached(user, permission, self.organisation_path)
        return self.none() if found is None else self.filter(found)

    def visible_to(self, user):
        """Those one may read."""
        return self._reached(user, "operations.read")

    def workable_by(self, user):
        """Those on which one may act."""
        return self._reached(user, "operations.work")

    def managed_by(self, user):
        """Those that one may set up."""
        return self._reached(user, "operations.manage")
