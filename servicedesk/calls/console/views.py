"""Pages of the console: the page with its poll, acts in place, what is asked in a dialog."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event

from itsm.core.errors import DomainError

from ..guard import entered, operators_only
from . import acts, asking, bar, parts
from .seeing import seat_of

PAGE = "servicedesk/calls/console/"
HOME = "/calls/"


@entered
@require_GET
def console(request):
    """Who waits, who is on the line, what to say and do."""
    code = request.GET.get("queue", "")[:40]
    version = parts.version(request.user, code)
    seat = seat_of(request.user, code)
    drawn = {part.key: part for part in parts.draw(request, seat)}
    return render(request, PAGE + "console.html", {"parts": drawn, "version": version, "seat": seat})


@entered
@require_GET
def live(request):
    """What changed since the page was drawn; 204, for one read of Redis, while nothing did."""
    code = request.GET.get("queue", "")[:40]
    version = parts.version(request.user, code)
    if request.GET.get("v") == version:
        return HttpResponse(status=204)
    return _parts(request, code, version)


def _parts(request, code: str, version: str, *, status: int = 200, **more) -> HttpResponse:
    seat = seat_of(request.user, code)
    known = request.GET.getlist("sum") or request.POST.getlist("sum")
    context = {
        "drawn": parts.changed(parts.draw(request, seat), known), "version": version, "seat": seat,
        "bar": bar.clocked(bar.facts(request.user, seat.operator)), "on_console": True, **more,
    }  # fmt: skip
    return render(request, PAGE + "_live.html", context, status=status)


@operators_only
@require_POST
def act(request, act):
    """Do it: in place on the console, by a redirect elsewhere and without scripts."""
    if act not in acts.ACTS:
        raise Http404
    back = back_of(request)
    seat = seat_of(request.user, QueryDict(urlsplit(back).query).get("queue", "")[:40])
    was_seated = seat.operator is not None
    try:
        told, problem, status = acts.ACTS[act](seat, request.POST), "", 200
    except DomainError as error:
        told, problem, status = "", str(error.message), error.status
    if request.htmx and seat.operator and not was_seated:
        messages.success(request, told)
        return HttpResponseClientRedirect(back)  # the whole page: its top bar now has a state to show
    return acted(request, back, told=told, problem=problem, status=status)


def acted(
    request, back: str, *, told: str = "", problem: str = "", status: int = 200, closes: bool = False
) -> HttpResponse:
    parted = urlsplit(back)
    if request.htmx and urlsplit(request.htmx.current_url_abs_path or "").path == HOME and parted.path == HOME:
        code = QueryDict(parted.query).get("queue", "")[:40]
        answer = _parts(
            request, code, parts.version(request.user, code), status=status, acted=True, told=told, problem=problem
        )
        if closes:  # it was asked in the dialog, which goes
            answer = reswap(retarget(answer, "#dialog"), "none")
        return trigger_client_event(answer, "calls:acted", {"said": told, "closes": closes}, after="settle")
    if told:
        messages.success(request, told)
    if problem:
        messages.error(request, problem)
    return HttpResponseClientRedirect(back) if request.htmx else redirect(back)


@operators_only
@require_http_methods(["GET", "POST"])
def ask(request, what):
    """What has to be said first: in a dialog on the console, else a page of its own."""
    question = asking.QUESTIONS.get(what)
    if question is None:
        raise Http404
    seat = seat_of(request.user, request.GET.get("queue", "")[:40])
    number = request.GET.get("call") or request.POST.get("call", "")
    call = acts.call_of(request.user, number) if question.needs_call else None
    form = question.form(request.POST or None, user=request.user, call=call)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if question.mine:
                    acts.my_call(seat, call.number)
                told = question.act(seat, call, **form.values())
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
                status = error.status
            else:
                return acted(request, back_of(request), told=told, closes=True)
    context = {
        "form": form, "call": call, "what": what, "question": question, "back": back_of(request),
        "near": asking.near(request.user, call) if what == "attach" else [], "dialog": bool(request.htmx),
    }  # fmt: skip
    return render(request, PAGE + ("_ask.html" if request.htmx else "ask.html"), context, status=status)


def back_of(request) -> str:
    """The address of this product that a form names, else the console as it was looked at."""
    target = request.POST.get("back") or request.GET.get("back") or ""
    if not target and request.htmx:
        target = request.htmx.current_url_abs_path or ""
        target = target if urlsplit(target).path == HOME else ""
    fine = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if fine and target.startswith("/") else HOME
