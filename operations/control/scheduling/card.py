"""The plan of the day on the page of operations control: what needs an eye, what runs, and what comes next."""

from django.template.loader import render_to_string

from itsm.core import now

from ..cards import Card, register
from . import gantt, telling
from .models import JobRun
from .plan_views import endangered

ROWS = 9


def plan_of_the_day(request) -> str | None:
    """Twelve hours around now; nothing while no job is registered."""
    at = now()
    frame = gantt.around(at)
    jobs, counts = gantt.overview(JobRun.objects.visible_to(request.user), frame)
    if not jobs:
        return None
    rows = gantt.rows(chosen(jobs), frame)
    context = {
        "frame": frame,
        "rows": rows,
        "jobs": len(jobs),
        "totals": gantt.totals(counts),
        "endangered": endangered(request, at),
    }
    return render_to_string("operations/jobs/_card.html", context, request=request)


def chosen(jobs: list[tuple[int, int, int]]) -> list[int]:
    """Nine jobs, in the order of time: what went wrong, what runs and what waits, then what lies nearest to these."""
    wanted = {10: 0, 9: 0, 8: 0, 7: 0, 6: 0, 4: 1, 5: 2, 3: 2}
    ranks = [0 if watched else wanted.get(worst, 3) for _pk, worst, watched in jobs]
    running = [n for n, rank in enumerate(ranks) if rank < 3]
    middle = running[-1] if running else len(jobs) // 2
    ranked = sorted(range(len(jobs)), key=lambda n: (ranks[n], abs(n - middle), n))
    return [jobs[n][0] for n in sorted(ranked[:ROWS])]


register(Card("jobs", 40, "main", "operations.read", plan_of_the_day, topics=(telling.TOPIC,)))
