"""The on-call pages: the phone page of who is called, the signed link of a mail, the calendar file."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.notify.messages import language_of
from itsm.people.scope import scope_of
from itsm.records import assignable

from . import duty, ical, links, paging, rotas
from .models import Feed, Page, PageCall

FEED_BEFORE, FEED_AHEAD = duty.AHEAD, duty.AHEAD * 5


def agents_only(view):
    """On-call is for agents: for anyone else its pages do not exist."""

    @wraps(view)
    @login_required
    def guarded(request, *args, **kwargs):
        if not scope_of(request.user).is_agent:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@agents_only
@require_GET
@never_cache
def home(request):
    """One call a screen: I take it; then the chain, then my next shifts."""
    asked = request.GET.get("page", "")
    wanted = int(asked) if asked.isdecimal() and len(asked) < 18 else None
    context = duty.board(request.user, now(), wanted)
    context["feed"] = Feed.objects.filter(user=request.user).exists()
    return render(request, "itsm_escalation/home.html", context)


def _called(request, pk: int) -> Page:
    """A page that called the person, running or not."""
    return get_object_or_404(Page.objects.select_related("record"), pk=pk, pk__in=_mine(request.user))


def _mine(user):
    return PageCall.objects.filter(user=user).exclude(outcome=PageCall.Outcome.UNABLE).values("page")


@agents_only
@require_POST
def take(request, pk):
    """“I take it”."""
    page = paging.answer(_called(request, pk).pk, actor=request.user, how="page")
    if page.answered_by_id == request.user.pk:
        messages.success(request, _("It is yours. The chain has stopped."))
        return redirect(page.record.get_absolute_url())
    messages.warning(request, _ended(page))
    return redirect("oncall:home")


@agents_only
@require_POST
def pass_on(request, pk):
    """The next one, at once."""
    page = paging.pass_on(_called(request, pk).pk, actor=request.user)
    if page.state == Page.State.RUNNING:
        messages.success(request, _("The next person is called."))
    else:
        messages.warning(request, _ended(page))
    return redirect("oncall:home")


def _ended(page: Page) -> str:
    """What became of a chain that runs no more."""
    if page.state == Page.State.ANSWERED and page.answered_by:
        return _("%(person)s has taken it already.") % {"person": page.answered_by.display_name}
    return _("Nobody needs to answer any more.")


@csrf_exempt  # the signature is the proof, and there is no session whose rights a forged form could use
@require_http_methods(["GET", "POST"])
@never_cache
def by_mail(request, token):
    """The link of a mail. Mail programs look at links before people do: looking asks, only the button answers."""
    call = links.call_of(token)
    if call is None:
        return render(request, "itsm_escalation/answer.html", {"call": None}, status=404)
    page, person = call.page, call.user
    if request.user.is_authenticated and request.user.pk != person.pk:
        # A forwarded mail: nobody answers in the name of somebody else, nor reads what they may not.
        context = {"call": call, "person": person, "other": request.user}
        return render(request, "itsm_escalation/answer.html", context, status=403)
    with override(language_of(person)):
        allowed = assignable.may_hold(page.record, person)
        if request.method == "POST" and allowed and page.state == Page.State.RUNNING:
            page = paging.answer(page.pk, actor=person, how="mail")
        context = {
            "call": call, "page": page, "record": page.record, "person": person, "allowed": allowed,
            "mine": page.answered_by_id == person.pk, "ended": _ended(page),
        }  # fmt: skip
        return render(request, "itsm_escalation/answer.html", context, status=200 if allowed else 403)


@agents_only
@require_POST
def renew_feed(request):
    """A new secret address of my shifts; it is shown once."""
    if request.POST.get("end"):
        links.end_feed(request.user, actor=request.user)
        messages.success(request, _("The address of your calendar no longer works."))
        return redirect("oncall:home")
    token = links.renew_feed(request.user, actor=request.user)
    address = request.build_absolute_uri(f"/oncall/feed/{token}.ics")
    return render(request, "itsm_escalation/feed.html", {"address": address})


@require_GET
@never_cache
def feed(request, token):
    """My shifts as a calendar file, by its secret address."""
    person = links.person_of(token)
    if person is None:
        raise Http404
    at = now()
    with override(language_of(person)):
        found = rotas.shifts_of(person, at - FEED_BEFORE, at + FEED_AHEAD)
        body = ical.feed(_("On call, %(person)s") % {"person": person.display_name}, found, at)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="on-call.ics"'
    return response
