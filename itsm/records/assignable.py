"""Who may be given a record: teams that serve its organisation, people who could work it once they have it."""

from django.utils.translation import gettext_lazy as _

from itsm.core.errors import DomainError
from itsm.people.scope import scope_of
from itsm.people.serving import serves

from .models import Record
from .standing import may_work


def check_team(record: Record, team, *, field: str = "team") -> None:
    """DomainError when the team does not serve the organisation of the record."""
    if not serves(team.pk, record.organisation_id):
        raise DomainError(_("This team does not work for the organisation of the ticket."), field=field)


def may_hold(record: Record, person) -> bool:
    """Could the person work the record, were it theirs? The same rule that guards every move."""
    row = {
        "organisation_id": record.organisation_id,
        "team_id": record.team_id,
        "owner_team_id": record.owner_team_id,
        "past_teams": record.past_teams,
        "confidentiality_id": record.confidentiality_id,
        "assignee_id": person.pk,
    }
    return person.is_active and may_work(scope_of(person), row)


def check_person(record: Record, person) -> None:
    """DomainError when the person could not work the record. Names nobody: the reader may not know the person."""
    if not may_hold(record, person):
        raise DomainError(_("This person may not work this ticket."), field="assignee")
