"""Who may enter the rooms of operations control. Without the right, the page does not exist."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404

from itsm.people.scope import scope_of


def _only(permission: str):
    def decorate(view):
        @wraps(view)
        @login_required
        def guarded(request, *args, **kwargs):
            if not scope_of(request.user).may(permission):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate


readers_only = _only("operations.read")
workers_only = _only("operations.work")
managers_only = _only("operations.manage")
