"""The pages of an act on many tickets: the question, the results, and taking it back."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from itsm.core.errors import DomainError

from ..desk.desks import DESKS
from ..desk.guard import desk_required
from . import services
from .forms import FORMS
from .models import BulkRun

PAGE = "servicedesk/bulk/"


@desk_required
@require_POST
def ask(request):
    """The one confirmation: what will happen to how many. With `sure`, it happens."""
    act, numbers = request.POST.get("act", ""), request.POST.getlist("number")
    if act not in FORMS:
        raise Http404
    found = services.chosen(request.user, numbers)
    back = _back(request)
    if not found:
        messages.error(request, _("Choose at least one ticket."))
        return HttpResponseClientRedirect(back) if request.htmx else redirect(back)
    sure = "sure" in request.POST
    form = FORMS[act](request.POST if sure else None, found=found, user=request.user)
    if sure and form.is_valid():
        run = services.perform(
            [i.number for i in found], actor=request.user, act=act, values=form.values(),
            token=request.POST.get("token", "")[:40] or get_random_string(24), tell="tell" in request.POST,
        )  # fmt: skip
        target = _results(run, back)
        return HttpResponseClientRedirect(target) if request.htmx else redirect(target)
    count = {"n": len(found)}
    context = {
        "act": act, "form": form, "found": found, "question": services.QUESTIONS[act] % count, "button": services.BUTTONS[act] % count,
        "token": request.POST.get("token") or get_random_string(24), "back": back, "undo": act in services.UNDOABLE, "own": act in services.OWN,
        "left_out": len(set(numbers)) - len(found), "undo_minutes": services.UNDO_MINUTES, "dialog": bool(request.htmx),
    }  # fmt: skip
    template = "_ask.html" if request.htmx else "ask.html"
    return render(request, PAGE + template, context, status=422 if sure else 200)


@desk_required
@require_GET
def result(request, pk):
    """Row by row what became of it."""
    run = get_object_or_404(BulkRun, pk=pk, actor=request.user)
    done = [row for row in run.rows if row["ok"]]
    context = {
        "run": run, "name": services.NAMES[run.act], "done": len(done), "failed": len(run.rows) - len(done), "back": _back(request),
        "may_undo": services.may_undo(run), "undone": sum(1 for row in done if row.get("undone")),
    }  # fmt: skip
    return render(request, PAGE + "result.html", context)


@desk_required
@require_POST
def undo(request, pk):
    """Take back what nobody touched since."""
    run = get_object_or_404(BulkRun, pk=pk, actor=request.user)
    try:
        services.undo(run, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect(_results(run, _back(request)))


def _results(run: BulkRun, back: str) -> str:
    return f"/desk/bulk/{run.pk}/?{urlencode({'back': back})}"


def _back(request) -> str:
    """The list that they came from, and nowhere else."""
    lists = tuple(desk.base for desk in DESKS)
    wanted = request.POST.get("back") or request.GET.get("back") or lists[0]
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(lists)
    return wanted if safe else lists[0]
