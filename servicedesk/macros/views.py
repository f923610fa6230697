"""The shelves: macros, canned replies and checklists, kept by those who use them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError, NotAllowed
from itsm.records.models import Record

from ..desk.guard import desk_required
from . import checklists, keeping, variables, words
from .forms import FORMS

PAGE = "servicedesk/macros/"
NEW = {
    "macros": gettext_lazy("New macro"), "replies": gettext_lazy("New canned reply"), "checklists": gettext_lazy("New checklist"),
}  # fmt: skip
SHELF_ORDER = (keeping.MINE, "", keeping.EVERYBODY)


@desk_required
@require_GET
def shelves(request, kind: str = "macros"):
    """What the reader may use, by shelf."""
    _known(kind)
    rows = [
        {
            "row": row,
            "shelf": keeping.shelf_of(row),
            "may_keep": keeping.may_keep(request.user, row),
            "tasks": _tasks(row),
            "does": words.does(row) if kind == "macros" else [],
        }
        for row in keeping.seen(kind, request.user)[:300]
    ]
    rows.sort(key=lambda each: (_rank(each["shelf"]), each["row"].name.lower()))
    tabs = [
        {"url": f"/desk/macros/{key}/", "label": label, "current": key == kind} for key, label in keeping.NAMES.items()
    ]
    context = {
        "kind": kind, "rows": rows, "tabs": tabs, "name": keeping.NAMES[kind], "new": NEW[kind],
        "may_add": bool(keeping.shelves(request.user)),
    }  # fmt: skip
    return render(request, PAGE + "shelves.html", context)


@desk_required
@require_http_methods(["GET", "POST"])
def edit(request, kind: str, pk: int = 0):
    """A new one, or one that is there. With `preview` nothing is saved: the texts are shown as a requester would read them."""
    _known(kind)
    row = _row(request, kind, pk) if pk else None
    if not keeping.shelves(request.user):
        raise NotAllowed(_("Your role does not keep macros."))
    form = FORMS[kind](request.POST or None, instance=row, user=request.user)
    preview, status = None, 200
    if request.method == "POST":
        valid = form.is_valid()
        if "preview" in request.POST:
            preview = _preview(request)
            if request.htmx:
                return render(request, PAGE + "_preview.html", {"preview": preview})
        elif valid:
            try:
                keeping.keep(form.save(commit=False), actor=request.user, on=form.cleaned_data["shelf"])
            except DomainError as error:
                form.add_error("name", str(error))
            else:
                messages.success(request, _("“%(name)s” is kept.") % {"name": form.instance.name})
                return redirect(f"/desk/macros/{kind}/")
        status = 200 if preview else 422
    context = {
        "kind": kind, "form": form, "row": row, "name": keeping.NAMES[kind], "title": row.name if row else NEW[kind],
        "preview": preview, "words": [f"{{{word}}}" for word in variables.NAMES],
    }  # fmt: skip
    return render(request, PAGE + "edit.html", context, status=status)


@desk_required
@require_POST
def delete(request, kind: str, pk: int):
    """For good: tickets on which it was used keep what it did."""
    row = _row(request, kind, pk)
    try:
        keeping.drop(row, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(f"/desk/macros/{kind}/{pk}/")
    messages.success(request, _("“%(name)s” is deleted.") % {"name": row.name})
    return redirect(f"/desk/macros/{kind}/")


def _known(kind: str) -> None:
    if kind not in keeping.KINDS:
        raise Http404


def _row(request, kind: str, pk: int):
    """The row, 404 when it is on a shelf that the person does not know, 403 when it is not theirs to change."""
    _known(kind)
    row = get_object_or_404(keeping.seen(kind, request.user), pk=pk)
    if not keeping.may_keep(request.user, row):
        raise NotAllowed(_("You may use it, but its shelf is kept by others."))
    return row


def _rank(shelf: str) -> int:
    return SHELF_ORDER.index(shelf) if shelf in SHELF_ORDER else 1


def _tasks(row) -> int:
    return len(checklists.parse(row.lines)) if hasattr(row, "lines") else 0


def _preview(request) -> dict:
    """The texts of the form, filled from the newest ticket that the agent sees; a checklist as its tasks."""
    tickets = Record.objects.in_desk_of(request.user).select_related("requester", "service__item")
    sample = tickets.order_by("-pk").first()
    known = variables.values(sample, request.user) if sample else {}
    texts = [
        variables.fill(request.POST.get(name, "")[:5000], known) for name in ("body", "reply", "task", "resolution")
    ]
    return {
        "number": sample.number if sample else "", "texts": [text for text in texts if text.strip()],
        "lines": checklists.parse(request.POST.get("lines", "")[:5000]),
    }  # fmt: skip
