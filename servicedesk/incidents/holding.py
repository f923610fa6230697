"""The wait of an incident, and of its children with it."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.records import moves, reference
from itsm.records.followups import FARTHEST

from . import family
from .models import Incident


def hold(
    pk: int, *, actor, reason, comment: str = "", until: datetime | None = None, version: int | None = None,
    at: datetime | None = None, quiet: bool = False, said: bool = False,
) -> Incident:  # fmt: skip
    """Wait, with a reason from the list; `until` wakes the incident by itself. Clocks pause when the reason says so.

    `said`: what it waits for was just written (a macro's reply).
    """
    at = at or now()
    flags = reference.hold_reasons.get()[reason.pk].flags
    comment = comment.strip()
    if flags["comment_required"] and not (comment or said):
        raise DomainError(_("Say what you are waiting for: the requester reads it."), field="comment")
    if flags["until_required"] and until is None:
        raise DomainError(_("Choose the date of the wake-up."), field="until")
    if until is not None and until <= at:
        raise DomainError(_("The wake-up must be in the future."), field="until")
    if until is not None and until > at + FARTHEST:
        raise DomainError(_("The wake-up may be two years ahead at most."), field="until")
    with moves.apply(Incident, pk, "hold", actor=actor, version=version, at=at, quiet=quiet) as change:
        incident = change.record
        change.set(state_before_hold=incident.state, hold_reason=reason, hold_until=until)
        if comment:
            change.say(comment, public=flags["waits_for_requester"])
    if flags["flows_to_children"]:
        family.flow_down(incident, "hold", actor=actor, at=at, quiet=quiet, reason=reason, until=until)
    return incident
