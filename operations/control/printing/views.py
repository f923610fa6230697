"""Pages of print queues and their jobs. The buttons do to the server what they say."""

from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.core.paging import keyset_page
from itsm.people.scope import scope_of

from ..guard import managers_only, readers_only, workers_only
from . import listing, paging, polling, services, told
from .forms import PatienceForm, ServerForm, SpanForm
from .models import PrintJob, PrintQueue, PrintServer

PAGE = "operations/printing/"


def rights(request) -> dict[str, bool]:
    """Which buttons the reader gets."""
    scope = scope_of(request.user)
    return {"may_work": scope.may("operations.work"), "may_manage": scope.may("operations.manage")}


@readers_only
@require_GET
def listed(request):
    """Queues, those that do not work first."""
    base = PrintQueue.objects.visible_to(request.user).present().select_related("item", "server")
    found = listing.QueueFilter(request.GET, base)
    rows = listing.worst_first(found.qs if found.is_valid() else base.none()).order_by("_rank", "item__sort_key", "pk")[
        :500
    ]
    silent = PrintServer.objects.visible_to(request.user).filter(
        is_active=True, failures__gte=polling.UNREACHABLE_AFTER
    )
    context = {
        "rows": listing.queue_rows(list(rows)), "filter": found, "active": any(request.GET.get(name, "").strip() for name in found.filters),
        "states": PrintQueue.State.choices, "state": request.GET.get("state", ""), "silent": list(silent), "here": "queues",
    }  # fmt: skip
    return render(request, PAGE + "queues.html", context | rights(request), status=200 if found.is_valid() else 422)


def _queue(request, pk: int, rows: str = "visible_to") -> PrintQueue:
    return get_object_or_404(getattr(PrintQueue.objects, rows)(request.user).select_related("item", "server"), pk=pk)


@readers_only
@require_GET
def queue(request, pk):
    """One queue with its jobs, and what became of those that one has just acted on."""
    return _queue_page(request, _queue(request, pk))


def _queue_page(request, found: PrintQueue, *, error: DomainError | None = None):
    done, more = told.kept(request, found) or (None, False)
    asked = request.POST if request.method == "POST" else request.GET
    over, cursor = asked.get("jobs") == "over", asked.get("cursor")
    jobs = PrintJob.objects.filter(queue=found)
    jobs = jobs.exclude(over_at=None) if over else jobs.active()
    page = keyset_page(
        jobs,
        ordering=("-created_at", "-id") if over else ("created_at", "id"),
        cursor=cursor,
        size=listing.SIZE,
    )
    others = (
        PrintQueue.objects.filter(server=found.server, is_gone=False).exclude(pk=found.pk).order_by("name")
        if found.server_id
        else []
    )
    context = {
        "queue": found, "row": listing.queue_rows([found])[0], "page": page, "jobs": listing.job_rows(page.rows), "over": over, "others": list(others), "cursor": cursor, "done": done, "more": more,
        "done_well": sum(not each.fault for each in done or ()), "most": services.MOST_AT_ONCE,
        "error": error, "patience": PatienceForm(initial={"minutes": found.stuck_minutes}), "outputs": list(found.outputs.filter(is_active=True)), "here": "queues",
    }  # fmt: skip
    return render(request, PAGE + "queue.html", context | rights(request), status=error.status if error else 200)


@workers_only
@require_POST
def act_on_job(request, pk, job, act):
    """Hold, release, cancel, move or print again."""
    found = _queue(request, pk, "workable_by")
    row = get_object_or_404(PrintJob.objects.select_related("server", "queue__item__organisation"), pk=job, queue=found)
    try:
        target = None
        if act == "move":
            target = (
                PrintQueue.objects.workable_by(request.user)
                .filter(pk=whole(request.POST.get("target")) or 0, server=found.server)
                .first()
            )
        services.act_on_job(row, act, actor=request.user, target=target)
    except DomainError as error:
        return _queue_page(request, found, error=error)
    messages.success(request, _("Done: the print server confirms it."))
    stays = act in ("hold", "release")
    return redirect(_place(request, found, row.pk if stays else whole(request.POST.get("near"))))


