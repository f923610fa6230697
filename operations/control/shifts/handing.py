"""Handing over: one who leaves signs what a machine summed up, one who comes acknowledges it. Nobody signs for another."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import durations, now, versions
from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from itsm.notify import notices
from itsm.people.models import User
from itsm.people.scope import scope_of

from . import rostering, sections
from .models import Handover, LogEntry, Shift
from .services import TOPIC, note

LONGEST = 4000
# Whoever signs sooner than this before the end says that they mean it: what happens until then is not in it.
EARLY = timedelta(hours=1)


def people_of(shift: Shift) -> set[int]:
    """Ids of those who are in a shift."""
    return set(shift.people.filter(removed=False).values_list("user_id", flat=True))


def may_sign(user: User, shift: Shift) -> bool:
    """One of the shift that leaves, from its beginning on, until somebody has acknowledged."""
    handover = getattr(shift, "handover", None)
    accepted = handover is not None and handover.accepted_at is not None
    return shift.starts_at <= now() and not accepted and user.pk in people_of(shift) and _works(user)


def is_early(shift: Shift) -> bool:
    """Does the shift last for a good while yet?"""
    return shift.ends_at - now() > EARLY


def may_accept(user: User, handover: Handover) -> bool:
    """One of the shift that comes, but never the one who signed."""
    if handover.accepted_at or user.pk == handover.signed_by_id or not _works(user):
        return False
    return handover.to_id is not None and user.pk in people_of(handover.to)


def _works(user: User) -> bool:
    return scope_of(user).may("operations.work")


@transaction.atomic
def sign(shift_pk: int, *, actor: User, text: str = "", early: bool = False) -> Handover:
    """Who leaves signs, in their own name. Until it is acknowledged it can be signed again: the summary is then made anew.

    `early`: they mean to, although the shift lasts for more than an hour yet.
    """
    shift = Shift.objects.select_for_update(no_key=True).get(pk=shift_pk)
    at = now()
    if actor.pk not in people_of(shift) or not _works(actor):
        raise NotAllowed(_("Only somebody of this shift signs it."))
    if shift.starts_at > at:
        raise IllegalMove(_("This shift has not begun."))
    if len(text) > LONGEST:
        raise DomainError(_("At most %(n)s characters.") % {"n": LONGEST}, field="note")
    left = shift.ends_at - at if is_early(shift) else None
    if left and not early:
        words = _("The shift lasts until %(time)s: say that you hand it over early.")
        raise DomainError(words % {"time": durations.time_text(shift.ends_at)}, field="early")
    found = Handover.objects.select_for_update(no_key=True).filter(shift=shift).first()
    if found and found.accepted_at:
        raise IllegalMove(_("The next shift has acknowledged it already."))
    coming = rostering.following(shift)
    if coming is None:
        rostering.plan(patterns=[shift.pattern])
        coming = rostering.following(shift)
    if coming is None:
        raise IllegalMove(_("No shift of the team follows: plan one first."))
    found = found or Handover(shift=shift)
    found.to, found.note, found.signed_by, found.signed_at = coming, text.strip().replace("\x00", ""), actor, at
    found.summary = sections.summary(shift.organisation_id, shift.starts_at, shift.ends_at)
    mine = sections.houses(shift.organisation_id)
    found.points = LogEntry.objects.filter(organisation_id__in=mine).to_follow().count()
    found.save()
    words = _("Hand-over signed.")
    if left:
        words = _("Hand-over signed %(time)s before the end.") % {"time": durations.short(left.total_seconds())}
    note(
        organisation=shift.organisation_id, text=f"{words} {found.note}".strip()[:2000], actor=actor, kind=LogEntry.Kind.HANDOVER,
        team_id=shift.team_id, at=at,
    )  # fmt: skip
    _tell(found, actor)
    log.write(
        "shift.signed",
        _subject(shift),
        actor=actor,
        data={"to": coming.pk, "points": found.points, "early": bool(left)},
    )
    versions.bump(TOPIC)
    return found


def _tell(handover: Handover, actor: User) -> None:
    """Those of the next shift have a line under their bell, once for each signature."""
    people = people_of(handover.to) - {actor.pk}
    what = {"number": handover.shift.pattern.name, "title": actor.display_name}
    key = f"handover-{handover.shift_id}-{handover.signed_at:%Y%m%d%H%M%S}"
    notices.tell(key, people, "handover", data=what, url=f"{handover.shift.get_absolute_url()}#accept")


@transaction.atomic
def accept(shift_pk: int, *, actor: User, text: str = "", signed_at=None) -> Handover:
    """Who comes acknowledges what the shift before signed. `signed_at`: the signature that they read."""
    shift = Shift.objects.select_for_update(no_key=True).get(pk=shift_pk)
    found = (
        Handover.objects.select_for_update(no_key=True, of=("self",)).select_related("to").filter(shift=shift).first()
    )
    if found is None:
        raise IllegalMove(_("It is not signed yet."))
    if found.accepted_at:
        raise IllegalMove(
            _("%(person)s has acknowledged it at %(time)s.")
            % {"person": found.accepted_by.display_name, "time": durations.moment(found.accepted_at)}
        )
    if actor.pk == found.signed_by_id:
        raise NotAllowed(_("You signed it: somebody else of the next shift acknowledges it."))
    if not may_accept(actor, found):
        raise NotAllowed(_("Only somebody of the next shift acknowledges it."))
    if signed_at is not None and signed_at != found.signed_at:
        raise IllegalMove(_("It was signed again in the meantime. Read the newer one."))
    if len(text) > LONGEST:
        raise DomainError(_("At most %(n)s characters.") % {"n": LONGEST}, field="answer")
    found.accepted_at, found.accepted_by, found.answer = now(), actor, text.strip().replace("\x00", "")
    found.save(update_fields=["accepted_at", "accepted_by", "answer"])
    words = _("Hand-over read and acknowledged.")
    if found.points:
        words = _("Hand-over read and acknowledged, points taken over: %(n)s.") % {"n": found.points}
    note(
        organisation=shift.organisation_id, text=f"{words} {found.answer}".strip()[:2000], actor=actor, kind=LogEntry.Kind.HANDOVER,
        team_id=shift.team_id,
    )  # fmt: skip
    log.write("shift.accepted", _subject(shift), actor=actor, data={"signed_by": found.signed_by_id})
    versions.bump(TOPIC)
    return found


def _subject(shift: Shift) -> tuple[str, int, str]:
    return ("shift", shift.pk, f"{shift.pattern} {shift.starts_at:%Y-%m-%d %H:%M}")
