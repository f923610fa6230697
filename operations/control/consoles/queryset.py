"""Which consoles a person may see, work at and set up: those of the items that they read."""

from django.db import models
from django.db.models import Q

from itsm.people.scope import scope_of


class ConsoleQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Consoles of the organisations that the person's role reaches, and of nobody in particular."""
        scope = scope_of(user)
        if not scope.may("operations.read"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(Q(item__organisation_id__in=scope.organisations) | Q(item__organisation=None))

    def workable_by(self, user):
        """Where the person may sit down and give orders."""
        return self.visible_to(user) if scope_of(user).may("operations.work") else self.none()

    def manageable_by(self, user):
        """Whose view and authority the person may set."""
        return self.visible_to(user) if scope_of(user).may("operations.manage") else self.none()
