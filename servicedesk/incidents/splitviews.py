"""Splitting a ticket: which messages, under which title, for whom."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from itsm.core import durations
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.people.directory import names_of
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records.models import Comment, Watch

from .. import once
from ..desk import policies
from ..desk.desks import desk_of
from ..desk.fields import PersonField, people_for, picker
from ..desk.forms import MoveForm
from ..desk.guard import desk_required, fetch, place
from . import services
from .models import Incident
from .states import LIFECYCLE

PAGE = "servicedesk/desk/"
SHOWN, EXCERPT = 30, 110


class SplitForm(MoveForm):
    """`first` is the message that the split was asked on."""

    title = forms.CharField(label=gettext_lazy("Title of the new incident"), max_length=200)
    comments = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Messages that go along"), coerce=int, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("They are copied with their files, and stay here too."),
        error_messages={"required": gettext_lazy("Choose at least one message.")},
    )  # fmt: skip
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    codification = forms.BooleanField(
        label=gettext_lazy("Take category, service, impact, urgency and items along"), required=False, initial=True
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, first: int | None = None, **kwargs):
        self.first = first
        super().__init__(*args, **kwargs)

    def build(self):
        rows = _messages(self.ticket, self.first)
        names = names_of({row.author_id for row in rows})
        self.fields["comments"].choices = [(row.pk, _excerpt(row, names)) for row in rows]
        self.fields["comments"].initial = [self.first] if self.first else []
        self.fields["token"].initial = get_random_string(24)
        self.fields["requester"] = PersonField(
            label=_("Requester"), required=self.ticket.requester_id is not None, initial=_requester(self.ticket, rows, self.first),
            help_text=_("Name, login or e-mail. They read the public messages that go along."),
            widget=picker("people", self.ticket),
        )  # fmt: skip
        self.fields["requester"].people = people_for(self.user)
        if Watch.objects.filter(record_id=self.ticket.pk).exists():
            self.fields["followers"] = forms.BooleanField(
                label=_("Those who follow this ticket follow the new one too"), required=False
            )
        self.order_fields(["title", "comments", "requester", "description", "codification", "followers"])


def _messages(ticket: Incident, first: int | None) -> list[Comment]:
    """The newest messages, and the one that was asked for, however old."""
    said = Comment.objects.filter(record_id=ticket.pk)
    rows = list(said.order_by("-at", "-pk")[:SHOWN])
    if first and first not in {row.pk for row in rows}:
        rows += list(said.filter(pk=first))
    return rows


def _excerpt(row: Comment, names: dict[int, str]) -> str:
    text = " ".join(row.body.split())
    words = {
        "at": durations.moment(row.at), "author": names.get(row.author_id or 0, _("Vigie")),
        "text": text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…",
    }  # fmt: skip
    return (_("%(at)s, %(author)s: %(text)s") if row.public else _("%(at)s, %(author)s (internal): %(text)s")) % words


def _requester(ticket: Incident, rows: list[Comment], first: int | None) -> str:
    """Who wrote the message, where that is somebody who asks; else the requester of the ticket."""
    author_id = next((row.author_id for row in rows if row.pk == first), None)
    found = User.objects.in_bulk({pk for pk in (author_id, ticket.requester_id) if pk})
    author, requester = found.get(author_id or 0), found.get(ticket.requester_id or 0)
    asks = author is not None and not scope_of(author).is_agent
    chosen = author if asks else requester
    return chosen.username if chosen else ""


@desk_required
@require_http_methods(["GET", "POST"])
def split(request, number):
    """The question on GET (a page or a dialog's content), the new incident on POST."""
    ticket = fetch(request.user, number)
    policies.check(request.user, ticket, "split")
    first = whole(request.GET.get("comment"))
    form = SplitForm(request.POST or None, ticket=ticket, user=request.user, first=first)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _opened(request, ticket, _split(request, ticket, form.values()))
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = error.status
    context = {
        "ticket": ticket, "desk": desk_of(ticket), "form": form, "move": LIFECYCLE.moves["split"], "wide": True,
        "dialog": request.htmx and request.method == "GET",
    }  # fmt: skip
    return render(request, PAGE + ("_move_form.html" if request.htmx else "move.html"), context, status=status)


def _split(request, ticket: Incident, values: dict) -> str:
    """The number of the new incident; a form sent twice makes one."""
    key = once.key(request.user, f"split:{ticket.pk}", values.pop("token"))
    made = once.claim(key)
    if made:
        return made
    try:
        number = services.split(ticket.pk, actor=request.user, **values).number
    except Exception:
        once.release(key)
        raise
    once.keep(key, number)
    return number


def _opened(request, ticket: Incident, number: str):
    text = _("%(number)s was split off from %(source)s.") % {"number": number, "source": ticket.number}
    messages.success(request, text)
    here = place(request, ticket.number)
    target = f"/desk/incidents/{number}/" if here.startswith("/desk/incidents/") else f"/desk/{number}/"
    return HttpResponseClientRedirect(target) if request.htmx else redirect(target)
