"""Setting a ticket aside for oneself, and wanting it back."""

from django import forms
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from itsm.core import durations
from itsm.core.errors import DomainError, StaleVersion
from itsm.records import snoozing
from itsm.records.models import Record

from . import inplace
from .desks import desk_of
from .fields import style
from .forms import MoveForm
from .guard import desk_required, fetch
from .when import add_when, one_instant

PAGE = "servicedesk/desk/"


class SnoozeForm(MoveForm):
    """Until when. Nobody else sees it."""

    def build(self):
        add_when(self, label=_("Bring it back"), hours=(1, 4), week=True)

    def clean(self):
        data = one_instant(self)
        if not self.errors and data.get("until") is None:
            self.add_error("when", _("Choose a moment."))
        return data


@desk_required
@require_http_methods(["GET", "POST"])
def snooze(request, number):
    """Set it aside: the question on GET (a page, or what a dialog holds), the act on POST."""
    ticket = fetch(request.user, number)
    form = SnoozeForm(request.POST or None, ticket=ticket, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _check_version(ticket, form)
                row = snoozing.set_aside(ticket, actor=request.user, until=form.cleaned_data["until"])
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = 409 if isinstance(error, StaleVersion) else error.status
                form = _again(form, ticket)
            else:
                words = {"number": ticket.number, "until": durations.day_and_time(row.until)}
                said = _("%(number)s is set aside until %(until)s.") % words
                return inplace.done(
                    request,
                    ticket.number,
                    said=said,
                    undo=f"{desk_of(ticket).url(ticket.number)}wake/",
                    focus="act-wake",
                )
    context = {
        "ticket": ticket,
        "desk": desk_of(ticket),
        "form": form,
        "asleep": snoozing.of(request.user.pk, ticket.pk),
        "dialog": request.htmx and request.method == "GET",
    }
    template = "_snooze_form.html" if request.htmx else "snooze.html"
    return render(request, PAGE + template, context, status=status)


@desk_required
@require_POST
def wake(request, number):
    """I want it back now."""
    ticket = fetch(request.user, number)
    said = ""
    if snoozing.wake_now(ticket.pk, actor=request.user):
        said = _("%(number)s is back in your queues.") % {"number": ticket.number}
    return inplace.done(request, ticket.number, said=said, focus="act-snooze")


def _check_version(ticket: Record, form: forms.Form) -> None:
    """Who sets aside what changed a moment ago would not hear of that change."""
    seen = form.cleaned_data.get("version")
    if seen is not None and seen != ticket.version:
        raise StaleVersion(_("Somebody changed this ticket in the meantime. Look at it, or set it aside all the same."))


def _again(form: forms.Form, ticket: Record) -> forms.Form:
    """The same answers over the newest version, so that a second press means it."""
    form.data = form.data.copy()
    form.data["version"] = ticket.version
    style(form)
    return form
