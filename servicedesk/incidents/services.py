"""Everything that changes an incident. One function, one transaction, one lock, one audit entry; `actor` is required."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.escalation.routing import sharing
from itsm.people.models import Team, User
from itsm.people.scope import scope_of
from itsm.records import assignable, moves, priority, reference
from itsm.records.models import AffectedItem, Hop

from . import family, timing
from .affected import service_of
from .escalating import next_team_for
from .following import follow_up
from .holding import hold, hold_family, take_hold_back
from .merging import merge, unmerge
from .models import Incident
from .opening import CLOCK_SKEW, open_incident
from .outages import outage
from .outages import resume as resume_outages
from .relating import link, unlink
from .splitting import split
from .working import add_task, give_back, tick

__all__ = [
    "acknowledge", "add_task", "alert", "assign", "cancel", "close", "comment", "edit", "escalate", "follow_up", "give_back", "hold",
    "hold_family", "link", "merge", "open_incident", "outage", "reopen", "resolve", "resume", "set_items", "split", "take_hold_back",
    "tick", "unlink", "unmerge",
]  # fmt: skip


def acknowledge(
    pk: int, *, actor, version: int | None = None, at: datetime | None = None, quiet: bool = False
) -> Incident:
    """Take the incident in charge: it becomes mine unless somebody has it. The first time counts for MTTA."""
    with moves.apply(Incident, pk, "acknowledge", actor=actor, version=version, at=at, quiet=quiet) as change:
        incident = change.record
        if incident.assignee_id is None:
            change.set(assignee=actor)
        if incident.acknowledged_at is None:
            change.set(acknowledged_at=change.at)
    family.flow_down(incident, "acknowledge", actor=actor, at=change.at, quiet=quiet)
    return incident


def assign(
    pk: int, *, actor, team: Team | None = None, assignee: User | None = None, version: int | None = None,
    at: datetime | None = None, quiet: bool = False,
) -> Incident:  # fmt: skip
    """Give the incident to a team, a person, or both. A person must be a member of the team that holds it.

    Who has it already keeps it: nothing is written.
    """
    if team is None and assignee is None:
        raise DomainError(_("Choose a team or a person."), field="team")
    with moves.apply(Incident, pk, "assign", actor=actor, version=version, at=at, quiet=quiet) as change:
        incident = change.record
        if team is not None:
            assignable.check_team(incident, team)
            change.hand_over(team, kind=Hop.Kind.ASSIGNMENT)
            if incident.owner_team_id is None:
                change.set(owner_team=team)
        if assignee is not None:
            _check_member(assignee, incident.team_id)
            assignable.check_person(incident, assignee)
            change.set(assignee=assignee)
        elif "team_id" in change.before:
            sharing.share_out(change)
        if incident.state == "new":
            change.target = "assigned"
        change.idle = not change.before and change.target == change.move.target
    return incident


def escalate(
    pk: int, *, actor, reason: str, to_team: Team | None = None, level: int | None = None, version: int | None = None,
    at: datetime | None = None, told: dict | None = None,
) -> Incident:  # fmt: skip
    """Functional escalation: the skill is missing here. The clock goes on, level 1 keeps the contact with the user.

    Without a team: the category's team at the next level, else the team's next team (design: default escalation).
    """
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say why this team cannot solve it."), field="reason")
    with moves.apply(Incident, pk, "escalate", actor=actor, version=version, at=at) as change:
        incident = change.record
        team = to_team or next_team_for(incident, level)
        if team is None:
            raise DomainError(_("No team is known above this one. Choose the team."), field="to_team")
        if team.pk == incident.team_id:
            raise DomainError(_("The incident is already with this team."), field="to_team")
        assignable.check_team(incident, team, field="to_team")
        change.hand_over(team, kind=Hop.Kind.ESCALATION, reason=reason)
        sharing.share_out(change)
        change.set(escalation_count=incident.escalation_count + 1)
        change.note(reason=reason, **(told or {}))
        if incident.reassignment_count == settings.BOUNCE_GUARD_HOPS:
            change.note(bounced=incident.reassignment_count)
    return incident


def alert(pk: int, *, actor, reason: str, at: datetime | None = None, told: dict | None = None) -> Incident:
    """Hierarchical escalation: a manager is told. The assignee never changes. `told`: what a clock's step adds."""
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say what the manager must know."), field="reason")
    with moves.apply(Incident, pk, "alert", actor=actor, at=at) as change:
        change.set(alert_count=change.record.alert_count + 1)
        change.note(reason=reason, **(told or {}))
    return change.record


def resume(
    pk: int, *, actor, reason: str = "", version: int | None = None, at: datetime | None = None, quiet: bool = False
) -> Incident:
    """End the wait: back to the state before."""
    with moves.apply(Incident, pk, "resume", actor=actor, version=version, at=at, quiet=quiet) as change:
        change.note(reason=reason)
    return change.record


