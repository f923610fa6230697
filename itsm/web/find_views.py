"""The search page: a number goes to its record, words to everything that the reader may find."""

from django.contrib.auth.decorators import login_required
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from itsm.core.paging import BadCursor
from itsm.people.scope import scope_of
from itsm.records import numbering
from itsm.records import search as words
from itsm.records.models import Record

from . import finding
from .finding_forms import TicketsForm


@login_required
@require_GET
def find(request):
    """Page or fragment. Agents search the desk; `at=portal`, and everyone else, what is their own."""
    params = request.GET
    text = finding.clean(params.get("q", ""))
    if words.is_number(text) and Record.objects.visible_to(request.user).filter(number=text.upper()).exists():
        return redirect("records:number", number=text.upper())
    elsewhere = numbering.ADDRESSES.find(text[:3].upper()) if words.is_number(text) else None
    if elsewhere and (address := elsewhere(request.user, text.upper())):
        return redirect(address)
    agent = scope_of(request.user).is_agent
    place = "desk" if agent and params.get("at") != "portal" else "portal"
    try:
        found = finding.look(request.user, params, place)
    except BadCursor:
        fresh = params.copy()
        fresh.pop("cursor", None)
        return redirect(f"{request.path}?{fresh.urlencode()}")
    form = found.alone.answer.form if found.alone else None
    refused = next((g.answer.form for g in found.groups if g.answer.form and not g.answer.form.is_valid()), None)
    context = {
        "search": found, "form": form or refused, "shell": "base.html" if place == "desk" else "portal.html", "place": place,
        "kept": _kept(params, found.tab, drawn=bool(form or refused)),
        "fragment": bool(request.htmx) and not request.htmx.history_restore_request,
    }  # fmt: skip
    template = "itsm_web/_found.html" if context["fragment"] else "itsm_web/find.html"
    return render(request, template, context, status=422 if refused else 200)


def _kept(params: QueryDict, tab: str, *, drawn: bool) -> list[tuple[str, str]]:
    """The open tab, and the filters where they are not drawn: what the next letter typed must not lose."""
    if drawn:
        return [("tab", "tickets")]
    filters = [(name, value) for name in TicketsForm.base_fields for value in params.getlist(name) if value]
    return ([] if tab == finding.ALL else [("tab", tab)]) + filters
