"""Networks belong to a house: departments share one address space, customers of a provider do not."""

from itsm.people.houses import house_of
from itsm.people.models import Organisation
from itsm.people.scope import Scope


def home_of(organisation_id: int | None) -> int | None:
    """The organisation whose address space this one uses."""
    return (house_of(organisation_id) or organisation_id) if organisation_id else None


def homes_of(scope: Scope) -> tuple[int, ...]:
    """Those of the organisations that a role reaches."""
    return tuple(sorted({home_of(pk) or pk for pk in scope.organisations}))


def home_organisation(organisation: Organisation | None) -> Organisation | None:
    """The same, as a row."""
    home = home_of(organisation.pk) if organisation is not None else None
    return organisation if organisation is None or home == organisation.pk else Organisation.objects.get(pk=home)
