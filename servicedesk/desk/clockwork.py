"""What a record of the desk does when time runs out, and what time alone does to it: steps, wake-ups, automatic closing."""

import logging
from datetime import timedelta

from django.conf import settings
from django.utils.translation import override

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.escalation.rules import Step
from itsm.people.models import User
from itsm.records import moves, steps
from itsm.records.models import Record

from .desks import desk_of, kinds
from .escalating import next_team_for

logger = logging.getLogger(__name__)


def take_step(step: Step) -> None:
    """Do what the policy says, in its order, on the locked record. What concerns no process is done elsewhere."""
    with override(step.record.language):
        for each in step.actions:
            act = ACTS.get(each["do"])
            if act:
                act(step.record, step, each)


def _warn(ticket: Record, step: Step, given: dict) -> None:
    data = step.told | {"who": given["who"]}
    moves.tell(ticket, "warned", "record.warned", actor=None, data=data, at=step.at)


def _alert(ticket: Record, step: Step, given: dict) -> None:
    told = step.told | {"who": given["who"]}
    desk_of(ticket).services.alert(ticket.pk, actor=None, at=step.at, reason=steps.reason(told), told=told)


def _escalate(ticket: Record, step: Step, _given: dict) -> None:
    if next_team_for(ticket) is None:
        told = step.told | {"nobody_above": True}
        desk_of(ticket).services.alert(ticket.pk, actor=None, at=step.at, reason=steps.reason(told), told=told)
        return
    desk_of(ticket).services.escalate(ticket.pk, actor=None, at=step.at, reason=steps.reason(step.told), told=step.told)


def _raise_priority(ticket: Record, step: Step, given: dict) -> None:
    if ticket.priority > 1:
        told = step.told | {"reasons": {"fr": given["fr"], "en": given["en"]}}
        reason = given[_language(ticket)]
        desk_of(ticket).services.edit(
            ticket.pk, actor=None, at=step.at, priority=ticket.priority - 1, reason=reason, told=told
        )


def _note(ticket: Record, step: Step, given: dict) -> None:
    with moves.apply(Record, ticket.pk, "comment", actor=None, at=step.at) as change:
        change.say(given[_language(ticket)], public=False)
        change.note(public=False, **step.told)


def _language(ticket: Record) -> str:
    return "en" if ticket.language.startswith("en") else "fr"


ACTS = {"warn": _warn, "alert": _alert, "escalate": _escalate, "raise_priority": _raise_priority, "note": _note}


def take_in_charge(pk: int, person: User) -> None:
    """Somebody on call said "I take it": theirs to work, and taken in charge where nobody had done so."""
    ticket = Record.objects.get(pk=pk)
    moves_of = desk_of(ticket).lifecycle.moves
    if ticket.state in moves_of["acknowledge"].sources:
        ticket = desk_of(ticket).services.acknowledge(pk, actor=person)
    member = ticket.team_id and person.memberships.filter(team_id=ticket.team_id).exists()
    if ticket.assignee_id != person.pk and member and ticket.state in moves_of["assign"].sources:
        desk_of(ticket).services.assign(pk, actor=person, assignee=person)


def wake(pk: int) -> bool:
    """Resume a held record whose date has come. False when somebody was faster."""
    try:
        with moves.apply(Record, pk, "resume", actor=None) as change:
            if change.record.hold_until is None or change.record.hold_until > change.at:
                raise DomainError("not due")
            change.set(woken_at=change.at)
            change.note(automatic=True)
    except (DomainError, Record.DoesNotExist):
        return False
    return True


def close_resolved(limit: int = 500) -> int:
    """Close what was resolved `AUTO_CLOSE_DAYS` ago, counted from the resolution. A major incident never closes by itself."""
    before = now() - timedelta(days=settings.AUTO_CLOSE_DAYS)
    due = Record.objects.filter(phase="resolved", kind__in=kinds(), major=False, resolved_at__lte=before).order_by(
        "resolved_at", "pk"
    )
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            with moves.apply(Record, pk, "close", actor=None) as change:
                if change.record.resolved_at > before:
                    raise DomainError("not due")
                change.note(automatic=True)
            done += 1
        except DomainError:
            logger.info("Record %s was reopened or closed in the meantime.", pk)
        except Exception:  # one that cannot be closed must not keep the others open
            logger.exception("Record %s could not be closed.", pk)
    return done
