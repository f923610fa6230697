"""Who may come to the desk at all."""

from functools import wraps
from urllib.parse import SplitResult, urlsplit

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404

from itsm.people.scope import scope_of
from itsm.records.models import Record

from .desks import DESKS, desk_of, of_number


def desk_required(view):
    """The desk is for agents: for anyone else its pages do not exist."""

    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not scope_of(request.user).is_agent:
            raise Http404
        where = request.resolver_match.namespace
        if where and "number" in kwargs and of_number(kwargs["number"]).name != where:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def fetch(user, number: str, *, service: bool = True) -> Record:
    """The record of its process, or 404 for who may not read it as an agent. `service`: with its service and that one's item."""
    rows = of_number(number).model.objects.in_desk_of(user)
    return get_object_or_404(rows.select_related("service__item") if service else rows, number=number)


def seen(user, record: Record) -> Record | None:
    """The record as it is now; None once the person may no longer read it as an agent."""
    rows = desk_of(record).model.objects.in_desk_of(user).select_related("service__item")
    return rows.filter(pk=record.pk).first()


def on_page(request, number: str) -> bool:
    """Was the act done from a page that shows the ticket: the workspace, or its own?"""
    came = _came_from(request)
    return came.netloc == request.get_host() and came.path in (f"/desk/{number}/", _own(number))


def place(request, number: str) -> str:
    """Where they acted on the ticket: in the workspace with its queue, on a card of the board, else on its own page."""
    came = _came_from(request)
    on_board = came.netloc == request.get_host() and came.path in {desk.base for desk in DESKS}
    if not (on_board or on_page(request, number)):
        return _own(number)
    return came.path + (f"?{came.query}" if came.query else "")


def _came_from(request) -> SplitResult:
    try:
        return urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    except ValueError:
        return urlsplit("")


def _own(number: str) -> str:
    return of_number(number).url(number)
