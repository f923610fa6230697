"""Who in a team gets a record: in turn, whom it burdens least, or who knows the subject. Never anyone who is not there.

People off shift (`itsm.people.shifts`: a roster, else their own hours, else the team's), away, or at their limit are passed over. When nobody is left the record stays in the team, and its leader is told.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from itsm.calendars.business import is_open
from itsm.people.models import Absence, Team, User
from itsm.people.shifts import off_shift
from itsm.records import assignable
from itsm.records.models import Record

from .models import Distribution, Skill
from .rules import lineage_of, ways


@dataclass(frozen=True)
class Choice:
    """`person` None: by hand, or nobody is left (`why` says so: closed, off_shift, away, full, skill, nobody)."""

    person: User | None = None
    why: str = ""


BY_HAND = Choice()


def choose(record: Record, at: datetime) -> Choice:
    """The person of the holding team who gets the record. Call inside the transaction that assigns it.

    The team's row is locked, so that two records that come in at once do not go to the same turn.
    """
    if record.team_id not in ways.get():
        return BY_HAND
    way = Distribution.objects.select_for_update(no_key=True).filter(pk=record.team_id).first()
    if way is None:
        return BY_HAND
    members = User.objects.filter(memberships__team_id=record.team_id, is_active=True).order_by("pk")
    members = [person for person in members if assignable.may_hold(record, person)]
    if not members:
        return Choice(why="nobody")
    working, why = _working(members, way, at)
    if not working:
        return Choice(why=why)
    away = set(
        Absence.objects.filter(user__in=working, starts_at__lte=at, ends_at__gt=at).values_list("user_id", flat=True)
    )
    present = [person for person in working if person.pk not in away]
    if not present:
        return Choice(why="away")
    if way.way == Distribution.Way.SKILL:
        able = _able(present, record.category_id)
        if not able:
            return Choice(why="skill")
        present = able
    loads = _loads(present)
    free = [person for person in present if way.most_open is None or loads.get(person.pk, 0) < way.most_open]
    if not free:
        return Choice(why="full")
    person = (
        _in_turn(free, way.last_id) if way.way == Distribution.Way.ROUND_ROBIN else _lightest(free, loads, way.last_id)
    )
    way.last = person
    way.save(update_fields=["last"])
    return Choice(person)


def _working(members: list[User], way: Distribution, at: datetime) -> tuple[list[User], str]:
    """Those whose shift it is; nobody: whether the team is closed, or each has hours of their own and is outside them."""
    off = off_shift(way.pk, members, at)
    calendar = Team.objects.values_list("calendar_id", flat=True).get(pk=way.pk) if way.in_hours_only else None
    closed = calendar is not None and len(off) < len(members) and not is_open(calendar, at)
    working = [person for person in members if not off.get(person.pk, closed)]
    return working, "closed" if closed else "off_shift"


def _able(people: list[User], category_id: int | None) -> list[User]:
    known = Skill.objects.filter(person__in=people, category_id__in=lineage_of(category_id))
    ids = set(known.values_list("person_id", flat=True))
    return [person for person in people if person.pk in ids]


def _loads(people: list[User]) -> dict[int, int]:
    rows = Record.objects.filter(assignee__in=people).active().order_by().values("assignee_id").annotate(n=Count("pk"))
    return {row["assignee_id"]: row["n"] for row in rows}


def _in_turn(people: list[User], last_id: int | None) -> User:
    return next((person for person in people if last_id is not None and person.pk > last_id), people[0])


def _lightest(people: list[User], loads: dict[int, int], last_id: int | None) -> User:
    """Who has least; of equals the one whose turn it is."""
    least = min(loads.get(person.pk, 0) for person in people)
    return _in_turn([person for person in people if loads.get(person.pk, 0) == least], last_id)
