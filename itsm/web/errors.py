"""Pages for what went wrong: in the reader's words, with a way out and the reference that the logs hold too."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader

from itsm.core import request_id


def not_found(request, exception=None):
    """What does not exist and what one may not see are the same page, with the same status."""
    return render(request, "404.html", status=404)


def not_understood(request, exception=None):
    """A request that no page can make sense of, or that is too large to be read."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def failed(request):
    """Something broke. The page asks nothing of the database, the cache or the session: they may be what broke."""
    return HttpResponse(loader.get_template("500.html").render({"reference": request_id.current()}), status=500)
