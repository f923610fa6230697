"""Who keeps the catalogue."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404

from itsm.people.scope import scope_of


def keepers_only(view):
    """For anyone else these pages do not exist."""

    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not scope_of(request.user).may("catalogue.manage"):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
