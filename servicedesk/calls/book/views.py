"""Pages of calls: the list, and one call with what may be done to it without the console."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.people.scope import scope_of
from itsm.records.models import Record

from .. import looks, matching, orders, presence, privacy, services
from ..guard import entered
from ..models import Call, CallLink
from ..models.calls import LIVE, State
from . import listing, story

PAGE = "servicedesk/calls/book/"


@entered
@require_GET
def calls(request) -> HttpResponse:
    """All calls, the newest first; the rows alone for the page's poll, or 204 while nothing changed."""
    params = request.GET.copy()
    known = params.pop("v", [""])[-1]
    version = listing.version(request.user, params)
    if request.htmx and known == version:
        return HttpResponse(status=204)
    found = listing.listing(request.user, params)
    context = {"list": found, "version": version, "query": params.urlencode()}
    if request.htmx and known:
        return render(request, PAGE + "_rows.html", context)
    context |= {"states": listing.states(), "drawings": listing.drawings()}
    return render(request, PAGE + "calls.html", context, status=200 if found.filter.is_valid() else 422)


def _call(request, number: str) -> Call:
    rows = Call.objects.visible_to(request.user).select_related(
        "caller", "queue", "operator__person", "organisation", "site", "wrap_up_code", "source", "major", "answers", "call_back_by__person",
        "service__item", "category",
    )  # fmt: skip
    return get_object_or_404(rows, number=number.upper())


@entered
@require_GET
def call(request, number: str) -> HttpResponse:
    """One call: who, where it went and why, how long, what came of it, what it is about."""
    found = _call(request, number)
    if number != found.number:
        return redirect(found.get_absolute_url())
    return _page(request, found)


def _page(request, found: Call, *, error: DomainError | None = None) -> HttpResponse:
    match = (
        matching.find(found.party, organisation=found.organisation) if found.caller_id is None and found.party else None
    )
    visible = Record.objects.in_desk_of(request.user)
    links = list(CallLink.objects.filter(call=found, record__in=visible).select_related("record").order_by("at", "id"))
    earlier = (
        Call.objects.visible_to(request.user).filter(from_number=found.from_number, pk__lt=found.pk)
        if found.from_number
        else Call.objects.none()
    )
    back = Call.objects.filter(answers=found).order_by("-id").first()
    mine = presence.operator_of(request.user)
    context = {
        "call": found, "chip": looks.state_chip(found.state), "cause": looks.cause(found.cause), "party": privacy.number_for(request.user, found.party),
        "line": privacy.number_for(request.user, found.to_number if found.direction == "in" else found.from_number),
        "wait": listing.wait(vars(found), now()), "talk": listing.talk(vars(found), now()), "hold": looks.clock(found.hold_seconds),
        "wrap_up": looks.clock(found.wrap_up_seconds), "match": match, "links": links, "story": story.of(found), "back": back,
        "earlier": listing.described(list(earlier.order_by("-id").values(*listing.TOLD)[:5]), request.user), "error": error,
        "drawings": listing.drawings(), "is_live": found.state in LIVE, "may_take": mine is not None and scope_of(request.user).may("calls.take"),
        "is_due": found.state == State.CALL_BACK, "waits": found.state in ("ringing", "queued"),
    }  # fmt: skip
    return render(request, PAGE + "call.html", context, status=error.status if error else 200)


def _answer(found: Call, request) -> str:
    services.answer(found, operator=presence.operator_of(request.user), actor=request.user)
    return _("The call is yours.")


def _end(found: Call, request) -> str:
    services.hang_up(found, actor=request.user)
    return _("The call is over.")


def _attach(found: Call, request) -> str:
    number = request.POST.get("record", "").strip().upper()[:20]
    record = Record.objects.in_desk_of(request.user).filter(number=number).first()
    if record is None:
        raise DomainError(_("There is no record with this number here."), field="record")
    services.attach(found, record=record, how=CallLink.How.ATTACHED, actor=request.user)
    return _("Attached to %(record)s.") % {"record": record.number}


def _owe(found: Call, request) -> str:
    services.owe_call_back(found, actor=request.user)
    return _("A call-back is owed.")


def _recognise(found: Call, request) -> str:
    match = matching.find(found.party, organisation=found.organisation)
    person = next((each for each in match.maybes if each.username == request.POST.get("person")), None)
    if person is None:
        raise DomainError(_("Choose one of the people who are proposed."))
    services.say_who(found, caller=person, actor=request.user)
    return _("The next call from this number knows.")


def _dial(found: Call, request) -> str:
    if found.state == State.CALL_BACK:
        made = services.call_back(found, actor=request.user)
    else:
        made = services.originate(actor=request.user, number=found.party, call=found)
    return orders.said(made, privacy.number_for(request.user, made.to_number))


ACTS = {"answer": _answer, "end": _end, "attach": _attach, "owe": _owe, "recognise": _recognise, "dial": _dial}


@entered
@require_POST
def act(request, number: str, name: str) -> HttpResponse:
    """One thing done to the call; refused in words, on the page itself."""
    found = _call(request, number)
    if name not in ACTS:
        raise Http404
    if not scope_of(request.user).may("calls.take"):
        raise Http404
    try:
        told = ACTS[name](found, request)
    except DomainError as error:
        return _page(request, _call(request, number), error=error)
    messages.success(request, told)
    return redirect(found.get_absolute_url())
