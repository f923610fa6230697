"""Small acts on the record page: macros, canned replies, the checklist, items, followers, who is here."""

from datetime import datetime, time

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError
from itsm.core.numbers import version_of, whole
from itsm.notify import notices
from itsm.people.models import User
from itsm.records import presence
from itsm.records.models import Task

from ..macros import checklists, keeping
from ..macros import services as macros
from . import inplace, policies
from .desks import desk_of
from .fields import ItemField, PersonField, people_for
from .guard import desk_required, fetch

PAGE = "servicedesk/desk/"


@desk_required
@require_GET
def phrases(request, number):
    """The canned replies, filled for this ticket, and the macros: asked for when their menu opens."""
    ticket = fetch(request.user, number)
    policies.check(request.user, ticket, "comment")
    return render(request, PAGE + "_phrases.html", {"replies": macros.replies_for(request.user, ticket)})


@desk_required
@require_POST
def present(request, number):
    """I am here, viewing or writing: who else is? And is what I see still so? (`version`: of the page; without it nothing is said.)"""
    ticket = fetch(request.user, number)
    mode = request.POST.get("mode", "")
    notices.seen(request.user, ticket.pk)
    presence.touch(ticket.pk, request.user.pk, mode if mode in presence.MODES else presence.LEFT)
    others = presence.present([ticket.pk], but=request.user.pk).get(ticket.pk, [])
    changed = request.POST.get("version", "") not in ("", str(ticket.version))
    return render(request, PAGE + "_presence.html", {"present": others, "changed": changed})


@desk_required
@require_POST
def macro(request, number):
    """Run one macro."""
    ticket = fetch(request.user, number)
    policies.check(request.user, ticket, "edit")
    found = {str(row.pk): row for row in macros.macros_for(request.user, ticket.kind)}.get(
        request.POST.get("macro", "")
    )
    if found is None:
        raise Http404
    try:
        macros.run(ticket.pk, actor=request.user, macro=found, version=version_of(request.POST.get("version")))
    except DomainError as error:
        words = _("“%(macro)s” did nothing: %(why)s") % {"macro": found.name, "why": error}
        return inplace.not_done(request, ticket.number, words, status=409)
    said = _("“%(macro)s” is done.") % {"macro": found.name}
    return inplace.done(request, ticket.number, said=said, focus="act-macro")


@desk_required
@require_POST
def tasks(request, number):
    """Add a line to the checklist, or tick one."""
    ticket = fetch(request.user, number)
    policies.check(request.user, ticket, "edit")
    focus = "task-new"
    try:
        if "title" in request.POST:
            desk_of(ticket).services.add_task(
                ticket.pk,
                actor=request.user,
                title=request.POST["title"],
                due_at=_evening(request.POST.get("due", "")),
                assignee=_colleague(request),
            )
        else:
            task = get_object_or_404(Task, pk=whole(request.POST.get("task")) or 0, record_id=ticket.pk, plan=None)
            desk_of(ticket).services.tick(ticket.pk, actor=request.user, task=task.pk, done="done" in request.POST)
            focus = f"task-{task.pk}"
    except DomainError as error:
        return inplace.not_done(request, ticket.number, error, target="#task-error")
    except ValidationError as error:
        return inplace.not_done(request, ticket.number, " ".join(error.messages), target="#task-error")
    return inplace.done(request, ticket.number, focus=focus)


@desk_required
@require_POST
def items(request, number):
    """Add or remove a configuration item that the ticket touches."""
    ticket = fetch(request.user, number)
    policies.check(request.user, ticket, "edit")
    field = ItemField(user=request.user)
    try:
        item = field.clean(request.POST.get("item", ""))
        if request.POST.get("remove"):
            desk_of(ticket).services.set_items(ticket.pk, actor=request.user, remove=[item])
        else:
            desk_of(ticket).services.set_items(ticket.pk, actor=request.user, add=[item])
    except ValidationError as error:
        return inplace.not_done(request, number, " ".join(error.messages), target="#item-error")
    except DomainError as error:
        return inplace.not_done(request, number, error, target="#item-error")
    return inplace.done(request, number, focus="item-new")


@desk_required
@require_http_methods(["GET", "POST"])
def checklist(request, number):
    """The checklists that may be put on the ticket; one of them by POST."""
    ticket = fetch(request.user, number)
    policies.check(request.user, ticket, "edit")
    known = {str(row.pk): row for row in keeping.seen("checklists", request.user)[:100]}
    if request.method == "POST":
        template = known.get(request.POST.get("checklist", ""))
        if template is None:
            raise Http404
        try:
            checklists.apply(ticket.pk, actor=request.user, template=template)
        except DomainError as error:
            return inplace.not_done(request, ticket.number, error, target="#task-error")
        said = _("“%(name)s” is on the ticket.") % {"name": template.name}
        return inplace.done(request, ticket.number, said=said, focus="task-new")
    rows = [{"row": row, "lines": checklists.parse(row.lines)} for row in known.values()]
    context = {"ticket": ticket, "desk": desk_of(ticket), "rows": rows, "dialog": bool(request.htmx)}
    return render(request, PAGE + ("_checklists.html" if request.htmx else "checklists.html"), context)


def _colleague(request) -> User | None:
    """Whose task it is, by login or name; nobody's when left empty."""
    field = PersonField(required=False)
    field.people = people_for(request.user)
    return field.clean(request.POST.get("assignee", ""))


def _evening(text: str) -> datetime | None:
    """The end of that day where the reader is; nothing for what is no date."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time(18))) if day else None
