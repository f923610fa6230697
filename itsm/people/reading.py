"""Settings that agents read and administrators change: who may come, and which rows concern an organisation."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404

from .directory import directory
from .scope import scope_of


def known_organisations(user) -> list[int]:
    """Ids of the organisations that a person may know of: where their role reaches, their own and those above it."""
    own = directory.get().organisations.get(user.organisation_id)
    return [*scope_of(user).organisations, *(own.lineage if own else ())]


def concerning(user, *paths: str) -> Q:
    """Rows that are for everybody, or for organisations that the person may know of, by each of these paths."""
    found = Q()
    if not scope_of(user).everything:
        known = known_organisations(user)
        for path in paths:
            found &= Q(**{f"{path}__isnull": True}) | Q(**{f"{path}__in": known})
    return found


def agents_read(view):
    """Agents read the page, administrators change it (`request.manages`); for anyone else it does not exist, nor do changes."""

    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        scope = scope_of(request.user)
        request.manages = scope.may("settings.manage")
        if not request.manages and (not scope.is_agent or request.method not in ("GET", "HEAD")):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
