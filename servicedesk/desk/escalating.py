"""Where a functional escalation goes when nobody says."""

from itsm.people.directory import TeamRow, directory
from itsm.people.serving import serves
from itsm.records import reference
from itsm.records.models import Record

TOP_LEVEL = 3


def next_team_for(ticket: Record, level: int | None = None) -> TeamRow | None:
    """The category's team at the wanted (else the next) level, else the team's next team; None when nobody is above."""
    book = directory.get()
    wanted = level if level is not None else (ticket.level or 0) + 1
    for step in range(wanted, TOP_LEVEL + 1):
        found = reference.team_for_category(ticket.category_id, step)
        if found and found != ticket.team_id and serves(found, ticket.organisation_id):
            return book.teams.get(found)
        if level is not None:
            break
    current = book.teams.get(ticket.team_id or 0)
    following = book.teams.get(current.next_team_id) if current and current.next_team_id else None
    if following and not serves(following.pk, ticket.organisation_id):
        return None
    if following and level is not None and following.level != level:
        return None
    return following
