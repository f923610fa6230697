"""Acts on shifts and their log. Each is one transaction; those of people are audited or are lines of the log themselves."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, available_timezones

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.people.directory import directory
from itsm.people.models import Membership, User

from . import rostering
from .models import LogEntry, Shift, ShiftPattern, ShiftPerson, ShiftTurn
from .models.log import LONGEST

TOPIC = "shifts"
FIELDS = ("name_fr", "name_en", "team_id", "starts", "ends", "time_zone", "weekdays", "calendar_id", "is_active")


@transaction.atomic
def note(
    *, organisation, text: str, actor: User | None = None, item=None, record=None, alert=None, kind: str = "", source: str = "",
    team_id: int | None = None, follow: bool = False, at: datetime | None = None,
) -> LogEntry:  # fmt: skip
    """A line of the shift log of an organisation (or its id). With an actor it is by hand, else by a machine."""
    text = " ".join(text.replace("\x00", "").split(" ")).strip()
    if not text:
        raise DomainError(_("Write what is to be noted."), field="text")
    if len(text) > LONGEST:
        if actor is not None:
            raise DomainError(_("At most %(n)s characters.") % {"n": LONGEST}, field="text")
        text = text[: LONGEST - 1] + "…"
    at = at or now()
    organisation_id = getattr(organisation, "pk", organisation)
    entry = LogEntry.objects.create(
        organisation_id=organisation_id, shift=_shift_of(organisation_id, at, actor, team_id), team_id=team_id, at=at, actor=actor,
        kind=kind or (LogEntry.Kind.PERSON if actor else LogEntry.Kind.MACHINE), source=source[:20], text=text, item=item, record=record,
        alert=alert, follow=follow,
    )  # fmt: skip
    versions.bump(TOPIC)
    return entry


def _shift_of(organisation_id: int, at: datetime, actor: User | None, team_id: int | None) -> Shift | None:
    """The shift that a line belongs to: the writer's own, else their team's, else the one that has begun last.

    Of the nearest organisation above that has one: departments have no shifts, but their incidents are dealt with in one.
    """
    row = directory.get().organisations.get(organisation_id)
    lineage = row.lineage if row else (organisation_id,)
    running = list(Shift.objects.filter(organisation_id__in=lineage).at(at).order_by("-starts_at", "pk"))
    nearest = min((lineage.index(shift.organisation_id) for shift in running), default=0)
    running = [shift for shift in running if lineage.index(shift.organisation_id) == nearest]
    if len(running) > 1 and actor is not None:
        mine = set(
            ShiftPerson.objects.filter(shift__in=running, user=actor, removed=False).values_list("shift_id", flat=True)
        )
        running.sort(key=lambda shift: shift.pk not in mine)
    if len(running) > 1 and team_id is not None:
        running.sort(key=lambda shift: shift.team_id != team_id)
    return running[0] if running else None


@transaction.atomic
def settle(pk: int, *, actor: User) -> LogEntry:
    """A point to follow is done: it goes to no shift any more."""
    entry = LogEntry.objects.select_for_update(no_key=True).get(pk=pk)
    if not entry.follow or entry.done_at:
        raise IllegalMove(_("Somebody has settled this point already."))
    entry.done_at, entry.done_by = now(), actor
    entry.save(update_fields=["done_at", "done_by"])
    log.write("shift_log.settled", ("log entry", entry.pk, entry.text), actor=actor)
    versions.bump(TOPIC)
    return entry


@transaction.atomic
def add_person(shift_pk: int, *, actor: User, person: User) -> ShiftPerson:
    """Somebody of the team is in this shift too."""
    shift = Shift.objects.select_for_update(no_key=True).get(pk=shift_pk)
    if not Membership.objects.filter(team=shift.team_id, user=person, user__is_active=True).exists():
        raise DomainError(_("Only somebody of the team is in its shifts."), field="person")
    row, _made = ShiftPerson.objects.update_or_create(
        shift=shift, user=person, defaults={"why": ShiftPerson.Why.ADDED, "removed": False}
    )
    log.write("shift.person_added", _subject(shift), actor=actor, data={"person": person.pk})
    versions.bump(TOPIC)
    return row


@transaction.atomic
def remove_person(shift_pk: int, *, actor: User, person_id: int) -> None:
    """Somebody is not in this shift; the turns do not put them back."""
    shift = Shift.objects.select_for_update(no_key=True).get(pk=shift_pk)
    if hasattr(shift, "handover"):
        raise IllegalMove(_("This shift has been handed over."))
    if not shift.people.filter(user_id=person_id, removed=False).update(removed=True):
        raise IllegalMove(_("This person is not in the shift."))
    log.write("shift.person_removed", _subject(shift), actor=actor, data={"person": person_id})
    versions.bump(TOPIC)


def _subject(shift: Shift) -> tuple[str, int, str]:
    return ("shift", shift.pk, f"{shift.pattern} {shift.starts_at:%Y-%m-%d %H:%M}")


@transaction.atomic
def save_pattern(
    pk: int | None, *, actor: User | None, organisation_id: int | None = None, version: int | None = None,
    turns: Sequence[dict] | None = None, **values,
) -> ShiftPattern:  # fmt: skip
    """A shift that comes back, new or changed. `turns`, when given, replace those there are; shifts ahead follow."""
    if pk is None:
        pattern = ShiftPattern(organisation_id=organisation_id)
    else:
        pattern = ShiftPattern.objects.select_for_update(no_key=True).get(pk=pk)
        if version is not None and version != pattern.version:
            raise StaleVersion()
        pattern.version += 1
    changes = {}
    for field in FIELDS:
        if field in values and values[field] != getattr(pattern, field):
            changes[field] = [_plain(getattr(pattern, field)), _plain(values[field])]
            setattr(pattern, field, values[field])
    _check(pattern)
    try:
        with transaction.atomic():
            pattern.save()
    except IntegrityError:
        raise DomainError(_("The team has a shift of this name already."), field="name_fr") from None
    if turns is not None:
        pattern.turns.all().delete()
        ShiftTurn.objects.bulk_create([ShiftTurn(pattern=pattern, **turn) for turn in turns])
        changes["turns"] = [None, len(turns)]
    log.write("shift_pattern.saved", pattern, actor=actor, changes=changes)
    # What has not begun is written again, unless somebody already touched it.
    ahead = Shift.objects.filter(pattern=pattern, starts_at__gt=now(), handover=None, log=None, taken=None)
    ahead.exclude(people__why=ShiftPerson.Why.ADDED).exclude(people__removed=True).delete()
    if pattern.is_active:
        rostering.plan(patterns=[pattern])
    versions.bump(TOPIC)
    return pattern


def _check(pattern: ShiftPattern) -> None:
    if not pattern.name_fr.strip():
        raise DomainError(_("Give it a name."), field="name_fr")
    if pattern.starts == pattern.ends:
        raise DomainError(_("It ends when it begins."), field="ends")
    if pattern.time_zone not in available_timezones():
        raise DomainError(_("This time zone is not known."), field="time_zone")


def _plain(value):
    return value.isoformat() if isinstance(value, (date, datetime, time)) else value


def zone_of(pattern: ShiftPattern) -> ZoneInfo:
    """The zone in which the times of a shift are meant."""
    return ZoneInfo(pattern.time_zone)
