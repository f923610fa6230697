"""What the opening of any record decides: whose it is, who gets it, in which language."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from itsm.core.errors import DomainError
from itsm.escalation.routing import sharing
from itsm.escalation.routing.people import BY_HAND, Choice, choose
from itsm.people.directory import directory
from itsm.records import assignable, moves, reference
from itsm.records.models import AffectedItem, Link, Record

FIRST_LEVEL = 1


def organisation_id(requester, organisation, actor) -> int:
    """Whose record it is: what is said, else the requester's, else the actor's own."""
    for candidate in (
        getattr(organisation, "pk", None),
        getattr(requester, "organisation_id", None),
        getattr(actor, "organisation_id", None),
    ):
        if candidate:
            return candidate
    raise DomainError(_("Say for which organisation."), field="organisation")


def first_team(record: Record, items: tuple[int, ...]):
    """By a routing rule, else the category's team, else the desk."""
    book = directory.get()
    found = sharing.team_for(record, items=items) or reference.team_for_category(record.category_id, FIRST_LEVEL)
    return book.teams.get(found) if found else book.teams_by_code.get(settings.DEFAULT_TEAM)


def hand_to(record: Record, at: datetime, *, team, assignee, items: tuple[int, ...] = ()) -> Choice:
    """Its team: the one that is named, else by the rules; then its person, named or chosen in the team."""
    chosen = team or first_team(record, items)
    if chosen is not None:
        record.team_id = record.owner_team_id = chosen.pk
        record.level = chosen.level
    if team is not None:
        assignable.check_team(record, team)
    record.assignee = assignee
    if assignee is not None:
        assignable.check_person(record, assignee)
    left = BY_HAND if assignee is not None else choose(record, at)
    if left.person:
        record.assignee = left.person
    return left


def write(
    record: Record, left: Choice, *, actor, at: datetime, quiet: bool, items: Sequence = (), follows=None
) -> None:
    """Open it through the one door, with the items that it touches and what it follows; the leader hears why nobody has it."""
    try:
        moves.open_record(record, actor=actor, at=at, quiet=quiet)
    except IntegrityError as error:
        raise readable(error) from error
    if left.why:
        sharing.tell_leader(record, left)
    if items:
        AffectedItem.objects.bulk_create([AffectedItem(record=record, item=item) for item in items])
    if follows:
        Link.objects.create(source=record, target=follows, type=Link.Type.FOLLOWS, created_by=actor)


def language_of(requester, organisation_id: int) -> str:
    """In which language its requester is spoken to."""
    row = directory.get().organisations.get(organisation_id)
    return getattr(requester, "language", "") or (row.language if row else "fr")


def readable(error: IntegrityError) -> DomainError:
    """What a broken constraint means for who typed."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if "requester" in name:
        return DomainError(_("Say who is concerned."), field="requester")
    return DomainError(_("This ticket cannot be saved as it is: a value it refers to no longer exists."))
