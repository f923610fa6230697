"""Which alerts a person may read and work: by organisation, as lists of ids."""

from django.db import models
from django.db.models import Q

from itsm.core import now
from itsm.people.directory import directory
from itsm.people.scope import scope_of


class OfOrganisations(models.QuerySet):
    """Rows of an organisation that the person's role in operations reaches."""

    def visible_to(self, user):
        """Those of the organisations whose records the person reads."""
        scope = scope_of(user)
        if not scope.may("operations.read"):
            return self.none()
        return self if scope.everything else self.filter(organisation_id__in=scope.organisations)

    def workable_by(self, user):
        """Those that the person may act on."""
        return self.visible_to(user) if scope_of(user).may("operations.work") else self.none()


class AlertQuerySet(OfOrganisations):
    def active(self):
        """What is not closed yet."""
        return self.filter(closed_at=None)

    def firing(self):
        """What is wrong at this moment, whatever people made of it."""
        return self.filter(closed_at=None, cleared_at=None)

    def listed(self):
        """What asks for an eye: open ones, those that were taken and those that flap, without what a dead parent explains."""
        return self.filter(closed_at=None, parent=None, state__in=["open", "acknowledged", "flapping"])


class OfOrganisationsOrAll(models.QuerySet):
    """Rules and silences: those of an organisation, and those of all."""

    def visible_to(self, user):
        """Those that may act on alerts that the person reads."""
        scope = scope_of(user)
        if not scope.may("operations.read"):
            return self.none()
        return (
            self if scope.everything else self.filter(Q(organisation_id__in=scope.organisations) | Q(organisation=None))
        )

    def manageable_by(self, user):
        """Those that the person may change: not those of everybody, unless they reach everybody."""
        scope = scope_of(user)
        if not scope.may("operations.manage"):
            return self.none()
        return self if scope.everything else self.filter(organisation_id__in=scope.organisations)

    def for_organisation(self, pk: int):
        """Those of the organisation, of those above it, and of all."""
        row = directory.get().organisations.get(pk)
        return self.filter(Q(organisation=None) | Q(organisation_id__in=row.lineage if row else [pk]))


class SilenceQuerySet(OfOrganisationsOrAll):
    def workable_by(self, user):
        """Who works at the consoles may end a silence early."""
        return self.visible_to(user) if scope_of(user).may("operations.work") else self.none()

    def lasting(self, at=None):
        """Those that hold now."""
        at = at or now()
        return self.filter(starts_at__lte=at, ends_at__gt=at)
