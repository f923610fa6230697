"""Whose a plan, a job or a queue is: its item's organisation. What its item lost, the topmost organisation answers for."""

from itsm.people.directory import directory
from itsm.people.models import Organisation


def home_id_of(item) -> int:
    """The id of the organisation that answers for an item."""
    if item.organisation_id is not None:
        return item.organisation_id
    return min(row.pk for row in directory.get().organisations.values() if len(row.lineage) == 1)


def home_of(item) -> Organisation:
    """The organisation that answers for an item."""
    return item.organisation or Organisation.objects.get(pk=home_id_of(item))
