"""Follow-ups and what one sets aside, many at once: the act, what was before, and going back to it."""

from datetime import datetime

from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.records import snoozing
from itsm.records.models import FollowUp

from ..incidents import services as incidents
from ..incidents.models import Incident


def before(incident: Incident) -> dict:
    """The follow-up that stands now."""
    plan = FollowUp.objects.filter(record_id=incident.pk).first()
    return {"on": plan.at.isoformat() if plan else "", "reason": plan.reason if plan else ""}


def restore(incident: Incident, actor, was: dict) -> None:
    """The follow-up of before; one whose day has passed meanwhile is only ended."""
    on = datetime.fromisoformat(was["on"]) if was["on"] else None
    on = on if on and on > now() else None
    if on or incident.follow_up_at:
        incidents.follow_up(incident.pk, actor=actor, on=on, reason=was["reason"], version=incident.version, quiet=True)


def put(act: str, incident: Incident, actor, values: dict) -> dict:
    """Set the ticket aside for the actor, or bring it back; until when it slept before."""
    row = snoozing.of(actor.pk, incident.pk)
    was = {"until": row.until.isoformat() if row and row.woken_at is None else ""}
    if act == "snooze":
        snoozing.set_aside(incident, actor=actor, until=values["until"])
    elif not snoozing.wake_now(incident.pk, actor=actor):
        raise DomainError(_("You had not set it aside."))
    return was


def put_back(incident: Incident, actor, was: dict) -> dict:
    """As it slept before, or not at all."""
    until = datetime.fromisoformat(was["until"]) if was["until"] else None
    if until and until > now():
        snoozing.set_aside(incident, actor=actor, until=until)
    else:
        snoozing.wake_now(incident.pk, actor=actor)
    return {}
