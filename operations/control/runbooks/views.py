"""Pages of runbooks: the shelf, one text with its versions, writing with a preview."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import DomainError, StaleVersion
from itsm.core.numbers import whole
from itsm.documents import differences, services
from itsm.documents.models import Document
from itsm.people.scope import scope_of

from ..guard import readers_only, workers_only
from . import drawing, listing
from .forms import RunbookForm

PAGE = "operations/runbooks/"


def may_write(user) -> bool:
    """May this person write any runbook at all?"""
    scope = scope_of(user)
    return scope.may("operations.manage") or (scope.may("operations.work") and bool(scope.teams))


def _document(request, pk: int) -> Document:
    rows = Document.objects.visible_to(request.user).runbooks().select_related("owner_team", "organisation")
    return get_object_or_404(rows, pk=pk)


def _editable(request, pk: int) -> Document:
    return get_object_or_404(Document.objects.editable_by(request.user).runbooks(), pk=pk)


@readers_only
@require_GET
def shelf(request):
    """Runbooks by title, and what is being carried out now."""
    page = listing.runbooks(request.user, request.GET)
    context = {
        "page": page, "rows": page.rows, "words": request.GET.get("q", ""), "may_write": may_write(request.user),
        "withdrawn": bool(request.GET.get("withdrawn")), "under_way": listing.under_way(request.user) if not request.GET.get("cursor") else [],
    }  # fmt: skip
    return render(request, PAGE + "shelf.html", context)


@readers_only
@require_GET
def runbook(request, pk):
    """One text as steps; `?version=` shows an older one."""
    found = _document(request, pk)
    number = whole(request.GET.get("version", "")) or found.version
    version = get_object_or_404(found.versions.select_related("author"), number=number)
    scope = scope_of(request.user)
    context = {
        "document": found, "version": version, "parts": drawing.parts(version.body), "old": number != found.version,
        "may_edit": Document.objects.editable_by(request.user).filter(pk=pk).exists(), "may_run": scope.may("operations.work"),
        "items": list(ConfigurationItem.objects.visible_to(request.user).filter(pk__in=found.about.values("item")).order_by("sort_key")[:50]),
        "runs": listing.last_runs(request.user, document=found),
    }  # fmt: skip
    return render(request, PAGE + "runbook.html", context)


@workers_only
@require_http_methods(["GET", "POST"])
def new(request):
    """Write one."""
    if not may_write(request.user):
        raise Http404
    return _edit(request, Document(), _("New runbook"))


@workers_only
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    """The next version."""
    return _edit(request, _editable(request, pk), _("Change the runbook"))


def _edit(request, found: Document, title: str):
    form = RunbookForm(request.POST or None, instance=found, reader=request.user)
    if request.method == "POST" and request.POST.get("preview"):
        parts = drawing.parts(request.POST.get("body", "")[:60_000])
        if request.htmx:
            return render(request, PAGE + "_preview.html", {"parts": parts})
        return render(request, PAGE + "edit.html", {"form": form, "title": title, "document": found, "parts": parts})
    status, newer = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = _save(request, form, found)
            except StaleVersion as error:
                status, newer = 409, error.data["version"]
                form.add_error(None, str(error.message))
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                messages.success(request, _("Saved as version %(n)s.") % {"n": saved.version})
                return redirect(saved)
    parts = (
        drawing.parts(found.versions.get(number=found.version).body) if found.pk and request.method == "GET" else None
    )
    context = {"form": form, "title": title, "document": found, "newer": newer, "parts": parts}
    return render(request, PAGE + "edit.html", context, status=status)


def _save(request, form: RunbookForm, found: Document) -> Document:
    values = form.values()
    if found.pk:
        return services.revise(found.pk, actor=request.user, version=form.cleaned_data["version"] or 0, **values)
    return services.write(actor=request.user, organisation=form.cleaned_data["organisation"], **values)


@readers_only
@require_GET
def versions(request, pk):
    """All versions, and what differs between two of them: `?from=1&to=3`, else the last two."""
    found = _document(request, pk)
    rows = list(found.versions.select_related("author").order_by("-number")[:200])
    numbers = {row.number: row for row in rows}
    to = numbers.get(whole(request.GET.get("to", "")) or found.version)
    since = numbers.get(whole(request.GET.get("from", "")) or (to.number - 1 if to else 0))
    lines = differences.lines(since.body, to.body) if since and to else []
    context = {
        "document": found, "rows": rows, "since": since, "to": to, "lines": lines,
        "may_edit": Document.objects.editable_by(request.user).filter(pk=pk).exists() and not found.withdrawn_at,
    }  # fmt: skip
    return render(request, PAGE + "versions.html", context)


@workers_only
@require_POST
def restore(request, pk, number):
    """An old version becomes the newest."""
    found = _editable(request, pk)
    get_object_or_404(found.versions, number=number)
    saved = services.restore(found.pk, number, actor=request.user)
    messages.success(request, _("Saved as version %(n)s.") % {"n": saved.version})
    return redirect(saved)


@workers_only
@require_POST
def withdraw(request, pk):
    """Take it off the shelf, or with `back` put it there again: sent twice, it stays where it is."""
    found = _editable(request, pk)
    if request.POST.get("back"):
        services.bring_back(found.pk, actor=request.user)
        messages.success(request, _("It is on the shelf again."))
    else:
        services.withdraw(found.pk, actor=request.user)
        messages.success(request, _("Withdrawn. What was carried out stays readable."))
    return redirect(found)
