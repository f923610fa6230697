"""Whom a record waits for, where the reason of the wait is a supplier: that one's contract counts meanwhile, no other."""

from django.utils.translation import gettext as _

from itsm.core.errors import DomainError
from itsm.levels import agreements
from itsm.people.directory import OrganisationRow, directory

from . import promises
from .models import Record

KIND = "supplier"


def offered() -> list[OrganisationRow]:
    """The suppliers, by name."""
    return [row for row in directory.get().organisations.values() if row.kind == KIND]


def proposed(record: Record) -> int | None:
    """The supplier of the team that has the record; else the only one whose contract would apply; else nobody is guessed."""
    book = directory.get()
    team = book.teams.get(record.team_id) if record.team_id else None
    house = book.organisations.get(team.organisation_id) if team else None
    if house is not None and house.kind == KIND:
        return house.pk
    bound = {rule.supplier_id for rule in agreements.contracts(promises.facts_of(record))}
    return bound.pop() if len(bound) == 1 else None


def checked(record: Record, supplier_id: int | None, *, waits: bool, guess: bool) -> int | None:
    """The supplier to write beside a wait. `waits`: the reason is a supplier; `guess`: nobody said which."""
    if not waits:
        if supplier_id is not None:
            raise DomainError(_("This reason waits for no supplier."), field="supplier")
        return None
    if guess:
        return proposed(record)
    if supplier_id is not None and supplier_id not in {row.pk for row in offered()}:
        raise DomainError(_("Choose a supplier."), field="supplier")
    return supplier_id
