"""Pages of jobs: the list, one job, its form, and what one does to it."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import durations, now
from itsm.core.errors import DomainError, StaleVersion
from itsm.core.numbers import whole
from itsm.core.paging import keyset_page
from itsm.events.models import Alert
from itsm.people.scope import scope_of

from ..guard import managers_only, readers_only, workers_only
from . import clashes, forecast, holding, learning, listing, sparks, windows, words
from . import services as jobs
from .forms import HoldForm, JobForm, NoteForm, initial_of
from .models import Job, JobRun, State

PAGE = "operations/jobs/"
RUNS = 25


def tabs(here: str) -> list[dict]:
    """The parts of the room."""
    return [
        {"url": "/operations/jobs/plan/", "label": _("Plan of the day"), "current": here == "plan", "count": None},
        {"url": "/operations/jobs/", "label": _("Jobs"), "current": here == "list", "count": None},
        {"url": "/operations/jobs/chains/", "label": _("Chains"), "current": here == "chains", "count": None},
    ]


@readers_only
@require_GET
def index(request):
    """The list, by name; the tabs above it say how many are held or wrong."""
    found, page = listing.page(Job.objects.visible_to(request.user), request.GET)
    context = {
        "rows": listing.shown(page.rows, now()), "page": page, "filter": found, "counts": listing.counts(request.user), "tabs": tabs("list"),
        "state": request.GET.get("state", ""), "words": request.GET.get("q", ""), "may_keep": scope_of(request.user).may("operations.manage"),
        "active": any(request.GET.get(name) for name in ("q", "state", "chain", "method", "team", "active")),
    }  # fmt: skip
    return render(request, PAGE + "index.html", context, status=200 if found.is_valid() else 422)


def seen(request, pk: int) -> Job:
    """The job, for who may see it."""
    rows = Job.objects.visible_to(request.user).select_related(
        "item", "item__organisation", "item__support_team", "item__owner", "calendar", "runbook", "held_by"
    )
    return get_object_or_404(rows, pk=pk)


@readers_only
@require_GET
def job(request, pk):
    """One job: how it stands and when it comes first, then its runs, then what is said of it."""
    return shown(request, seen(request, pk))


def shown(request, found: Job, *, hold: HoldForm | None = None, status: int = 200):
    """The page of a job, also with a form that was not accepted."""
    at, scope = now(), scope_of(request.user)
    runs = JobRun.objects.filter(job=found).exclude(state=State.PLANNED)
    page = keyset_page(runs, ordering=("-at", "-id"), cursor=request.GET.get("cursor") or None, size=RUNS)
    skipped = list(JobRun.objects.filter(job=found, state=State.HELD, reason="by_hand").order_by("at", "id")[:200])
    steps = forecast.of_jobs([found.pk], at) if found.is_active else {}
    mine = [step for step in steps.values() if step.job_id == found.pk and step.ended_at is None]
    coming = min(mine, key=lambda step: step.at, default=None)
    awaited = any(step.state == State.WAITING for step in mine)
    links = list(found.links.select_related("predecessor__item"))
    followers = list(found.followers.select_related("job__item").order_by("job__item__name")[:50])
    alerts = Alert.objects.visible_to(request.user).filter(
        item=found.item, source="jobs", cleared_at=None, closed_at=None
    )
    stands_on = _stands_on(found)
    context = {
        "job": found, "chip": words.chip(found.last_state, found.is_held), "runs": [run_row(run, at) for run in page.rows], "page": page,
        "schedule": words.schedule(found), "coming": coming, "next": durations.moment(found.next_run_at, at),
        "ends": durations.moment(coming.ends, at) if coming else "", "passes": bool(coming and coming.passes), "skipped": skipped,
        "links": [(link.predecessor, words.chip(link.predecessor.last_state, link.predecessor.is_held), link.condition) for link in links],
        "followers": [(link.job, words.chip(link.job.last_state, link.job.is_held)) for link in followers],
        "uses": found.uses.select_related("resource"), "stands_on": stands_on, "alerts": list(alerts[:5]),
        "may_work": scope.may("operations.work") and found.is_active, "may_keep": scope.may("operations.manage"),
        "url": settings.PUBLIC_URL + found.ping_path, "spark": sparks.of(found, at), "hold": hold or HoldForm(),
        "proposes": learning.differs(found), "learned": _learned(found), "durations": _durations(found), "now": at,
        "windows": _windows(found, at),
        "clashes": clashes.of_job(found, at, at + timedelta(hours=36), at)[: clashes.SHOWN] if found.is_active else [],
        "awaited": awaited, "told": found.method == Job.Method.TOLD,
        "startable": scope.may("operations.work") and found.is_active and not found.is_held and not awaited and found.last_state not in ("running", "too_long", "late"),
    }  # fmt: skip
    return render(request, PAGE + "job.html", context, status=status)


def _windows(found: Job, at) -> list[dict]:
    """What of the timetable touches its next runs, and what becomes of them."""
    if not found.is_active or found.windows == Job.Windows.IGNORE:
        return []
    rows = windows.coming(found, at, at + timedelta(hours=36))[:5]
    return [
        {
            "name": row.name, "begins": durations.moment(row.begins, at), "ends": durations.moment(row.ends, at),
            "holds": row.strict and found.windows == Job.Windows.HOLD,
        }
        for row in rows
    ]  # fmt: skip


def _stands_on(found: Job) -> list:
    from itsm.cmdb.models import Relation

    rows = (
        Relation.objects.filter(source=found.item, carries_impact=True)
        .select_related("target")
        .order_by("target__sort_key")
    )
    return [row.target for row in rows[:20]]


def run_row(run: JobRun, at) -> dict:
    """A line of the table of runs."""
    return {
        "url": run.get_absolute_url(), "chip": words.chip(run.state), "at": durations.moment(run.at, at), "iso": run.at,
        "begins": durations.moment(run.started_at, at), "ends": durations.moment(run.ended_at, at), "seconds": durations.short(run.seconds) or "",
        "status": "" if run.exit_status is None else run.exit_status, "why": words.REASONS.get(run.reason, ""), "note": run.note,
    }  # fmt: skip


def _durations(found: Job) -> list[tuple]:
    short = durations.short
    return [
        (_("Expected"), short(found.expected_seconds)),
        (_("Shortest"), short(found.min_seconds)),
        (_("Longest"), short(found.max_seconds)),
    ]


def _learned(found: Job) -> dict:
    kept = found.learned or {}
    return {name: durations.short(kept.get(name)) for name in learning.NAMES} | {"n": kept.get("n", 0)} if kept else {}


@managers_only
@require_http_methods(["GET", "POST"])
def new(request):
    """A new job."""
    start = {"time_zone": settings.TIME_ZONE, "organisation": request.user.organisation_id}
    form = JobForm(request.POST or None, reader=request.user, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            made = jobs.register_job(actor=request.user, **form.values())
        except DomainError as error:
            place(form, error)
        else:
            messages.success(request, _("%(job)s is registered.") % {"job": made.item.name})
            return redirect(made)
    return render(
        request, PAGE + "form.html", {"form": form, "title": _("New job")}, status=422 if form.errors else 200
    )


@managers_only
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    """The form of a job."""
    found = seen(request, pk)
    form = JobForm(request.POST or None, reader=request.user, job=found, initial=initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            version = whole(request.POST.get("version"))
            jobs.change_job(pk, actor=request.user, version=version, **form.values())
        except StaleVersion as error:
            form.add_error(None, str(error.message))
            return render(
                request,
                PAGE + "form.html",
                {"form": form, "title": found.item.name, "job": seen(request, pk)},
                status=409,
            )
        except DomainError as error:
            place(form, error)
        else:
            messages.success(request, _("Saved"))
            return redirect(found)
    return render(
        request,
        PAGE + "form.html",
        {"form": form, "title": found.item.name, "job": found},
        status=422 if form.errors else 200,
    )


def place(form, error: DomainError) -> None:
    """The words of a refusal at their field."""
    name = {"url": "http_url", "http_headers": "headers", "target": "stands_on"}.get(error.field or "", error.field)
    form.add_error(name if name in form.fields else None, str(error.message))


@workers_only
@require_POST
def hold(request, pk):
    """It does not start until it is released."""
    found, form = seen(request, pk), HoldForm(request.POST)
    if form.is_valid():
        try:
            holding.hold(pk, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            place(form, error)
    if form.errors:
        return shown(request, found, hold=form, status=422)
    messages.success(request, _("%(job)s is held.") % {"job": found.item.name})
    return redirect(found)


@workers_only
@require_http_methods(["GET", "POST"])
def release(request, pk):
    """Where runs were skipped, it asks which of them are done now."""
    found, at = seen(request, pk), now()
    skipped = list(JobRun.objects.filter(job=found, state=State.HELD, reason="by_hand").order_by("at", "id")[:200])
    if request.method == "GET":
        return render(
            request,
            PAGE + "release.html",
            {"job": found, "skipped": [(run, durations.moment(run.planned_at or run.at, at)) for run in skipped]},
        )
    wanted = [number for text in request.POST.getlist("run")[:200] if (number := whole(text))]
    try:
        holding.release(pk, actor=request.user, run=wanted)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("%(job)s is released.") % {"job": found.item.name})
    return redirect(found)


@workers_only
@require_POST
def start(request, pk):
    """Now, beside its schedule; of a job that is started elsewhere a run is awaited from now on."""
    found = seen(request, pk)
    try:
        holding.start(pk, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        told = found.method == Job.Method.TOLD
        messages.success(
            request, _("A run is awaited: start it where it is started.") if told else _("It is being started.")
        )
    return redirect(found)


@managers_only
@require_POST
def take_learned(request, pk):
    """What the history proposes becomes what is expected."""
    found = seen(request, pk)
    try:
        jobs.take_learned(pk, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The durations are taken over."))
    return redirect(found)


@managers_only
@require_POST
def retire(request, pk):
    """Out of use; its runs stay."""
    found = seen(request, pk)
    try:
        jobs.retire_job(pk, actor=request.user, reason=request.POST.get("reason", "")[:300])
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect(found)
    messages.success(request, _("%(job)s is retired.") % {"job": found.item.name})
    return redirect("jobs:index")


@readers_only
@require_GET
def run(request, pk, run_pk):
    """One run: its times, and what was told of it."""
    found, at = seen(request, pk), now()
    one = get_object_or_404(JobRun.objects.filter(job=found), pk=run_pk)
    return run_shown(request, found, one, at)


def run_shown(request, found: Job, one: JobRun, at, *, form: NoteForm | None = None, status: int = 200):
    """The page of a run, also with a form that was not accepted."""
    from .outputs import text_of

    pings = [
        {"ping": ping, "kind": words.KINDS.get(ping.kind, ping.kind), "text": text_of(ping.body), "at": durations.moment(ping.at, at),
         "cut": ping.body is not None and ping.size > len(ping.body)}
        for ping in one.pings.order_by("id")[:100]
    ]  # fmt: skip
    works = scope_of(request.user).may("operations.work")
    context = {
        "job": found, "run": one, "chip": words.chip(one.state), "why": words.REASONS.get(one.reason, ""), "trigger": words.TRIGGERS.get(one.trigger, ""),
        "pings": pings, "seconds": durations.short(one.seconds), "form": form or NoteForm(),
        "acceptable": works and one.state in ("failed", "too_fast", "not_started", "late"),
        "cancellable": works and one.state in ("planned", "waiting", "late", "held"),
    }  # fmt: skip
    return render(request, PAGE + "run.html", context, status=status)


@workers_only
@require_POST
def accept(request, pk, run_pk):
    """It counts as well ended: those that wait go on."""
    found = seen(request, pk)
    one, form = get_object_or_404(JobRun.objects.filter(job=found), pk=run_pk), NoteForm(request.POST)
    if form.is_valid():
        try:
            holding.accept(one.pk, actor=request.user, note=form.cleaned_data["note"])
        except DomainError as error:
            place(form, error)
        else:
            messages.success(request, _("It counts as well ended."))
            return redirect(one)
    return run_shown(request, found, one, now(), form=form, status=422)


@workers_only
@require_POST
def cancel(request, pk, run_pk):
    """It will not be done."""
    one = get_object_or_404(JobRun.objects.filter(job=seen(request, pk)), pk=run_pk)
    try:
        holding.cancel(one.pk, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The run is given up."))
    return redirect(one)


@readers_only
@require_GET
def what_if(request, pk):
    """What happens when it stays held so long, or is not released at all."""
    found, at = seen(request, pk), now()
    hours = whole(request.GET.get("hours", "2"))
    until = at + timedelta(hours=min(hours, 72)) if hours else None
    as_is = forecast.of_jobs([found.pk], at, released=True)
    thought = forecast.of_jobs([found.pk], at, hold=forecast.Hold(found.pk, until), released=True)
    moved = [
        (as_is[key], step)
        for key, step in thought.items()
        if step.ended_at is None and (step.ends != as_is[key].ends or step.blocked != as_is[key].blocked)
    ]
    names = dict(Job.objects.filter(pk__in=[step.job_id for _before, step in moved]).values_list("pk", "item__name"))
    rows = [
        {
            "name": names.get(step.job_id, ""), "url": f"/operations/jobs/{step.job_id}/", "planned": durations.moment(step.at, at),
            "before": durations.moment(before.ends, at), "after": durations.moment(step.ends, at), "blocked": step.blocked,
            "deadline": durations.moment(step.deadline_at, at), "passes": step.passes,
        }
        for before, step in sorted(moved, key=lambda pair: (pair[1].at, pair[1].pk))
    ]  # fmt: skip
    choices = [
        (1, durations.short(3600)),
        (2, durations.short(7200)),
        (4, durations.short(14400)),
        (8, durations.short(28800)),
        (0, _("not released")),
    ]
    context = {
        "job": found,
        "rows": rows[:200],
        "hours": hours or 0,
        "choices": choices,
        "missed": sum(row["passes"] for row in rows),
    }
    return render(request, PAGE + "what_if.html", context)
