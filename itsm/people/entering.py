"""Who may enter a page. Without the right, the page does not exist."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404

from .scope import scope_of


def only(*permissions: str):
    """A decorator of views: for those who are signed in and hold one of these permissions; a 404 for all others."""

    def decorate(view):
        @wraps(view)
        @login_required
        def guarded(request, *args, **kwargs):
            if not any(scope_of(request.user).may(each) for each in permissions):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate
