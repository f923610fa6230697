"""Who may do which move. Decided at the edge: services trust their arguments."""

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from itsm.core.errors import NotAllowed
from itsm.people.scope import scope_of
from itsm.records.lifecycle import Move
from itsm.records.models import Record

from .desks import desk_of

BY_READERS = {"comment", "link"}
BY_REQUESTER = {"comment", "reopen", "close", "cancel"}


def is_agent_for(user, ticket: Record) -> bool:
    """Does the person read it as an agent, rather than as somebody who asked?"""
    return Record.objects.in_desk_of(user).filter(pk=ticket.pk).exists()


def asked_for_it(user, ticket: Record) -> bool:
    """Is it their own: whose it is, or, where the process says so, who ordered it for them?"""
    return user.pk == ticket.requester_id or (desk_of(ticket).by_opener and user.pk == ticket.opened_by_id)


def moves_for(user, ticket: Record, *, agent: bool | None = None, works: bool | None = None) -> list[Move]:
    """The legal moves of this state that this person may make, in the order of the table."""
    allowed = _allowed(user, ticket, agent, works)
    desk = desk_of(ticket)
    allowed -= desk.withheld(ticket)
    return [move for move in desk.lifecycle.moves_from(ticket.state) if move.offered and move.name in allowed]


def _allowed(user, ticket: Record, agent: bool | None, works: bool | None) -> set[str]:
    names: set[str] = set()
    if agent is None:
        agent = is_agent_for(user, ticket)
    if works is None:
        works = agent and Record.objects.workable_by(user).filter(pk=ticket.pk).exists()
    if works:
        return set(desk_of(ticket).lifecycle.moves)
    if agent:
        names |= BY_READERS
    if asked_for_it(user, ticket):
        names |= {"comment"} | desk_of(ticket).by_requester(ticket)
    return names


def check(user, ticket: Record, name: str, *, agent: bool | None = None, works: bool | None = None) -> None:
    """Pass, or 404 when the person may not see it, NotAllowed when they may not do this.

    A move that the person may make in another state passes: the lifecycle answers 409 with the reason. Who read the
    ticket through `visible_to` gives `agent` and `works`, which spares the queries.
    """
    if agent is None:
        if not Record.objects.visible_to(user).filter(pk=ticket.pk).exists():
            raise Http404
        agent = is_agent_for(user, ticket)
    if works is None:
        works = agent and Record.objects.workable_by(user).filter(pk=ticket.pk).exists()
    if works or name in _allowed(user, ticket, agent, works):
        return
    if asked_for_it(user, ticket) and name in BY_REQUESTER and not ticket.major:
        if ticket.state not in desk_of(ticket).lifecycle.moves[name].sources:
            return
        raise NotAllowed(_("Somebody already works on this ticket: write to them instead."))
    raise NotAllowed(_("This ticket is with another team: you may read it and write to it, but not do this."))


def may_override_priority(user) -> bool:
    """Set a priority that the matrix does not give."""
    return scope_of(user).may("records.override_priority")
