"""Which items a person may read: by organisation, as lists of ids."""

from django.db import models
from django.db.models import Q

from itsm.people.scope import scope_of


class ItemQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Items of the organisations that the person's role reaches, and those of nobody in particular."""
        scope = scope_of(user)
        if not scope.may("cmdb.read"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(Q(organisation_id__in=scope.organisations) | Q(organisation_id=None))

    def editable_by(self, user):
        """Items the person may change."""
        return self.visible_to(user) if scope_of(user).may("cmdb.edit") else self.none()

    def in_use(self):
        """Everything but what is retired."""
        return self.exclude(status="retired")
