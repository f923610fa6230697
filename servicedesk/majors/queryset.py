"""Who sees major incidents: who reads their incident as an agent. Who decides about them: managers of the desk."""

from django.db import models

from itsm.people.scope import scope_of
from itsm.records.models import Record


class MajorQuerySet(models.QuerySet):
    """Major incidents and proposals."""

    def visible_to(self, user):
        """Of the incidents that the person reads at the desk."""
        return self.filter(record__in=Record.objects.in_desk_of(user))

    def managed_by(self, user):
        """Of the organisations whose desk the person manages."""
        scope, seen = scope_of(user), self.visible_to(user)
        if not scope.may("records.manage"):
            return self.none()
        return seen if scope.everything else seen.filter(record__organisation_id__in=scope.managed)

    def locked(self):
        """Take the row before deciding anything. Services only."""
        return self.select_for_update(no_key=True, of=("self",))


class OfOrganisationQuerySet(models.QuerySet):
    """What belongs to one organisation, or to all: rules, surges."""

    def visible_to(self, user):
        """Those that a manager of the desk, or of the switchboard, may read."""
        scope = scope_of(user)
        if not (scope.may("records.manage") or scope.may("calls.manage")):
            return self.none()
        if scope.everything:
            return self
        return self.filter(models.Q(organisation_id__in=scope.organisations) | models.Q(organisation_id=None))

    def managed_by(self, user):
        """Those that the person may decide about: never the rules of all, unless they manage everything."""
        scope = scope_of(user)
        if not scope.may("records.manage"):
            return self.none()
        return self if scope.everything else self.filter(organisation_id__in=scope.managed)
