"""The acts that every process of the desk has: one function, one transaction, one lock, one audit entry; `actor` is required.

A process binds them to its model (`functools.partial`) in its own `services.py`, beside what it alone can do.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.escalation.routing import sharing
from itsm.people.models import Team, User
from itsm.people.scope import scope_of
from itsm.records import assignable, moves, priority, reference
from itsm.records.models import AffectedItem, Hop, Record

from . import family, timing
from .affected import service_of
from .escalating import next_team_for

R = TypeVar("R", bound=Record)
CLOCK_SKEW = timedelta(minutes=5)


def acknowledge(
    model: type[R], pk: int, *, actor, version: int | None = None, at: datetime | None = None, quiet: bool = False
) -> R:
    """Take the ticket in charge: it becomes mine unless somebody has it. The first time counts for MTTA."""
    with moves.apply(model, pk, "acknowledge", actor=actor, version=version, at=at, quiet=quiet) as change:
        ticket = change.record
        if ticket.assignee_id is None:
            change.set(assignee=actor)
        if ticket.acknowledged_at is None:
            change.set(acknowledged_at=change.at)
    family.flow_down(ticket, "acknowledge", actor=actor, at=change.at, quiet=quiet)
    return ticket


def assign(
    model: type[R], pk: int, *, actor, team: Team | None = None, assignee: User | None = None, version: int | None = None,
    at: datetime | None = None, quiet: bool = False,
) -> R:  # fmt: skip
    """Give the ticket to a team, a person, or both. A person must be a member of the team that holds it.

    Who has it already keeps it: nothing is written.
    """
    if team is None and assignee is None:
        raise DomainError(_("Choose a team or a person."), field="team")
    with moves.apply(model, pk, "assign", actor=actor, version=version, at=at, quiet=quiet) as change:
        ticket = change.record
        if team is not None:
            assignable.check_team(ticket, team)
            change.hand_over(team, kind=Hop.Kind.ASSIGNMENT)
            if ticket.owner_team_id is None:
                change.set(owner_team=team)
        if assignee is not None:
            _check_member(assignee, ticket.team_id)
            assignable.check_person(ticket, assignee)
            change.set(assignee=assignee)
        elif "team_id" in change.before:
            sharing.share_out(change)
        if ticket.state == "new":
            change.target = "assigned"
        change.idle = not change.before and change.target == change.move.target
    return ticket


def escalate(
    model: type[R], pk: int, *, actor, reason: str, to_team: Team | None = None, level: int | None = None, version: int | None = None,
    at: datetime | None = None, told: dict | None = None,
) -> R:  # fmt: skip
    """Functional escalation: the skill is missing here. The clock goes on, level 1 keeps the contact with the user.

    Without a team: the category's team at the next level, else the team's next team (design: default escalation).
    """
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say why this team cannot solve it."), field="reason")
    with moves.apply(model, pk, "escalate", actor=actor, version=version, at=at) as change:
        ticket = change.record
        team = to_team or next_team_for(ticket, level)
        if team is None:
            raise DomainError(_("No team is known above this one. Choose the team."), field="to_team")
        if team.pk == ticket.team_id:
            raise DomainError(_("The ticket is already with this team."), field="to_team")
        assignable.check_team(ticket, team, field="to_team")
        change.hand_over(team, kind=Hop.Kind.ESCALATION, reason=reason)
        sharing.share_out(change)
        change.set(escalation_count=ticket.escalation_count + 1)
        change.note(reason=reason, **(told or {}))
        if ticket.reassignment_count == settings.BOUNCE_GUARD_HOPS:
            change.note(bounced=ticket.reassignment_count)
    return ticket


def alert(model: type[R], pk: int, *, actor, reason: str, at: datetime | None = None, told: dict | None = None) -> R:
    """Hierarchical escalation: a manager is told. The assignee never changes. `told`: what a clock's step adds."""
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say what the manager must know."), field="reason")
    with moves.apply(model, pk, "alert", actor=actor, at=at) as change:
        change.set(alert_count=change.record.alert_count + 1)
        change.note(reason=reason, **(told or {}))
    return change.record