def resolve(
    pk: int, *, actor, resolution_code, resolution: str, cause_code=None, cause_item: ConfigurationItem | None = None,
    minutes: int | None = None, version: int | None = None, at: datetime | None = None, quiet: bool = False,
) -> Incident:  # fmt: skip
    """The service works again. Children are resolved with it; the requester may confirm or reopen.

    `minutes` the actor spent are entered with it; some services ask that time is.
    """
    resolution = resolution.strip()
    if not resolution:
        raise DomainError(_("Say how it was solved: the requester and the next agent read it."), field="resolution")
    with transaction.atomic():
        family.lock(pk)
        with moves.apply(Incident, pk, "resolve", actor=actor, version=version, at=at, quiet=quiet) as change:
            incident = change.record
            if incident.acknowledged_at is None:
                change.set(acknowledged_at=change.at)
            if incident.assignee_id is None and actor is not None and scope_of(actor).may("records.work"):
                change.set(assignee=actor)
            change.set(
                resolution_code=resolution_code, resolution=resolution, cause_code=cause_code, cause_item=cause_item,
                resolved_by=actor,
            )  # fmt: skip
            change.note(resolution=resolution[:500])
            timing.account(incident, actor=actor, minutes=minutes, at=change.at)
        if cause_item is not None:
            AffectedItem.objects.update_or_create(record_id=pk, item=cause_item, defaults={"is_cause": True})
        family.flow_down(
            incident, "resolve", actor=actor, at=change.at, quiet=quiet, resolution_code=resolution_code,
            resolution=resolution,
        )  # fmt: skip
    return incident


def reopen(
    pk: int, *, actor, reason: str, keep_assignee: bool = True, version: int | None = None, at: datetime | None = None
) -> Incident:
    """Not solved after all: possible until it is closed. The clock goes on from where it stood."""
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say what still does not work."), field="reason")
    with moves.apply(Incident, pk, "reopen", actor=actor, version=version, at=at) as change:
        incident = change.record
        agent = actor is not None and scope_of(actor).is_agent
        if incident.major and not agent:
            raise DomainError(_("A major incident is reopened by the service desk. Write to it here."), field="reason")
        change.set(reopen_count=incident.reopen_count + 1, resolution_code=None, resolved_by=None)
        if agent and actor.pk != incident.requester_id:
            resume_outages(change)
        if not keep_assignee:
            change.set(assignee=None)
        if incident.assignee_id is None:
            change.target = "assigned"
        change.note(reason=reason)
        change.say(reason, public=True)
    return incident


def close(pk: int, *, actor, version: int | None = None, at: datetime | None = None, quiet: bool = False) -> Incident:
    """Final. By the requester who confirms, by an agent, or by the product some days after the resolution."""
    with moves.apply(Incident, pk, "close", actor=actor, version=version, at=at, quiet=quiet) as change:
        if actor is None:
            change.note(automatic=True)
    return change.record


def cancel(pk: int, *, actor, reason: str, version: int | None = None, at: datetime | None = None) -> Incident:
    """Opened by mistake: closed without ever having been resolved, and left out of the indicators."""
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say why the ticket is cancelled."), field="reason")
    with moves.apply(Incident, pk, "cancel", actor=actor, version=version, at=at) as change:
        code = reference.resolution_codes.get().by_code("cancelled")
        change.set(resolution_code_id=code.pk if code else None)
        change.note(reason=reason)
    return change.record


def comment(
    pk: int, *, actor, body: str, public: bool, channel: str = "", at: datetime | None = None, quiet: bool = False
) -> Incident:
    """Say something. A requester's reply ends the wait for the requester; an agent's first public reply is kept."""
    body = body.strip()
    if not body:
        raise DomainError(_("Write something first."), field="body")
    with moves.apply(Incident, pk, "comment", actor=actor, at=at, quiet=quiet) as change:
        incident = change.record
        from_requester = actor is not None and actor.pk == incident.requester_id
        change.say(body, public=public, channel=channel)
        change.note(public=public)
        if public and not from_requester and incident.first_response_at is None and actor is not None:
            change.set(first_response_at=change.at)
        if from_requester and incident.phase == "waiting":
            reason = reference.hold_reasons.get().get(incident.hold_reason_id)
            if reason and reason.flags["waits_for_requester"]:
                change.target = incident.state_before_hold
                change.note(resumed=True)
    return incident


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
    "occurred_at",
}


def edit(
    pk: int, *, actor, version: int | None = None, reason: str = "", at: datetime | None = None, told: dict | None = None,
    **values,
) -> Incident:  # fmt: skip
    """Codify: category, service, impact, urgency, title... Priority follows the matrix; a new one retargets the clocks.

    `priority` overrides the matrix and needs a reason and the right to do so (checked at the edge).
    """
    unknown = set(values) - EDITABLE - {"priority"}
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
    with moves.apply(Incident, pk, "edit", actor=actor, version=version, at=at) as change:
        incident = change.record
        change.set(**values)
        if "category" in values and "confidentiality" not in values:
            change.set(
                confidentiality_id=reference.category_confidentiality(incident.category_id)
                or incident.confidentiality_id
            )
        computed = priority.compute(incident.organisation_id, incident.impact, incident.urgency)
        if override:
            change.set(priority=override, priority_reason="" if override == computed else reason.strip()[:200])
        elif {"impact", "urgency"} & set(values):
            change.set(priority=computed, priority_reason="")
        change.note(reason=reason, **(told or {}))
    return incident


def set_items(pk: int, *, actor, add=(), remove=(), at: datetime | None = None) -> Incident:
    """Which configuration items the incident touches. An incident without a service gets the one that suffers most with them."""
    with moves.apply(Incident, pk, "edit", actor=actor, at=at) as change:
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
