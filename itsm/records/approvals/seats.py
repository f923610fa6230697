"""Who is asked in a stage: the people a rule stands for on this record, and whom to ask where it stands for nobody.

Nobody approves their own request: it goes to their manager. Of a confidential record only people of its circle are asked.
Who was found in another's place is kept with the question.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from itsm.cmdb.classes import with_subclasses
from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.people.models import Circle, Membership, User

from ..models import AffectedItem, Approval, Record
from .rules import Ask, Stage

Instead = Approval.Instead
MOST_ABOVE, MOST_SEATS = 10, 100
APPLICATION = "application"


@dataclass(frozen=True)
class Seat:
    """Somebody to be asked, why, and in whose place."""

    person_id: int
    why: str
    instead: str = ""
    instead_of_id: int | None = None


def seats(record: Record, stage: Stage) -> list[Seat]:
    """Everybody to be asked, each once. DomainError when nobody at all can be."""
    allowed = _circle(record)
    found: dict[int, Seat] = {}
    for ask in stage.ask:
        for seat in _of(record, ask, allowed):
            found.setdefault(seat.person_id, seat)
    if len(found) > MOST_SEATS:
        raise DomainError(_("More than %(n)s people would be asked at once.") % {"n": MOST_SEATS})
    if not found:
        raise DomainError(_("Nobody can be asked to approve %(number)s.") % {"number": record.number})
    return list(found.values())


def above(record: Record, person_id: int, taken: Iterable[int]) -> Seat | None:
    """The manager of somebody who did not answer, else who leads the desk; None when both were asked already."""
    taken, allowed = {*taken}, _circle(record)
    for candidate in (_manager(person_id), desk_manager()):
        seat = _fit(record, candidate, "", allowed)
        if seat and seat.person_id not in taken:
            return replace(seat, instead=Instead.ESCALATED, instead_of_id=person_id)
    return None


def first(record: Record, ask: Ask) -> int | None:
    """The first person that a word of a rule stands for on this record, for who has something to be done by them."""
    return next((pk for pk in _candidates(record, ask) if pk), None)


def desk_manager() -> int | None:
    """Who leads the team where everything starts."""
    team = directory.get().teams_by_code.get(settings.DEFAULT_TEAM)
    return team.leader_id if team else None


def _of(record: Record, ask: Ask, allowed: set[int] | None) -> list[Seat]:
    if ask.who == "team":
        members = Membership.objects.filter(team__code=ask.name, user__is_active=True).exclude(user=record.requester_id)
        people = [pk for pk in members.order_by("user_id").values_list("user_id", flat=True) if _may(pk, allowed)]
        found = [Seat(pk, ask.who) for pk in people]
    else:
        found = [seat for pk in _candidates(record, ask) if (seat := _fit(record, pk, ask.who, allowed))]
    return found or _somebody(record, ask, allowed)


def _candidates(record: Record, ask: Ask) -> list[int | None]:
    match ask.who:
        case "manager":
            return [_manager(record.requester_id)]
        case "person":
            return list(User.objects.filter(username__iexact=ask.name).values_list("pk", flat=True)[:1])
        case "service_owner" if record.service_id and record.service:
            return [record.service.owner_id]
    touched = AffectedItem.objects.filter(record_id=record.pk).values("item")
    items = ConfigurationItem.objects.filter(pk__in=touched).order_by("pk")
    if ask.who == "service_owner":
        return list(items.filter(service__isnull=False).values_list("service__owner_id", flat=True)[:MOST_SEATS])
    if ask.who == "application_owner":
        items = items.filter(ci_class__in=with_subclasses(APPLICATION) or [APPLICATION])
    return list(items.values_list("owner_id", flat=True)[:MOST_SEATS])


def _fit(record: Record, person_id: int | None, why: str, allowed: set[int] | None) -> Seat | None:
    """The person, or whoever is above that may answer: never the requester, nobody who left, nobody outside the circle."""
    instead, first = "", person_id
    for _step in range(MOST_ABOVE):
        if person_id is None:
            return None
        person = User.objects.filter(pk=person_id).values("is_active", "manager_id").first()
        if person is None:
            return None
        if person["is_active"] and person_id != record.requester_id and _may(person_id, allowed):
            return Seat(person_id, why, instead, first if instead else None)
        if not instead:
            own = person_id == record.requester_id
            instead = Instead.SELF if own else Instead.CIRCLE if person["is_active"] else Instead.INACTIVE
        person_id = person["manager_id"]
    return None


def _somebody(record: Record, ask: Ask, allowed: set[int] | None) -> list[Seat]:
    """Where the rule stands for nobody: who leads the desk; of a confidential record anybody of its circle."""
    seat = _fit(record, desk_manager(), ask.who, allowed)
    if seat:
        return [replace(seat, instead=Instead.NOBODY, instead_of_id=None)]
    inside = sorted((allowed or set()) - {record.requester_id})
    people = User.objects.filter(pk__in=inside, is_active=True).order_by("pk").values_list("pk", flat=True)
    return [Seat(pk, ask.who, Instead.CIRCLE) for pk in people[:1]]


def _manager(person_id: int | None) -> int | None:
    return User.objects.filter(pk=person_id).values_list("manager_id", flat=True).first() if person_id else None


def _circle(record: Record) -> set[int] | None:
    """The people who may read a confidential record; None when it is none."""
    if record.confidentiality_id is None:
        return None
    members = Circle.members.through.objects.filter(circle_id=record.confidentiality_id)
    return {*members.values_list("user_id", flat=True)}


def _may(person_id: int, allowed: set[int] | None) -> bool:
    return allowed is None or person_id in allowed