def resume(
    model: type[R],
    pk: int,
    *,
    actor,
    reason: str = "",
    version: int | None = None,
    at: datetime | None = None,
    quiet: bool = False,
) -> R:
    """End the wait: back to the state before."""
    with moves.apply(model, pk, "resume", actor=actor, version=version, at=at, quiet=quiet) as change:
        change.note(reason=reason)
    return change.record


def resolve(
    model: type[R], pk: int, *, actor, resolution_code, resolution: str, minutes: int | None = None, version: int | None = None,
    at: datetime | None = None, quiet: bool = False, **own,
) -> R:  # fmt: skip
    """What was asked for is done. Children are resolved with it; the requester may confirm or reopen.

    `minutes` the actor spent are entered with it; some services ask that time is. `own`: columns of the process.
    """
    resolution = resolution.strip()
    if not resolution:
        raise DomainError(_("Say how it was solved: the requester and the next agent read it."), field="resolution")
    with transaction.atomic():
        family.lock(pk)
        with moves.apply(model, pk, "resolve", actor=actor, version=version, at=at, quiet=quiet) as change:
            ticket = change.record
            if ticket.acknowledged_at is None:
                change.set(acknowledged_at=change.at)
            if ticket.assignee_id is None and actor is not None and scope_of(actor).may("records.work"):
                change.set(assignee=actor)
            change.set(resolution_code=resolution_code, resolution=resolution, resolved_by=actor, **own)
            change.note(resolution=resolution[:500])
            timing.account(ticket, actor=actor, minutes=minutes, at=change.at)
        family.flow_down(
            ticket, "resolve", actor=actor, at=change.at, quiet=quiet, resolution_code=resolution_code,
            resolution=resolution,
        )  # fmt: skip
    return ticket


def reopen(
    model: type[R], pk: int, *, actor, reason: str, keep_assignee: bool = True, version: int | None = None,
    at: datetime | None = None, again: Callable[[moves.Change], None] | None = None,
) -> R:  # fmt: skip
    """Not solved after all: possible until it is closed. The clock goes on from where it stood.

    Without `keep_assignee` it comes back to the team. `again`: what else goes on when the desk says so, and not only the requester.
    """
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say what still does not work."), field="reason")
    with moves.apply(model, pk, "reopen", actor=actor, version=version, at=at) as change:
        ticket = change.record
        agent = actor is not None and scope_of(actor).is_agent
        if ticket.major and not agent:
            raise DomainError(_("A major incident is reopened by the service desk. Write to it here."), field="reason")
        change.set(reopen_count=ticket.reopen_count + 1, resolution_code=None, resolved_by=None)
        if again is not None and agent and actor.pk != ticket.requester_id:
            again(change)
        if not keep_assignee:
            change.set(assignee=None)
        if ticket.assignee_id is None and "assigned" in change.lifecycle.states:
            change.target = "assigned"
        change.note(reason=reason)
        change.say(reason, public=True)
    return ticket


def close(
    model: type[R], pk: int, *, actor, version: int | None = None, at: datetime | None = None, quiet: bool = False
) -> R:
    """Final. By the requester who confirms, by an agent, or by the product some days after the resolution."""
    with moves.apply(model, pk, "close", actor=actor, version=version, at=at, quiet=quiet) as change:
        if actor is None:
            change.note(automatic=True)
    return change.record


def cancel(model: type[R], pk: int, *, actor, reason: str, version: int | None = None, at: datetime | None = None) -> R:
    """Opened by mistake: closed without ever having been resolved, and left out of the indicators."""
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say why the ticket is cancelled."), field="reason")
    with moves.apply(model, pk, "cancel", actor=actor, version=version, at=at) as change:
        code = reference.resolution_codes.get().by_code("cancelled")
        change.set(resolution_code_id=code.pk if code else None)
        change.note(reason=reason)
    return change.record


