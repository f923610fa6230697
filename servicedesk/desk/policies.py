"""Who may do which move. Decided at the edge: services trust their arguments."""

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from itsm.core.errors import NotAllowed
from itsm.people.scope import scope_of
from itsm.records.lifecycle import Move

from ..incidents.merging import is_young
from ..incidents.models import Incident
from ..incidents.states import LIFECYCLE, State

BY_READERS = {"comment", "link"}
BY_REQUESTER = {"comment", "reopen", "close", "cancel"}


def is_agent_for(user, incident: Incident) -> bool:
    """Does the person read it as an agent, rather than as somebody who asked?"""
    return Incident.objects.in_desk_of(user).filter(pk=incident.pk).exists()


def moves_for(user, incident: Incident, *, agent: bool | None = None, works: bool | None = None) -> list[Move]:
    """The legal moves of this state that this person may make, in the order of the table."""
    allowed = _allowed(user, incident, agent, works)
    if not is_young(incident.closed_at):
        allowed -= {"unmerge"}
    if incident.service_id is None:
        allowed -= {"outage"}
    return [move for move in LIFECYCLE.moves_from(incident.state) if move.name in allowed]


def _allowed(user, incident: Incident, agent: bool | None, works: bool | None) -> set[str]:
    names: set[str] = set()
    if agent is None:
        agent = is_agent_for(user, incident)
    if works is None:
        works = agent and Incident.objects.workable_by(user).filter(pk=incident.pk).exists()
    if works:
        return set(LIFECYCLE.moves)
    if agent:
        names |= BY_READERS
    if user.pk == incident.requester_id:
        names |= {"comment"}
        if incident.state == State.RESOLVED:
            names |= {"close"} if not incident.major else set()
            names |= {"reopen"} if not incident.major else set()
        if incident.state in (State.NEW, State.ASSIGNED) and incident.acknowledged_at is None:
            names |= {"cancel"}
    return names


def check(user, incident: Incident, name: str, *, agent: bool | None = None, works: bool | None = None) -> None:
    """Pass, or 404 when the person may not see it, NotAllowed when they may not do this.

    A move that the person may make in another state passes: the lifecycle answers 409 with the reason. Who read the
    incident through `visible_to` gives `agent` and `works`, which spares the queries.
    """
    if agent is None:
        if not Incident.objects.visible_to(user).filter(pk=incident.pk).exists():
            raise Http404
        agent = is_agent_for(user, incident)
    if works is None:
        works = agent and Incident.objects.workable_by(user).filter(pk=incident.pk).exists()
    if works or name in _allowed(user, incident, agent, works):
        return
    if user.pk == incident.requester_id and name in BY_REQUESTER and not incident.major:
        if incident.state not in LIFECYCLE.moves[name].sources:
            return
        raise NotAllowed(_("Somebody already works on this ticket: write to them instead."))
    raise NotAllowed(_("This incident is with another team: you may read it and write to it, but not do this."))


def may_override_priority(user) -> bool:
    """Set a priority that the matrix does not give."""
    return scope_of(user).may("records.override_priority")
