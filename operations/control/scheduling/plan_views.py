"""The plan of the day, and the chains with their critical path."""

from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from itsm.core import durations, now, versions
from itsm.core.clock import midnight
from itsm.core.numbers import whole

from ..guard import readers_only
from . import clashes, forecast, gantt, telling, words
from .filters import WRONG
from .models import Job, JobRun
from .views import PAGE, tabs

REACH = 400


@readers_only
@require_GET
def plan(request):
    """The plan: a page of jobs, drawn again by itself while something happens."""
    at = now()
    version = plan_version(at)
    if request.GET.get("v") == version and request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    frame, shown_day, is_night = _frame(request, at)
    jobs, counts = gantt.overview(_runs(request), frame)
    view = request.GET.get("view", "all")
    view = view if view in gantt.VIEWS else "all"
    ids = gantt.of_view(jobs, view)
    page = max(1, min(whole(request.GET.get("page", "1")) or 1, max(1, -(-len(ids) // gantt.SIZE))))
    mine = ids[(page - 1) * gantt.SIZE : page * gantt.SIZE]
    today = timezone.localdate(at)
    clashing = clashes.of_user(request.user, frame.begins, frame.ends, at)
    context = {
        "frame": frame, "rows": gantt.rows(mine, frame), "jobs": len(jobs), "totals": gantt.totals(counts), "tabs": tabs("plan"), "view": view,
        "views": [{"key": key, "label": label, "count": len(gantt.of_view(jobs, key))} for key, label in view_names()], "version": version,
        "page": page, "pages": -(-len(ids) // gantt.SIZE), "day": shown_day, "before": (shown_day or today) - timedelta(days=1),
        "after": (shown_day or today) + timedelta(days=1), "is_half": shown_day is None, "today": today, "as_table": request.GET.get("as") == "table",
        "endangered": endangered(request, at), "live": shown_day is None or frame.has_now, "is_night": is_night, "night": _night_of(at),
        "next_day": shown_day and shown_day + timedelta(days=1), "clashes": clashing[: clashes.SHOWN],
        "more_clashes": max(0, len(clashing) - clashes.SHOWN), "clashing": {pk for clash in clashing for pk, _name in clash.jobs},
    }  # fmt: skip
    return render(
        request, PAGE + ("_plan.html" if request.headers.get("HX-Target") == "plan" else "plan.html"), context
    )


def view_names():
    """The tabs of the plan."""
    return [
        ("all", pgettext("jobs", "All")),
        ("watch", _("To watch")),
        ("running", _("Running")),
        ("ahead", _("Ahead")),
    ]


def plan_version(at) -> str:
    """What stands for the drawing: it changes with the runs, and with the minute."""
    return f"{versions.several([telling.TOPIC])[0][:12]}.{int(at.timestamp()) // 60}"


def _runs(request):
    found = JobRun.objects.visible_to(request.user)
    chain = request.GET.get("chain", "").replace("\x00", "")[:60]
    return found.filter(job__chain=chain) if chain else found


def _frame(request, at) -> tuple[gantt.Frame, date | None, bool]:
    """What of time an address asks for: around now, a day, or (`part=night`) from its noon to the next one."""
    try:
        asked = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return gantt.around(at), None, False
    if abs((asked - timezone.localdate(at)).days) > REACH:
        return gantt.around(at), None, False
    if request.GET.get("part") == "night":
        return gantt.night(_noon(asked), _noon(asked + timedelta(days=1)), at), asked, True
    return gantt.day(midnight(asked), at), asked, False


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def _night_of(at) -> date:
    """The day whose night it is, or comes."""
    local = timezone.localtime(at)
    return local.date() if local.hour >= 12 else local.date() - timedelta(days=1)


def endangered(request, at) -> list[dict]:
    """Chains, and jobs of none, whose forecast passes the service deadline."""
    rows = Job.objects.visible_to(request.user).filter(forecast_alerting=True).order_by("chain", "pk")
    found = list(rows.values_list("pk", "chain", "item__name")[:20])
    steps = forecast.of_jobs([pk for pk, _chain, _name in found], at) if found else {}
    lines = []
    for pk, chain, name in found:
        step = next((s for s in steps.values() if s.job_id == pk and s.ended_at is None and s.passes), None)
        if step is None:
            continue
        lines.append({
            "name": chain or name, "is_chain": bool(chain), "ends": durations.moment(step.ends, at), "deadline": durations.moment(step.deadline_at, at),
            "url": f"/operations/jobs/chains/{chain}/" if chain and "/" not in chain else f"/operations/jobs/{pk}/what-if/",
        })  # fmt: skip
    return lines


@readers_only
@require_GET
def chains(request):
    """The chains by name, with how many jobs each has and how it stands."""
    rows = Job.objects.visible_to(request.user).in_use().exclude(chain="").values("chain")
    found = rows.annotate(
        n=Count("pk"), wrong=Count("pk", filter=Q(last_state__in=WRONG)), late=Count("pk", filter=Q(forecast_alerting=True)),
        held=Count("pk", filter=Q(held_at__isnull=False)),
    ).order_by("chain")  # fmt: skip
    return render(request, PAGE + "chains.html", {"rows": list(found[:500]), "tabs": tabs("chains")})


@readers_only
@require_GET
def chain(request, name):
    """One chain now: its runs in order, the forecast against the deadline, and what the end hangs on."""
    at = now()
    ids = list(Job.objects.visible_to(request.user).in_use().filter(chain=name).values_list("pk", flat=True)[:500])
    if not ids:
        raise Http404
    frame = gantt.around(at)
    steps = forecast.of_jobs(ids, at)
    near = [s for s in steps.values() if s.job_id in set(ids) and frame.begins <= s.at < frame.ends]
    if not near:
        frame = gantt.day(midnight(timezone.localdate(at)), at)
        near = [s for s in steps.values() if s.job_id in set(ids) and frame.begins <= s.at < frame.ends]
    path = forecast.critical_path([s for s in near if s.before or any(s in other.before for other in near)] or near)
    order = list(dict.fromkeys(s.job_id for s in near)) or ids
    names = dict(Job.objects.filter(pk__in=[s.job_id for s in path]).values_list("pk", "item__name"))
    last = max((s for s in near if s.ends), key=lambda s: s.ends, default=None)
    deadlines = [s for s in near if s.deadline_at]
    critical = {s.job_id for s in path}
    context = {
        "chain": name, "frame": frame, "rows": gantt.rows(order[:200], frame), "tabs": tabs("chains"), "critical": critical,
        "ends": durations.moment(last.ends, at) if last else "", "blocked": any(s.blocked for s in near if s.ended_at is None),
        "deadlines": [(durations.moment(s.deadline_at, at), s.passes, _name(s.job_id)) for s in deadlines],
        "path": [
            {"name": names.get(s.job_id, ""), "url": f"/operations/jobs/{s.job_id}/", "begins": durations.moment(s.begins, at),
             "ends": durations.moment(s.ends, at), "chip": words.chip(s.state), "time": durations.short((s.ends - s.begins).total_seconds()) if s.ends and s.begins else ""}
            for s in path
        ],
    }  # fmt: skip
    return render(request, PAGE + "chain.html", context)


def _name(pk: int) -> str:
    return Job.objects.filter(pk=pk).values_list("item__name", flat=True).first() or ""
