"""Who is asked in a stage: the people a rule stands for on this record, and whom to ask where it stands for nobody.

Nobody approves their own request, nor what they ordered for somebody: it goes to their manager. Of a confidential record only
people of its circle are asked. Who was found in another's place is kept with the question.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from itsm.cmdb.classes import with_subclasses
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.people.administrators import administrators_of
from itsm.people.directory import directory
from itsm.people.models import Circle, Membership, User
from itsm.people.substitutes import substitutes_of

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


def next_for(record: Record, stage: Stage, approval: Approval, reason: str) -> Seat | None:
    """Who answers in the place of somebody who can no longer: by the rule anew, their manager, their substitute, else whoever
    the last resort is. Nobody who was asked in this stage already; None when nobody is left."""
    allowed = _circle(record)
    taken = {*Approval.objects.filter(record_id=record.pk, stage=approval.stage).values_list("approver_id", flat=True)}
    for person_id in _in_turn(record, stage, approval, allowed):
        if person_id not in taken:
            return Seat(person_id, approval.why, reason, approval.approver_id)
    return None


def own_of(record: Record) -> set[int]:
    """Whose request it is: whom it is for and who ordered it. Neither approves it."""
    return {pk for pk in (record.requester_id, record.opened_by_id) if pk}


def left_out(record: Record, stage: Stage) -> list[int]:
    """Members of a team of the stage who are not asked, for it is their own request."""
    codes = [ask.name for ask in stage.ask if ask.who == "team"]
    members = Membership.objects.filter(team__code__in=codes, user__in=own_of(record), user__is_active=True)
    return list(members.order_by("user_id").values_list("user_id", flat=True).distinct()) if codes else []


def holders(record: Record, ask: Ask) -> set[int]:
    """The people whom a word of a rule stands for on this record, fit to answer or not."""
    if ask.who == "team":
        members = Membership.objects.filter(team__code=ask.name, user__is_active=True)
        return {*members.values_list("user_id", flat=True)}
    return {pk for pk in _candidates(record, ask) if pk}


def first(record: Record, ask: Ask) -> int | None:
    """The first person that a word of a rule stands for on this record, for who has something to be done by them."""
    return next((pk for pk in _candidates(record, ask) if pk), None)


def desk_manager() -> int | None:
    """Who leads the team where everything starts."""
    team = directory.get().teams_by_code.get(settings.DEFAULT_TEAM)
    return team.leader_id if team else None


def _of(record: Record, ask: Ask, allowed: set[int] | None) -> list[Seat]:
    return _by_rule(record, ask, allowed) or _somebody(record, ask, allowed)


def _by_rule(record: Record, ask: Ask, allowed: set[int] | None) -> list[Seat]:
    if ask.who == "team":
        people = sorted(holders(record, ask) - own_of(record))
        return [Seat(pk, ask.who) for pk in people if _may(pk, allowed)]
    return [seat for pk in _candidates(record, ask) if (seat := _fit(record, pk, ask.who, allowed))]


def _in_turn(record: Record, stage: Stage, approval: Approval, allowed: set[int] | None) -> Iterator[int]:
    """Those who may answer in the place of who was asked, nearest first."""
    for ask in stage.ask:
        if ask.who == approval.why:
            yield from (seat.person_id for seat in _by_rule(record, ask, allowed))
    gone = approval.approver_id
    yield from _fitting(record, [_manager(gone), *substitutes_of(gone, now())], allowed)
    yield from _fitting(record, _last_resorts(record), allowed)
    yield from _inside(record, allowed)


def _fitting(record: Record, people: Iterable[int | None], allowed: set[int] | None) -> Iterator[int]:
    for pk in people:
        if seat := _fit(record, pk, "", allowed):
            yield seat.person_id


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
    """The person, or whoever is above that may answer: not whose request it is, nobody who left, nobody outside the circle."""
    instead, first, own = "", person_id, own_of(record)
    for _step in range(MOST_ABOVE):
        if person_id is None:
            return None
        person = User.objects.filter(pk=person_id).values("is_active", "manager_id").first()
        if person is None:
            return None
        if person["is_active"] and person_id not in own and _may(person_id, allowed):
            return Seat(person_id, why, instead, first if instead else None)
        if not instead:
            instead = reason_against(record, person_id) or (Instead.CIRCLE if person["is_active"] else Instead.INACTIVE)
        person_id = person["manager_id"]
    return None


def reason_against(record: Record, person_id: int) -> str:
    """Why this person never answers: it is their own request, or they ordered it for somebody. Empty for everybody else."""
    if person_id == record.requester_id:
        return Instead.SELF
    return Instead.SUBMITTER if person_id == record.opened_by_id else ""


def _somebody(record: Record, ask: Ask, allowed: set[int] | None) -> list[Seat]:
    """Where the rule stands for nobody: whoever the last resort is; of a confidential record anybody of its circle."""
    for person_id in _fitting(record, _last_resorts(record), allowed):
        return [Seat(person_id, ask.who, Instead.NOBODY)]
    return [Seat(pk, ask.who, Instead.CIRCLE) for pk in _inside(record, allowed)[:1]]


def _last_resorts(record: Record) -> Iterator[int | None]:
    """Who leads the desk, who answers for the service or the team of what is ordered, the administrators."""
    yield desk_manager()
    if record.service_id and record.service:
        yield record.service.owner_id
    team = directory.get().teams.get(record.team_id)
    yield team.leader_id if team else None
    yield from (person.pk for person in administrators_of(record.organisation_id))


def _inside(record: Record, allowed: set[int] | None) -> list[int]:
    """Of a confidential record the active people of its circle."""
    inside = (allowed or set()) - own_of(record)
    return list(User.objects.filter(pk__in=inside, is_active=True).order_by("pk").values_list("pk", flat=True))


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
