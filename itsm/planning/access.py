"""Who comes in. What one may not read does not exist."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404

from itsm.people.scope import scope_of


def guarded(permission: str):
    """A decorator of views: without the permission the page is a 404."""

    def decorate(view):
        @wraps(view)
        @login_required
        def inner(request, *args, **kwargs):
            if not scope_of(request.user).may(permission):
                raise Http404
            return view(request, *args, **kwargs)

        return inner

    return decorate


readers = guarded("operations.read")
keepers = guarded("operations.manage")
