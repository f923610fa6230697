"""Reading the catalogue: what a person may order, what its managers keep."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import BooleanField, F, Func, Q

from itsm.people.directory import directory
from itsm.people.scope import scope_of

if TYPE_CHECKING:
    from .models import CatalogueItemVersion

ROLES = "named.role_id IN (SELECT id FROM people_role WHERE code = ANY(%s))"


class Open(Func):
    """Nobody is named in a list of the audience, or one of these is. In one piece: Django takes longer to write three such
    conditions than the database to answer them."""

    output_field, conditional = BooleanField(), True

    def __init__(self, through, met: str, values):
        super().__init__(F("pk"))
        self.table, self.met, self.values = through._meta.db_table, met, list(values)

    def as_sql(self, compiler, connection, **_more):
        """The SQL of the condition; what is compared is a parameter."""
        pk, _none = compiler.compile(self.source_expressions[0])
        named = f'SELECT 1 FROM "{self.table}" named WHERE named.catalogueitem_id = {pk}'  # noqa: S608
        return f"(NOT EXISTS ({named}) OR EXISTS ({named} AND {self.met}))", (self.values,)


class ItemQuerySet(models.QuerySet):
    def meant_for(self, person):
        """Published items whose audience the person is in: each list that is not empty narrows it."""
        scope = scope_of(person)
        if not scope.may("portal.use"):
            return self.none()
        own = directory.get().organisations.get(person.organisation_id)
        site = directory.get().sites.get(person.site_id)
        department = Q(departments=[])
        if person.department:
            department |= Q(departments__contains=[person.department])
        return self.filter(
            department,
            Open(self.model.organisations.through, "named.organisation_id = ANY(%s)", own.lineage if own else ()),
            Open(self.model.sites.through, "named.site_id = ANY(%s)", site.lineage if site else ()),
            Open(self.model.roles.through, ROLES, scope.roles),
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

    def kept_by(self, user):
        """Every item, for who keeps the catalogue; none for others."""
        return self if scope_of(user).may("catalogue.manage") else self.none()


def published(item) -> "CatalogueItemVersion | None":
    """The version that is ordered now."""
    return item.versions.filter(published_at__isnull=False).order_by("-number").first()
