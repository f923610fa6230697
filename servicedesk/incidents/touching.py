"""Beside the item of a new incident: the services that suffer with it."""

from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ..desk.affected import hurt
from ..desk.fields import ItemField
from ..desk.guard import desk_required
from .newform import NewIncidentForm

PAGE = "servicedesk/incidents/"
OFFERED = 10


@desk_required
@require_GET
def touched(request):
    """To be ticked; the first one is entered as the service where none was chosen."""
    try:
        item = ItemField(required=False, user=request.user).clean(request.GET.get("item", "").replace("\x00", "")[:200])
    except ValidationError:
        item = None
    found = hurt([item] if item else [], request.user)
    context = {"item": item, "found": found[:OFFERED], "more": max(0, len(found) - OFFERED)}
    if found and not request.GET.get("service"):
        context["form"] = NewIncidentForm(user=request.user, initial={"service": found[0]["pk"]})
    return render(request, PAGE + "_touched.html", context)
