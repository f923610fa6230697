"""Reading the catalogue: what a person may order, what its managers keep."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from itsm.people.directory import directory
from itsm.people.scope import scope_of

if TYPE_CHECKING:
    from .models import CatalogueItemVersion


class ItemQuerySet(models.QuerySet):
    def meant_for(self, person):
        """Published items whose audience the person is in: each list that is not empty narrows it."""
        scope = scope_of(person)
        if not scope.may("portal.use"):
            return self.none()
        own = directory.get().organisations.get(person.organisation_id)
        sites = person.site.lineage() if person.site_id else ()
        department = Q(departments=[])
        if person.department:
            department |= Q(departments__contains=[person.department])
        return self.filter(
            department,
            self._open_or("organisations", organisation_id__in=own.lineage if own else ()),
            self._open_or("sites", site_id__in=sites),
            self._open_or("roles", role__code__in=scope.roles),
            state="published",
            shelf__is_active=True,
        )

    def offered_for(self, person, orderer):
        """Items that the one may order for the other.

        An agent orders for the people they serve whatever is meant for those; everybody else must see the item too.
        """
        seen = self.meant_for(person)
        if orderer.pk == person.pk:
            return seen
        if not scope_of(orderer).is_agent:
            seen = seen.filter(pk__in=self.meant_for(orderer).values("pk"))
        return seen.filter(for_others=True)

    def _open_or(self, name: str, **met) -> Q:
        """Nobody is named in this list, or the person is."""
        rows = getattr(self.model, name).through.objects.filter(catalogueitem_id=OuterRef("pk"))
        return ~Exists(rows) | Q(Exists(rows.filter(**met)))

    def kept_by(self, user):
        """Every item, for who keeps the catalogue; none for others."""
        return self if scope_of(user).may("catalogue.manage") else self.none()


def published(item) -> "CatalogueItemVersion | None":
    """The version that is ordered now."""
    return item.versions.filter(published_at__isnull=False).order_by("-number").first()
