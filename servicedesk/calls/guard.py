"""Who may enter the rooms of the switchboard. Without the right, the page does not exist."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404

from itsm.people.scope import scope_of


def only(*permissions: str):
    """For those who hold one of these permissions."""

    def decorate(view):
        @wraps(view)
        @login_required
        def guarded(request, *args, **kwargs):
            if not any(scope_of(request.user).may(each) for each in permissions):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate


entered = only("calls.take", "calls.manage")
operators_only = only("calls.take")
managers_only = only("calls.manage")
