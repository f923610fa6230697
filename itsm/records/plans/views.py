"""The pages of tasks: those of me and my teams, and one task with what may be done to it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.core.paging import keyset_page
from itsm.notify import notices
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ..models import Record, Task
from . import access, panel, services

PAGE = "records/plans/"
ROWS = 50
OVER = ("done", "skip", "fail")
TABS = ("open", "mine", "done")


@login_required
@require_GET
def listed(request):
    """Open tasks of me and my teams, mine alone, or those that are over."""
    scope = scope_of(request.user)
    shown = request.GET.get("tab", "open")
    shown = shown if shown in TABS else "open"
    rows = Task.objects.filter(access.mine(scope))
    if shown == "done":
        rows = rows.filter(done_at__isnull=False)
    else:
        rows = access.open_tasks(rows)
        rows = rows.filter(assignee=scope.user_id) if shown == "mine" else rows
    ordering = ("-id",) if shown == "done" else ("id",)
    page = keyset_page(rows, ordering=ordering, cursor=request.GET.get("cursor"), size=ROWS)
    found = Task.objects.filter(pk__in=[row.pk for row in page.rows]).select_related("record", "assignee", "done_by")
    labels = {"open": _("To do"), "mine": _("Mine"), "done": _("Over")}
    tabs = [
        {"url": f"?tab={name}", "label": labels[name], "current": name == shown,
         "count": access.waiting(scope) if name == "open" else None}
        for name in TABS
    ]  # fmt: skip
    teams = directory.get().teams
    lines = [
        {
            "task": task,
            "state": panel.state_chip(task),
            "team": teams[task.team_id].name if task.team_id in teams else "",
        }
        for task in found.order_by(*ordering)
    ]
    context = {"page": page, "lines": lines, "tabs": tabs, "shown": shown, "shell": scope.shell, "at": now()}
    return render(request, PAGE + "list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def task(request, pk):
    """One task. Its team does it, whoever has the record."""
    found = get_object_or_404(
        access.readable(request.user).select_related("record__requester", "assignee", "done_by", "plan"), pk=pk
    )
    error, status, said = "", 200, ""
    if request.method == "POST":
        said = request.POST.get("said", "")
        try:
            text = _act(request, found, said)
        except DomainError as refused:
            error, status = str(refused.message), 409 if isinstance(refused, IllegalMove) else 422
            found.refresh_from_db()
        else:
            messages.success(request, text)
            return _onward(request, found)
    notices.seen(request.user, found.record_id)
    scope = scope_of(request.user)
    team = directory.get().teams.get(found.team_id)
    context = {
        "task": found, "record": found.record, "state": panel.state_chip(found), "team": team.name if team else "",
        "may": access.may_do(request.user, found) and found.record.phase != "closed", "error": error, "said": said,
        "reads": Record.objects.in_desk_of(request.user).filter(pk=found.record_id).exists(), "shell": scope.shell,
        "mine": found.assignee_id == request.user.pk, "at": now(),
    }  # fmt: skip
    return render(request, PAGE + "task.html", context, status=status)


def _onward(request, found: Task):
    """Where one goes on: back to the ticket, or, once this task is dealt with, to the next open one or the list."""
    if request.POST.get("back") == "record":
        return redirect(f"/r/{found.record.number}")
    if request.POST["do"] not in OVER:
        return redirect("tasks:task", found.pk)
    following = access.next_to_do(request.user, found)
    return redirect("tasks:task", following.pk) if following else redirect("tasks:list")


def _act(request, found: Task, said: str) -> str:
    """Do what the button says; what was done, for people. DomainError when it cannot be."""
    if not access.may_do(request.user, found):
        raise DomainError(_("This task is another team’s."))
    user = request.user
    match request.POST.get("do"):
        case "done":
            services.finish(found.pk, actor=user, result=said)
            return _("The task is done.")
        case "skip":
            services.skip(found.pk, actor=user, reason=said)
            return _("The task is skipped.")
        case "fail":
            services.fail(found.pk, actor=user, reason=said)
            return _("The failure is noted.")
        case "retry":
            services.retry(found.pk, actor=user)
            return _("The task is tried again.")
        case "take":
            services.take(found.pk, actor=user, assignee=user)
            return _("The task is yours.")
        case "give_back":
            services.take(found.pk, actor=user, assignee=None)
            return _("The task is its team’s again.")
    raise DomainError(_("Choose what became of it."))
