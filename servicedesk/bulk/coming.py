"""Follow-ups and what one sets aside, many at once: the act, what was before, and going back to it."""

from datetime import datetime

from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.records import snoozing
from itsm.records.models import FollowUp, Record

from ..desk.desks import desk_of


def before(ticket: Record) -> dict:
    """The follow-up that stands now."""
    plan = FollowUp.objects.filter(record_id=ticket.pk).first()
    return {"on": plan.at.isoformat() if plan else "", "reason": plan.reason if plan else ""}


def restore(ticket: Record, actor, was: dict) -> None:
    """The follow-up of before; one whose day has passed meanwhile is only ended."""
    on = datetime.fromisoformat(was["on"]) if was["on"] else None
    on = on if on and on > now() else None
    if on or ticket.follow_up_at:
        desk_of(ticket).services.follow_up(
            ticket.pk, actor=actor, on=on, reason=was["reason"], version=ticket.version, quiet=True
        )


def put(act: str, ticket: Record, actor, values: dict) -> dict:
    """Set the ticket aside for the actor, or bring it back; until when it slept before."""
    row = snoozing.of(actor.pk, ticket.pk)
    was = {"until": row.until.isoformat() if row and row.woken_at is None else ""}
    if act == "snooze":
        snoozing.set_aside(ticket, actor=actor, until=values["until"])
    elif not snoozing.wake_now(ticket.pk, actor=actor):
        raise DomainError(_("You had not set it aside."))
    return was


def put_back(ticket: Record, actor, was: dict) -> dict:
    """As it slept before, or not at all."""
    until = datetime.fromisoformat(was["until"]) if was["until"] else None
    if until and until > now():
        snoozing.set_aside(ticket, actor=actor, until=until)
    else:
        snoozing.wake_now(ticket.pk, actor=actor)
    return {}
