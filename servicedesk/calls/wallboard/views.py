"""The page of the wall and the fragment that its poll brings."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ..guard import entered
from . import board

PAGE = "servicedesk/calls/wall/"


@entered
@require_GET
def wall(request):
    """All queues that the reader sees, or those that the address names."""
    shown = board.chosen(request.user, request.GET.getlist("queue"))
    version = board.version(request.user, shown)
    is_poll = bool(request.htmx) and request.htmx.target == "wall"
    if is_poll and request.GET.get("v") == version:
        return HttpResponse(status=204)
    context = board.context(request.user, shown, version)
    return render(request, PAGE + ("_wall.html" if is_poll else "wall.html"), context)
