"""Pages of alerts: the live list, one alert, and what is done to one or many."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from itsm.events.models import Alert
from itsm.events.standing import standing_for
from itsm.people.scope import scope_of

from ..guard import readers_only, workers_only
from . import acts, alertpage, listing
from .forms import CloseForm, IncidentForm, SilenceForm

PAGE = "operations/consoles/"
FORMS = {"silence": SilenceForm, "close": CloseForm}


@readers_only
@require_GET
def alerts(request):
    """The list; for its own poll only what changed, and 204 while nothing did."""
    is_poll = bool(request.htmx) and request.htmx.target == "alerts"
    if is_poll and request.GET.get("v") and request.GET["v"] == listing.version(request.user, request.GET):
        return HttpResponse(status=204)
    return _list(request, request.GET, fragment=is_poll)


def _list(request, params: QueryDict, *, fragment: bool, problem: str = "") -> HttpResponse:
    found = listing.listing(request.user, params)
    context = {
        "list": found, "may": scope_of(request.user).may("operations.work"), "problem": problem,
        "here": reverse("consoles:alerts"), "path": f"{reverse('consoles:alerts')}{found.address()}",
    }  # fmt: skip
    context["fragment"] = fragment
    name = "_alerts.html" if fragment else "alerts.html"
    return render(request, PAGE + name, context, status=200 if found.filter.is_valid() else 422)


@workers_only
@require_POST
def act(request):
    """Do it to the chosen alerts; a silence and a closing ask first for what they need."""
    name = request.POST.get("act", "")
    if name not in acts.ACTS:
        raise Http404
    back = back_of(request)
    found = acts.chosen(request.user, request.POST.getlist("number"))
    if not found:
        return _answer(request, back, problem=_("Choose at least one alert."))
    values: dict = {}
    form = _form(request, name, found)
    if form is not None:
        if not form.is_bound or not form.is_valid():
            return _ask(request, name, form, found, back)
        values = form.values()
    outcome = acts.ACTS[name](found, actor=request.user, **values)
    return _answer(request, back, told=acts.said(name, outcome), problem=acts.refused(outcome), dialog=form is not None)


def _form(request, name: str, found: list[Alert]):
    """What an act asks before; None for one that asks nothing: an incident does so only where one stands for the same thing."""
    given = request.POST if "sure" in request.POST else None
    if name == "incident":
        standing = standing_for(found, request.user)
        if standing or given is None or given.get("record", "new") == "new":
            return IncidentForm(given, standing=standing) if standing else None
        messages.warning(request, _("The incident is over in the meantime: a new one stands for the alerts."))
        return None
    return FORMS[name](given) if name in FORMS else None


def _ask(request, name: str, form, found: list[Alert], back: str) -> HttpResponse:
    title, button = acts.question(name, len(found))
    context = {
        "act": name,
        "form": form,
        "found": found,
        "title": title,
        "button": button,
        "back": back,
        "dialog": bool(request.htmx),
    }
    if request.htmx:
        answer = render(request, PAGE + "_ask.html", context, status=422 if form.is_bound else 200)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#dialog", "innerHTML"
        return answer
    return render(request, PAGE + "ask.html", context, status=422 if form.is_bound else 200)


def _answer(request, back: str, *, told: str = "", problem: str = "", dialog: bool = False) -> HttpResponse:
    """On the list itself the rows as they are now; elsewhere back to where it was asked for."""
    parts = urlsplit(back)
    if request.htmx and not dialog and parts.path == reverse("consoles:alerts"):
        answer = _list(request, QueryDict(parts.query), fragment=True, problem=problem)
        return trigger_client_event(answer, "alerts:acted", {"said": told}, after="settle")
    if told:
        messages.success(request, told)
    if problem:
        messages.warning(request, problem)
    return HttpResponseClientRedirect(back) if request.htmx else redirect(back)


def back_of(request) -> str:
    """The address of this product that a form names, else the list."""
    target = request.POST.get("back", "")
    fine = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if fine and target.startswith("/") else reverse("consoles:alerts")


@readers_only
@require_GET
def alert(request, number):
    """One alert: what is wrong, what to do about it, who and what it touches, and all that happened."""
    rows = Alert.objects.visible_to(request.user).select_related(
        "item", "record", "runbook", "parent", "acknowledged_by", "closed_by", "silence__owner", "organisation"
    )
    found = get_object_or_404(rows, number=number.upper())
    if number != found.number:
        return redirect(alertpage.url(found))
    return render(request, PAGE + "alert.html", alertpage.context(request, found))
