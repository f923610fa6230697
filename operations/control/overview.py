"""The page of operations control: what is open, what runs, what failed tonight, what was noted; drawn by the rooms."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from . import cards
from .guard import readers_only


@readers_only
@require_GET
def overview(request):
    """All cards by column."""
    asked = cards.asking(request)
    found = cards.drawn(request)
    columns = {name: [card for card in found if card.column == name] for name in cards.COLUMNS}
    context = {"columns": columns, "nothing": not any(card.markup for card in found), "asked": asked}
    return render(request, "operations/overview.html", context)


@readers_only
@require_GET
def live(request):
    """The cards that are not as the page shows them any more; 204 while all are."""
    shown = request.GET.get("v", "")[:2000]
    asked = cards.asking(request)
    if shown == asked:
        return HttpResponse(status=204)
    changed = cards.drawn(request, shown)
    context = {"cards": changed, "asked": asked, "filled": any(card.markup for card in changed)}
    return render(request, "operations/_live.html", context)
