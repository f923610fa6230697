"""The operator's state, wherever they are; and click to call."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from itsm.core.errors import DomainError

from .. import orders, presence, services
from ..guard import operators_only
from ..models import PauseReason
from . import acts, bar, views
from .seeing import seat_of

PAGE = "servicedesk/calls/console/"


@operators_only
@require_http_methods(["GET", "POST"])
def state(request):
    """What the top bar shows, for its poll (204 while nothing changed); and what a person says of themselves."""
    if request.method == "POST":
        return _say(request)
    version, found = bar.look(request.user)
    if found is None or request.GET.get("v") == version:
        return HttpResponse(status=204)
    return _drawn(request, version, found, draws=request.GET.get("sum") != found["sum"])


def _drawn(request, version: str, found: dict, *, draws: bool = True) -> HttpResponse:
    context = {"bar": bar.clocked(found), "version": version, "draws": draws, "on_console": False}
    return render(request, PAGE + "_bar_live.html", context)


def _say(request) -> HttpResponse:
    wanted, _colon, code = request.POST.get("state", "").partition(":")
    reason = get_object_or_404(PauseReason, code=code, is_active=True) if wanted == "pause" else None
    back = views.back_of(request)
    operator = acts.seated(seat_of(request.user))
    told = problem = ""
    status = 200
    try:
        after = presence.set_state(operator, wanted, reason=reason, actor=request.user)
        if after.state == wanted:
            told = {"available": _("You are available."), "away": _("You are away.")}.get(wanted) or _("Pause: %(reason)s.") % {
                "reason": reason.name if reason else ""
            }  # fmt: skip
        else:
            told = _("Kept for when this call is over.")
    except DomainError as error:
        problem, status = str(error.message), error.status
    if not request.htmx or urlsplit(request.htmx.current_url_abs_path or "").path == views.HOME:
        return views.acted(request, back, told=told, problem=problem, status=status)
    version, found = bar.look(request.user)
    if found is None:
        return HttpResponseClientRedirect(back)
    return trigger_client_event(
        _drawn(request, version, found), "calls:acted", {"said": told or problem}, after="settle"
    )


@operators_only
@require_POST
def dial(request):
    """Call a number: the exchange rings at the operator's place first. Without one, the call is kept by hand."""
    number = request.POST.get("number", "")[:40]
    earlier = acts.call_of(request.user, request.POST["call"]) if request.POST.get("call") else None
    back = views.back_of(request)
    try:
        acts.seated(seat_of(request.user))
        made = services.originate(actor=request.user, number=number, call=earlier)
    except DomainError as error:
        if request.headers.get("X-Dial"):
            return HttpResponse(str(error.message), status=error.status, content_type="text/plain; charset=utf-8")
        messages.error(request, str(error.message))
        return redirect(back)
    said = orders.said(made, number)
    if request.headers.get("X-Dial"):
        answer = HttpResponse(said, content_type="text/plain; charset=utf-8")
        answer["X-By-Hand"] = "" if made.source_id else "1"
        return answer
    messages.success(request, said)
    return redirect(back)
