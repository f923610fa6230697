"""Whom one may name in a form or order for: by organisations that belong together."""

from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of

from ..desk.fields import people_for


def group_of(person) -> list[int]:
    """The organisations that are one house with the person's: up to its top, with all of the same kind below it.

    A customer's house never reaches into the provider's, nor the other way round.
    """
    book = directory.get().organisations
    own = book.get(person.organisation_id)
    if own is None:
        return []
    line = [book[pk] for pk in own.lineage if pk in book]
    top = own
    for each in line:
        if each.kind != own.kind:
            break
        top = each
    return [row.pk for row in book.values() if top.pk in row.lineage and row.kind == own.kind]


def people_near(person):
    """Active people whom the person may name or order for: of their house; for agents also those whom they serve."""
    house = User.objects.filter(is_active=True, organisation_id__in=group_of(person))
    if not scope_of(person).is_agent:
        return house
    return (house | people_for(person)).distinct()
