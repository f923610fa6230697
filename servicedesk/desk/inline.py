"""One field of the codification, changed where it is read: its control comes on GET, its value goes on POST.

What is not there yet (a title, an impact, the team) is the business of the moves `edit` and `assign`; this is their form
with one field. A save over a newer version gets the dialog of that move, with what was chosen in it.
"""

from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from itsm.core.errors import DomainError, StaleVersion
from itsm.people.models import User
from itsm.records.models import Record

from . import conflicts, inplace, policies
from .desks import desk_of
from .forms import MoveForm
from .guard import desk_required, fetch
from .views import stale

PAGE = "servicedesk/desk/"
MOVES = {
    "title": "edit", "category": "edit", "service": "edit", "impact": "edit", "urgency": "edit",
    "team": "assign", "assignee": "assign",
}  # fmt: skip


@desk_required
@require_http_methods(["GET", "POST"])
def field(request, number, field):
    """The control of one field, or its new value."""
    move = MOVES.get(field)
    if move is None:
        raise Http404
    ticket = fetch(request.user, number)
    policies.check(request.user, ticket, move)
    if request.method == "GET" and not request.htmx:
        return redirect(f"{desk_of(ticket).url(number)}{move}/")
    try:
        desk_of(ticket).lifecycle.check(ticket, move)
    except DomainError as error:
        return inplace.not_done(request, number, error)
    form = desk_of(ticket).forms[move](request.POST or None, ticket=ticket, user=request.user, only=field)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _save(ticket, move, field, form, request.user)
            except StaleVersion as error:
                return _asked_again(request, ticket, move, field, form, error)
            except DomainError as error:
                form.add_error(field, str(error))
                status = error.status
            else:
                said = inplace.unchanged(ticket) if move == "assign" else ""
                return inplace.done(request, number, said=said, focus=f"inl-{field}")
    context = {
        "ticket": ticket, "desk": desk_of(ticket), "form": form, "field": form[field], "name": field,
        "seen": request.POST.get("seen", conflicts.as_posted(ticket).get(field, "")),
    }  # fmt: skip
    return render(request, PAGE + "_inline.html", context, status=status)


def _save(ticket: Record, move: str, name: str, form: MoveForm, user: User) -> None:
    value = form.cleaned_data[name]
    if move == "assign" and value is None:
        return
    getattr(desk_of(ticket).services, move)(
        ticket.pk, actor=user, version=form.cleaned_data.get("version"), **{name: value}
    )


def _asked_again(request, ticket: Record, move: str, name: str, form: MoveForm, error: StaleVersion):
    """The dialog of the whole move on the newest version: the others' fields as they are now, this one as it was chosen."""
    newest = fetch(request.user, ticket.number)
    data = QueryDict(mutable=True)
    if move == "edit":
        now_is = conflicts.as_posted(newest)
        data.update({key: value for key, value in now_is.items() if value or key != "major"})
        data.update({f"seen-{key}": value for key, value in now_is.items()})
        data[f"seen-{name}"] = request.POST.get("seen", now_is[name])
    data[name] = form.data.get(name, "")
    data["version"] = str(form.cleaned_data.get("version") or 0)
    whole = desk_of(newest).forms[move](data, ticket=newest, user=request.user)
    whole.is_valid()
    return stale(request, newest, move, whole, error)
