"""Pages of time spent: an entry by hand, one put right, the timer."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from itsm.core import durations, now
from itsm.core.errors import DomainError
from itsm.core.panels import Panel, register
from itsm.records import timekeeping
from itsm.records.models import Record, TimeEntry

from .. import once
from . import guard, inplace, timing
from .desks import desk_of
from .guard import desk_required, fetch
from .timeforms import TimeForm

PAGE = "servicedesk/desk/"
register(Panel("timer", "top", PAGE + "_timer.html", timing.on_top))


@desk_required
@require_http_methods(["GET", "POST"])
def spent(request, number):
    """Enter time by hand: whoever reads the ticket at the desk may have worked for it."""
    ticket = fetch(request.user, number)
    form = TimeForm(request.POST or None, ticket=ticket, initial={"token": get_random_string(24)})

    def enter() -> None:
        key = once.key(request.user, f"time:{ticket.pk}", form.cleaned_data["token"])
        if once.claim(key):
            return
        try:
            timekeeping.add(ticket.pk, actor=request.user, **form.values())
        except Exception:
            once.release(key)
            raise
        once.keep(key, ticket.number)

    return _asked(request, ticket, form, enter, title=_("Time spent"), verb=_("Enter"))


@desk_required
@require_http_methods(["GET", "POST"])
def entry(request, number, pk):
    """Put an entry of one's own right, or take it away."""
    ticket = fetch(request.user, number)
    found = TimeEntry.objects.filter(pk=pk, record_id=ticket.pk, person=request.user, minutes__isnull=False).first()
    if found is None:
        raise Http404
    if request.method == "POST" and "remove" in request.POST:
        timekeeping.remove(found.pk, actor=request.user)
        return _back(request, ticket, focus="act-time")
    form = TimeForm(request.POST or None, ticket=ticket, entry=found)

    def put_right() -> None:
        timekeeping.change(found.pk, actor=request.user, **form.values())

    return _asked(request, ticket, form, put_right, title=_("Time spent"), verb=_("Save"), remove=_("Take away"))


@desk_required
@require_POST
def start(request, number):
    """Start my timer here; one that runs on another ticket is stopped and kept."""
    ticket = fetch(request.user, number)
    other = timekeeping.running(request.user)
    try:
        timekeeping.start(ticket.pk, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return HttpResponseClientRedirect(reverse("timer")) if request.htmx else redirect("timer")
    said = _("The timer runs.")
    if other and other["record"] != ticket.pk:
        minutes = timekeeping.minutes_of(other["started_at"], now())
        words = {"number": other["number"], "time": durations.short(60 * minutes)}
        said = _("The timer on %(number)s was stopped: %(time)s entered there.") % words
    return _back(request, ticket, said=said, focus="act-timer")


@desk_required
@require_http_methods(["GET", "POST"])
def timer(request):
    """My timer: what it measured, to be kept, put right or dropped."""
    found = TimeEntry.objects.filter(person=request.user, minutes=None).select_related("record").first()
    if found is None:
        messages.info(request, _("You have no timer running."))
        return redirect("desk")
    ticket = guard.seen(request.user, found.record)
    forgotten = now() - found.started_at > timekeeping.FORGOTTEN
    if request.method == "POST" and "remove" in request.POST:
        timekeeping.discard(actor=request.user)
        return _back(request, ticket, said=_("The timer is dropped."), focus="act-timer")
    initial = {} if forgotten else {"minutes": timekeeping.minutes_of(found.started_at, now())}
    form = TimeForm(request.POST or None, ticket=ticket, entry=found, initial=initial)

    def keep() -> None:
        timekeeping.stop(actor=request.user, **form.values())

    return _asked(
        request, ticket, form, keep, title=_("Timer on %(number)s") % {"number": found.record.number}, verb=_("Stop and enter"),
        remove=_("Drop"), forgotten=forgotten, since=found.started_at,
    )  # fmt: skip


def _asked(request, ticket: Record | None, form: TimeForm, act, **more):
    """The form on GET, the act on POST; what is wrong comes back in the form."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                act()
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = error.status
            else:
                return _back(request, ticket, focus="act-time")
    context = {
        "ticket": ticket,
        "desk": desk_of(ticket),
        "form": form,
        "dialog": request.htmx and request.method == "GET",
        **more,
    }
    return render(request, PAGE + ("_time_form.html" if request.htmx else "time.html"), context, status=status)


def _back(request, ticket: Record | None, *, said: str = "", focus: str):
    if ticket is not None:
        return inplace.done(request, ticket.number, said=said, focus=focus, timer=True)
    return HttpResponseClientRedirect("/desk/") if request.htmx else redirect("/desk/")