def comment(
    model: type[R],
    pk: int,
    *,
    actor,
    body: str,
    public: bool,
    channel: str = "",
    at: datetime | None = None,
    quiet: bool = False,
) -> R:
    """Say something. A requester's reply ends the wait for the requester; an agent's first public reply is kept."""
    body = body.strip()
    if not body:
        raise DomainError(_("Write something first."), field="body")
    with moves.apply(model, pk, "comment", actor=actor, at=at, quiet=quiet) as change:
        ticket = change.record
        from_requester = actor is not None and actor.pk == ticket.requester_id
        change.say(body, public=public, channel=channel)
        change.note(public=public)
        if public and not from_requester and ticket.first_response_at is None and actor is not None:
            change.set(first_response_at=change.at)
        if from_requester and ticket.phase == "waiting":
            reason = reference.hold_reasons.get().get(ticket.hold_reason_id)
            if reason and reason.flags["waits_for_requester"]:
                change.target = ticket.state_before_hold
                change.note(resumed=True)
    return ticket


EDITABLE = {
    "title",
    "description",
    "category",
    "service",
    "impact",
    "urgency",
    "site",
    "major",
    "confidentiality",
    "requester",
}


def edit(
    model: type[R], pk: int, *, actor, version: int | None = None, reason: str = "", at: datetime | None = None, told: dict | None = None,
    fields: Collection[str] = (), **values,
) -> R:  # fmt: skip
    """Codify: category, service, impact, urgency, title... Priority follows the matrix; a new one retargets the clocks.

    `priority` overrides the matrix and needs a reason and the right to do so (checked at the edge).
    """
    unknown = set(values) - EDITABLE - set(fields) - {"priority"}
    if unknown:
        raise DomainError(
            _("These fields cannot be changed here: %(fields)s.") % {"fields": ", ".join(sorted(unknown))}
        )
    override = values.pop("priority", None)
    if override and not reason.strip():
        raise DomainError(_("Say why the computed priority does not fit."), field="reason")
    if values.get("occurred_at") and values["occurred_at"] > (at or now()) + CLOCK_SKEW:
        raise DomainError(
            _("This time is still to come. Give a past time, such as “today 08:00”."), field="occurred_at"
        )
    with moves.apply(model, pk, "edit", actor=actor, version=version, at=at) as change:
        ticket = change.record
        change.set(**values)
        if "category" in values and "confidentiality" not in values:
            change.set(
                confidentiality_id=reference.category_confidentiality(ticket.category_id) or ticket.confidentiality_id
            )
        computed = priority.compute(ticket.organisation_id, ticket.impact, ticket.urgency)
        if override:
            change.set(priority=override, priority_reason="" if override == computed else reason.strip()[:200])
        elif {"impact", "urgency"} & set(values):
            change.set(priority=computed, priority_reason="")
        change.note(reason=reason, **(told or {}))
    return ticket


def set_items(model: type[R], pk: int, *, actor, add=(), remove=(), at: datetime | None = None) -> R:
    """Which configuration items the ticket touches. A ticket without a service gets the one that suffers most with them."""
    with moves.apply(model, pk, "edit", actor=actor, at=at) as change:
        present = set(AffectedItem.objects.filter(record_id=pk).values_list("item_id", flat=True))
        fresh = [item for item in add if item.pk not in present]
        gone = [item for item in remove if item.pk in present]
        AffectedItem.objects.bulk_create([AffectedItem(record_id=pk, item=item) for item in fresh])
        AffectedItem.objects.filter(record_id=pk, item__in=gone).delete()
        if fresh and change.record.service_id is None:
            service = service_of(fresh, actor)
            if service:
                change.set(service=service)
        change.note(items_added=[item.name for item in fresh], items_removed=[item.name for item in gone])
    return change.record


def _check_member(person: User, team_id: int | None) -> None:
    if team_id is not None and not person.memberships.filter(team_id=team_id).exists():
        raise DomainError(_("%(person)s is not in this team.") % {"person": person.display_name}, field="assignee")
