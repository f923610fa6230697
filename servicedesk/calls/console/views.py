"""Pages of the console."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from ..guard import entered

PAGE = "servicedesk/calls/console/"


@entered
@require_GET
def console(request):
    """Who waits, and what the reader does about it."""
    return render(request, PAGE + "console.html", {})
