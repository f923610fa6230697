"""Carrying a runbook out: started from its page, an alert, an item or a console; ticked step by step."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.documents import running
from itsm.documents.models import Document, DocumentRun
from itsm.events.models import Alert
from itsm.people.scope import scope_of

from ..guard import readers_only, workers_only
from . import drawing, listing

PAGE = "operations/runbooks/"


def _run(request, pk: int, *, work: bool = False) -> DocumentRun:
    rows = DocumentRun.objects.workable_by(request.user) if work else DocumentRun.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("document", "version", "alert", "item", "record", "started_by"), pk=pk)


@workers_only
@require_POST
def start(request, pk):
    """Begin; `alert` (its number) or `item` (its id) say what for."""
    document = get_object_or_404(Document.objects.visible_to(request.user).runbooks().in_use(), pk=pk)
    alert = item = None
    if request.POST.get("alert"):
        alert = get_object_or_404(Alert.objects.workable_by(request.user), number=request.POST["alert"][:20])
    elif request.POST.get("item"):
        pk = whole(request.POST["item"])
        item = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    return redirect(running.start(document, actor=request.user, alert=alert, item=item))


@readers_only
@require_GET
def run(request, pk):
    """What is done, what comes next."""
    return _page(request, _run(request, pk))


def _page(request, found: DocumentRun, *, status: int = 200, at: int = 0, error: str = "", typed: str = ""):
    steps = list(found.steps.select_related("by"))
    for step, said in zip(steps, found.version.steps, strict=True):
        step.html = drawing.html(said["body"]) if said["body"] else ""
        step.chip = listing.step_chip(step)
    ticked = sum(step.state != "todo" for step in steps)
    following = next((step for step in steps if step.state == "todo"), None)
    found.failed = sum(step.state == "failed" for step in steps)
    context = {
        "run": listing.dressed(found), "steps": steps, "ticked": ticked, "next": following, "wrong": at, "error": error, "typed": typed,
        "intro": drawing.parts(found.version.body)["intro"], "may": scope_of(request.user).may("operations.work"),
    }  # fmt: skip
    name = "_run.html" if request.htmx and request.method == "POST" else "run.html"
    return render(request, PAGE + name, context, status=status)


@workers_only
@require_POST
def tick(request, pk, position):
    """One step: done, left out, failed, or not yet after all."""
    found = _run(request, pk, work=True)
    get_object_or_404(found.steps, position=position)
    state, note = request.POST.get("state", "done"), request.POST.get("note", "")
    try:
        if state == "todo":
            running.untick(found.pk, position, actor=request.user)
        else:
            running.tick(found.pk, position, actor=request.user, state=state, note=note)
    except DomainError as error:
        fresh = _run(request, pk)
        return _page(request, fresh, status=error.status, at=position, error=str(error.message), typed=note)
    return _page(request, _run(request, pk)) if request.htmx else redirect(found)


@workers_only
@require_POST
def stop(request, pk):
    """End it early, with the reason."""
    found = _run(request, pk, work=True)
    try:
        running.stop(found.pk, actor=request.user, reason=request.POST.get("reason", ""))
    except DomainError as error:
        return _page(request, _run(request, pk), status=error.status, at=-1, error=str(error.message))
    messages.success(request, _("Stopped. What was done is kept."))
    return redirect(found)