@workers_only
@require_POST
def act_on_jobs(request, pk):
    """Hold, release or cancel the chosen documents, or all of the queue; each is answered for."""
    found, act = _queue(request, pk, "workable_by"), request.POST.get("act", "")
    wanted = {number for text in request.POST.getlist("job")[:1000] if (number := whole(text))}
    rows = PrintJob.objects.filter(queue=found).active().order_by("created_at", "id")
    if request.POST.get("all"):
        rows = rows.filter(state__in=services.FROM.get(act, ()))
    else:
        rows = rows.filter(pk__in=wanted)
    chosen = list(rows.select_related("server", "queue__item__organisation")[: services.MOST_AT_ONCE + 1])
    if act not in services.TOGETHER or not chosen:
        return _queue_page(
            request, found, error=DomainError(_("Choose at least one document that is still in the queue."))
        )
    done = services.act_on_jobs(chosen[: services.MOST_AT_ONCE], act, actor=request.user)
    token = told.keep(request, found, done, more=len(chosen) > services.MOST_AT_ONCE)
    return redirect(_place(request, found, None, done=token))


def _place(request, found: PrintQueue, near: int | None, **more: str) -> str:
    """The same page of the queue's list, at this job."""
    kept = {"jobs": "over"} if request.POST.get("jobs") == "over" else {}
    if cursor := request.POST.get("cursor", "")[:500]:
        kept["cursor"] = cursor
    kept |= more
    return found.get_absolute_url() + (f"?{urlencode(kept)}" if kept else "") + (f"#job-{near}" if near else "")


@workers_only
@require_POST
def act_on_queue(request, pk, act):
    """Stop the queue, or let it go on."""
    found = _queue(request, pk, "workable_by")
    try:
        services.act_on_queue(found, act, actor=request.user, reason=request.POST.get("reason", "")[:200])
    except DomainError as error:
        return _queue_page(request, found, error=error)
    messages.success(request, _("Done: the print server confirms it."))
    return redirect(found)


@managers_only
@require_POST
def patience(request, pk):
    """When the queue counts as stuck."""
    found = _queue(request, pk, "managed_by")
    form = PatienceForm(request.POST)
    if not form.is_valid():
        return _queue_page(request, found, error=DomainError(" ".join(form.errors["minutes"])))
    services.set_patience(found, form.cleaned_data["minutes"], actor=request.user)
    return redirect(found)


@readers_only
@require_GET
def pages(request):
    """Pages by person, queue or cost centre."""
    form, today = SpanForm(request.GET), timezone.localdate(now())
    axis = request.GET.get("by") if request.GET.get("by") in paging.AXES else "person"
    fine = form.is_valid()
    since = (fine and form.cleaned_data["since"]) or today.replace(day=1)
    until = (fine and form.cleaned_data["until"]) or today
    begin, end = (timezone.make_aware(datetime.combine(day, time())) for day in (since, until + timedelta(days=1)))
    rows = paging.totals(request.user, axis, begin, end) if fine else []
    most = max((row["total"] for row in rows), default=0)
    context = {
        "rows": [row | {"share": round(row["total"] * 100 / most) if most else 0} for row in rows], "axis": axis, "axes": paging.AXES.items(), "form": form,
        "since": since, "until": until, "total": sum(row["total"] for row in rows), "here": "pages",
    }  # fmt: skip
    return render(request, PAGE + "pages.html", context | rights(request), status=200 if fine else 422)


@managers_only
@require_GET
def servers(request):
    """Print servers, and how they answer."""
    rows = list(PrintServer.objects.managed_by(request.user).select_related("organisation").order_by("name"))
    return render(request, PAGE + "servers.html", {"rows": rows, "here": "servers"} | rights(request))


@managers_only
@require_http_methods(["GET", "POST"])
def new_server(request):
    return _edit_server(request, PrintServer(), _("New print server"))


@managers_only
@require_http_methods(["GET", "POST"])
def server(request, pk):
    found = get_object_or_404(PrintServer.objects.managed_by(request.user), pk=pk)
    return _edit_server(request, found, found.name)


def _edit_server(request, found: PrintServer, title: str):
    version = found.version
    form = ServerForm(request.POST or None, instance=found, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_server(
                form.instance,
                actor=request.user,
                password=form.cleaned_data["password"],
                version=whole(request.POST.get("version")) if found.pk else None,
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Saved"))
            return redirect("printing:servers")
    return render(
        request,
        PAGE + "server.html",
        {"form": form, "title": title, "version": version, "here": "servers"},
        status=422 if form.errors else 200,
    )


@managers_only
@require_POST
def ask_server(request, pk):
    """Ask it now."""
    found = get_object_or_404(PrintServer.objects.managed_by(request.user), pk=pk)
    if polling.poll(found.pk, full=True):
        messages.success(request, _("The print server answers."))
    else:
        found.refresh_from_db()
        messages.error(request, _("The print server does not answer: %(why)s") % {"why": found.fault})
    return redirect("printing:servers")
