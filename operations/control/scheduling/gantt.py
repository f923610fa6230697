"""The plan of a stretch of time: a row a job, bars in per cent of the width, drawn by the server.

Two reads sum the whole stretch, whatever its size; only the rows of the page are read and forecast.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    Min,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.core import durations

from . import forecast, words
from .models import Job, JobRun, State
from .models.runs import OPEN, UNDER_WAY, overrun

SIZE, MOST_BARS = 50, 60
HEIGHT = 31
RANKS = {
    "failed": 10, "not_started": 9, "too_long": 8, "late": 7, "too_fast": 6, "held": 5, "running": 4, "waiting": 3, "planned": 2,
    "ok": 1, "cancelled": 0,
}  # fmt: skip
WATCH, RUNNING, AHEAD = 5, (4, 8), (2, 3)
# Runs that began so long before the stretch, or should have, and reach into it, belong to it: a night crosses midnight.
BACK = timedelta(hours=24)
VIEWS = ("all", "watch", "running", "ahead")
NAMES = (
    "id",
    "job_id",
    "state",
    "at",
    "planned_at",
    "due_at",
    "started_at",
    "ended_at",
    "deadline_at",
    "exit_status",
    "seconds",
)


@dataclass
class Frame:
    """What of time is shown."""

    begins: datetime
    ends: datetime
    now: datetime

    def x(self, at: datetime) -> float:
        """How far to the right, in per cent, held within the frame."""
        share = (at - self.begins) / (self.ends - self.begins)
        return min(max(share, 0.0), 1.0) * 100

    @property
    def has_now(self) -> bool:
        return self.begins <= self.now <= self.ends

    @property
    def is_past_midnight(self) -> bool:
        """Does it reach into another day?"""
        return timezone.localtime(self.begins).date() != timezone.localtime(self.ends - timedelta(seconds=1)).date()

    @property
    def hours(self) -> list[dict]:
        """The marks of the scale, few enough to be read; the one under the mark of now is left out."""
        step = timedelta(hours=2 if self.ends - self.begins <= timedelta(hours=14) else 4)
        marks, at = [], self.begins
        while at <= self.ends:
            x = self.x(at)
            anchor = "start" if x < 1 else "end" if x > 99 else "middle"
            near = self.has_now and abs(self.x(self.now) - x) < (8 if anchor == "middle" else 14)
            marks.append({"x": f"{x:.2f}", "label": "" if near else self._label(at), "anchor": anchor})
            at += step
        return marks

    def _label(self, at: datetime) -> str:
        """Where a new day begins its name stands: `mar. 1 déc.`"""
        local = timezone.localtime(at)
        return durations.day_name(local) if self.is_past_midnight and local.hour == 0 else durations.time_text(at)

    @property
    def now_x(self) -> str:
        return f"{self.x(self.now):.2f}" if self.has_now else ""


def around(now: datetime) -> Frame:
    """Twelve hours with now about their middle, from an even hour on: so midnight is a mark of the scale."""
    begins = (timezone.localtime(now) - timedelta(hours=5)).replace(minute=0, second=0, microsecond=0)
    begins -= timedelta(hours=begins.hour % 2)
    return Frame(begins, begins + timedelta(hours=12), now)


def day(midnight: datetime, now: datetime) -> Frame:
    """A whole day."""
    return Frame(midnight, midnight + timedelta(days=1), now)


def night(noon: datetime, next_noon: datetime, now: datetime) -> Frame:
    """The night that follows a day: from noon to noon."""
    return Frame(noon, next_noon, now)


def within(frame: Frame) -> Q:
    """Runs that stand in a stretch of time, and those of before that reach into it."""
    span = ExpressionWrapper(F("job__expected_seconds") * Value(timedelta(seconds=1)), DurationField())
    lasts = Q(state__in=OPEN, at__gt=ExpressionWrapper(frame.begins - span, DateTimeField()))
    reaches = Q(ended_at__gt=frame.begins, started_at__isnull=False) | lasts
    if frame.begins <= frame.now:
        reaches |= Q(state__in=(State.WAITING, State.LATE, *UNDER_WAY))
    return Q(at__gte=frame.begins - BACK, at__lt=frame.ends) & (Q(at__gte=frame.begins) | reaches)


@dataclass
class Row:
    """A job with its bars and what is said of it."""

    job_id: int
    name: str
    url: str
    tone: str = ""
    symbol: str = ""
    words: str = ""
    bars: list[dict] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    label: str = ""
    more: int = 0
    planned: str = ""
    begins: str = ""
    ends: str = ""
    deadline: str = ""


def overview(runs: QuerySet, frame: Frame) -> tuple[list[tuple[int, int, int]], dict[str, int]]:
    """The jobs of the stretch by their first run, each with its worst rank and whether it is to be watched; runs by state.

    To be watched is what went wrong, what is under way past its planned end, and what is forecast to pass its deadline.
    """
    runs = runs.filter(within(frame)).exclude(state=State.CANCELLED).order_by()
    rank = Case(
        *(When(state=state, then=Value(n)) for state, n in RANKS.items()), default=Value(0), output_field=IntegerField()
    )
    threatened = Q(job__forecast_alerting=True, state__in=OPEN, deadline_at__isnull=False)
    watched = Case(When(overrun(frame.now) | threatened, then=Value(1)), default=Value(0), output_field=IntegerField())
    jobs = runs.values("job_id").annotate(first=Min("at"), worst=Max(rank), watched=Max(watched))
    counts = dict(runs.values_list("state").annotate(n=Count("id")))
    return list(jobs.order_by("first", "job_id").values_list("job_id", "worst", "watched")), counts


def of_view(jobs: list[tuple[int, int, int]], view: str) -> list[int]:
    """The jobs that a tab shows."""
    if view == "watch":
        return [pk for pk, worst, watched in jobs if watched or worst >= WATCH]
    if view == "running":
        return [pk for pk, worst, _watched in jobs if worst in RUNNING]
    if view == "ahead":
        return [pk for pk, worst, _watched in jobs if worst in AHEAD]
    return [pk for pk, _worst, _watched in jobs]


def rows(ids: list[int], frame: Frame) -> list[Row]:
    """The rows of some jobs, in this order."""
    names = {
        pk: (name, expected)
        for pk, name, expected in Job.objects.filter(pk__in=ids).values_list("pk", "item__name", "expected_seconds")
    }
    runs: dict[int, list[dict]] = defaultdict(list)
    found = JobRun.objects.filter(within(frame), job__in=ids).exclude(state=State.CANCELLED)
    for run in found.order_by("job_id", "at", "id").values(*NAMES):
        runs[run["job_id"]].append(run)
    steps = forecast.of_jobs(ids, frame.now) if ids else {}
    return [_row(pk, *names[pk], runs[pk], steps, frame) for pk in ids if pk in names]


def _row(pk: int, name: str, expected: int | None, runs: list[dict], steps: dict, frame: Frame) -> Row:
    row = Row(pk, name, f"/operations/jobs/{pk}/", more=max(0, len(runs) - MOST_BARS))
    for run in runs[-MOST_BARS:]:
        row.bars += _bars(run, expected, steps.get(run["id"]), frame)
        if run["deadline_at"] and frame.begins <= run["deadline_at"] <= frame.ends:
            row.marks.append(f"{frame.x(run['deadline_at']):.2f}")
    run = _telling(runs, frame.now)
    if run is not None:
        _say(row, run, expected, steps.get(run["id"]), frame)
    return row


def _telling(runs: list[dict], now: datetime) -> dict | None:
    """The run whose state the row tells: what is under way or wrong before what has ended, that before what comes."""
    begun = [run for run in runs if run["state"] != "planned"]
    under_way = [run for run in begun if run["state"] not in ("ok", "too_fast", "failed", "not_started")]
    return next(iter(under_way[-1:] or begun[-1:] or runs[:1]), None)


def _say(row: Row, run: dict, expected: int | None, step, frame: Frame) -> None:
    planned_end = run["planned_at"] + timedelta(seconds=expected) if run["planned_at"] and expected else None
    row.tone, row.symbol, row.words = words.line(
        run["state"], now=frame.now, exit_status=run["exit_status"], planned_end=planned_end, ends=step.ends if step else None,
        due_at=run["due_at"], passes=bool(step and step.passes),
    )  # fmt: skip
    row.label = _("%(job)s: %(state)s") % {"job": row.name, "state": row.words}
    moment = durations.moment
    row.planned = moment(run["planned_at"], frame.now)
    row.begins = moment(run["started_at"] or (step.begins if step else None), frame.now)
    row.ends = moment(run["ended_at"] or (step.ends if step else None), frame.now)
    row.deadline = moment(run["deadline_at"], frame.now)


def _bars(run: dict, expected: int | None, step, frame: Frame) -> list[dict]:
    """Planned as a dashed outline, done as a solid bar, what is still to come as a light one."""
    span, bars, state = timedelta(seconds=expected or 0), [], run["state"]
    tone = words.LOOKS[state][0] or "blue"
    if run["planned_at"]:
        bars.append(_bar("plan", run["planned_at"], run["planned_at"] + span, frame, 0.9))
    if run["started_at"]:
        begins, ends = run["started_at"], run["ended_at"] or frame.now
        if state == "running" and run["planned_at"] and expected and frame.now > run["planned_at"] + span:
            tone = "orange"
        bars.append(_bar(f"fill {tone}", begins, ends, frame, 0.7))
        if run["ended_at"] is None and step is not None and step.ends and step.ends > frame.now:
            bars.append(_bar(f"fillbg {tone}", frame.now, step.ends, frame, 0.0))
    elif run["ended_at"] and state in ("ok", "too_fast", "failed"):
        # Only its end was told.
        bars.append(_bar(f"fill {tone}", run["ended_at"], run["ended_at"], frame, 0.7))
    elif state in ("planned", "waiting", "late") and step is not None and step.ends and run["planned_at"]:
        if step.begins > run["planned_at"] + timedelta(minutes=5):
            bars.append(_bar("fillbg orange", step.begins, step.ends, frame, 0.9))
    elif state == "held" and run["planned_at"]:
        bars.append(_bar("fillbg violet", run["planned_at"], run["planned_at"] + span, frame, 0.9))
    elif state == "not_started" and run["planned_at"]:
        bars.append(_bar("fillbg red", run["planned_at"], run["planned_at"] + span, frame, 0.9))
    return [bar for bar in bars if bar]


def _bar(look: str, begins: datetime, ends: datetime, frame: Frame, least: float) -> dict | None:
    if ends < frame.begins or begins > frame.ends:
        return None
    x, width = frame.x(begins), max(frame.x(ends) - frame.x(begins), least)
    if width <= 0:
        return None
    tall = look == "plan"
    return {
        "look": look,
        "x": f"{x:.2f}",
        "width": f"{width:.2f}",
        "y": "6" if tall else "9.5",
        "height": "19" if tall else "12",
        "rx": "4" if tall else "3",
    }


def totals(counts: dict[str, int]) -> list[str]:
    """How many have ended, failed, are late …: what the head of the plan says."""
    ended, running, failed = counts.get("ok", 0), _sum(counts, "running", "too_long"), counts.get("failed", 0)
    late, fast, held = _sum(counts, "late", "not_started"), counts.get("too_fast", 0), counts.get("held", 0)
    told = [
        (ended, ngettext("%(n)s ended well", "%(n)s ended well", ended)),
        (running, ngettext("%(n)s running", "%(n)s running", running)),
        (failed, ngettext("%(n)s error", "%(n)s errors", failed)),
        (late, ngettext("%(n)s late", "%(n)s late", late)),
        (fast, ngettext("%(n)s too fast", "%(n)s too fast", fast)),
        (held, ngettext("%(n)s held", "%(n)s held", held)),
    ]
    return [text % {"n": n} for n, text in told if n]


def _sum(counts: dict[str, int], *states: str) -> int:
    return sum(counts.get(state, 0) for state in states)
