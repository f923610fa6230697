"""What a person reads and works of shifts, their log and the checks: by organisation, as lists of ids."""

from django.db import models

from itsm.core.folding import fold
from itsm.people.scope import scope_of


class OfOrganisation(models.QuerySet):
    """Rows that belong to an organisation, directly or by `path`."""

    path = "organisation_id"

    def visible_to(self, user):
        """Those of the organisations that the person's role reaches."""
        return self._within(user, "operations.read")

    def workable_by(self, user):
        """Those that the person may write in."""
        return self._within(user, "operations.work")

    def kept_by(self, user):
        """Those that the person may set up."""
        return self._within(user, "operations.manage")

    def _within(self, user, permission: str):
        scope = scope_of(user)
        if not scope.may(permission):
            return self.none()
        return self if scope.everything else self.filter(**{f"{self.path}__in": scope.organisations})


class ShiftQuerySet(OfOrganisation):
    def at(self, at):
        """Those that run at an instant."""
        return self.filter(starts_at__lte=at, ends_at__gt=at)


class LogQuerySet(OfOrganisation):
    def matching(self, words: str):
        """Lines that hold each of the words, in any order, accents aside."""
        found = self
        for word in fold(words.replace("\x00", "")).split()[:8]:
            found = found.filter(folded__contains=word)
        return found

    def to_follow(self):
        """Points that nobody has settled."""
        return self.filter(follow=True, done_at=None)


class CheckQuerySet(OfOrganisation):
    path = "checklist__organisation_id"

    def in_use(self):
        """Those that are looked at."""
        return self.filter(is_active=True, checklist__is_active=True)
