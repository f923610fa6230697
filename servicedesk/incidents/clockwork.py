"""What an incident does when time runs out, and what time alone does to it: steps, wake-ups, automatic closing."""

import logging
from datetime import timedelta

from django.conf import settings
from django.utils.translation import override

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.escalation.rules import Step
from itsm.people.models import User
from itsm.records import moves, steps

from ..desk.escalating import next_team_for
from . import services
from .models import Incident
from .states import LIFECYCLE

logger = logging.getLogger(__name__)


def take_step(step: Step) -> None:
    """Do what the policy says, in its order, on the locked incident. What concerns no process is done elsewhere."""
    with override(step.record.language):
        for each in step.actions:
            act = ACTS.get(each["do"])
            if act:
                act(step.record, step, each)


def _warn(incident: Incident, step: Step, given: dict) -> None:
    data = step.told | {"who": given["who"]}
    moves.tell(incident, "warned", "record.warned", actor=None, data=data, at=step.at)


def _alert(incident: Incident, step: Step, given: dict) -> None:
    told = step.told | {"who": given["who"]}
    services.alert(incident.pk, actor=None, at=step.at, reason=steps.reason(told), told=told)


def _escalate(incident: Incident, step: Step, _given: dict) -> None:
    if next_team_for(incident) is None:
        told = step.told | {"nobody_above": True}
        services.alert(incident.pk, actor=None, at=step.at, reason=steps.reason(told), told=told)
        return
    services.escalate(incident.pk, actor=None, at=step.at, reason=steps.reason(step.told), told=step.told)


def _raise_priority(incident: Incident, step: Step, given: dict) -> None:
    if incident.priority > 1:
        told = step.told | {"reasons": {"fr": given["fr"], "en": given["en"]}}
        reason = given[_language(incident)]
        services.edit(incident.pk, actor=None, at=step.at, priority=incident.priority - 1, reason=reason, told=told)


def _note(incident: Incident, step: Step, given: dict) -> None:
    with moves.apply(Incident, incident.pk, "comment", actor=None, at=step.at) as change:
        change.say(given[_language(incident)], public=False)
        change.note(public=False, **step.told)


def _language(incident: Incident) -> str:
    return "en" if incident.language.startswith("en") else "fr"


ACTS = {"warn": _warn, "alert": _alert, "escalate": _escalate, "raise_priority": _raise_priority, "note": _note}


def take_in_charge(pk: int, person: User) -> None:
    """Somebody on call said "I take it": theirs to work, and taken in charge where nobody had done so."""
    incident = Incident.objects.get(pk=pk)
    if incident.state in LIFECYCLE.moves["acknowledge"].sources:
        incident = services.acknowledge(pk, actor=person)
    member = incident.team_id and person.memberships.filter(team_id=incident.team_id).exists()
    if incident.assignee_id != person.pk and member and incident.state in LIFECYCLE.moves["assign"].sources:
        services.assign(pk, actor=person, assignee=person)


def wake(pk: int) -> bool:
    """Resume a held incident whose date has come. False when somebody was faster."""
    try:
        with moves.apply(Incident, pk, "resume", actor=None) as change:
            if change.record.hold_until is None or change.record.hold_until > change.at:
                raise DomainError("not due")
            change.set(woken_at=change.at)
            change.note(automatic=True)
    except (DomainError, Incident.DoesNotExist):
        return False
    return True


def close_resolved(limit: int = 500) -> int:
    """Close what was resolved `AUTO_CLOSE_DAYS` ago, counted from the resolution. A major incident never closes by itself."""
    before = now() - timedelta(days=settings.AUTO_CLOSE_DAYS)
    due = Incident.objects.filter(phase="resolved", major=False, resolved_at__lte=before).order_by("resolved_at", "pk")
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            with moves.apply(Incident, pk, "close", actor=None) as change:
                if change.record.resolved_at > before:
                    raise DomainError("not due")
                change.note(automatic=True)
            done += 1
        except DomainError:
            logger.info("Incident %s was reopened or closed in the meantime.", pk)
        except Exception:  # one that cannot be closed must not keep the others open
            logger.exception("Incident %s could not be closed.", pk)
    return done
