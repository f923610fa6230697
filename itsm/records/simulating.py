"""What would be promised for a ticket that does not exist: which agreement, why, when it is due and how that is counted."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.utils import timezone

from itsm.calendars.models import Calendar
from itsm.core import durations
from itsm.levels import agreements, engine, obeying
from itsm.levels import clocks as arithmetic
from itsm.levels.agreements import Facts
from itsm.levels.conditions import Occasion
from itsm.levels.explaining import explain
from itsm.levels.models import Clock, Kind, Metric

from . import clockface, fields, processes, promises
from .explained import page, words
from .models import Phase, Record
from .reference import categories

ASKED = {
    Kind.SLA: (Metric.OWN, Metric.RESPONSE, Metric.UPDATE, Metric.RESOLVE),
    Kind.OLA: (Metric.OWN, Metric.TRANSFER, Metric.RESOLVE),
    Kind.UC: (Metric.RESOLVE,),
}


def facts(
    *, organisation_id: int, priority: int, at: datetime, kind: str = "incident", service_id=None, category_id=None, vip=False, team_id=None, level=None
) -> Facts:  # fmt: skip
    """The facts of an imagined ticket."""
    row = categories.get().get(category_id) if category_id else None
    path = (row.lineage or (row.pk,)) if row else ()
    return Facts(
        organisation_id,
        kind,
        priority,
        agreements.local_date(at),
        service_id,
        team_id,
        level,
        categories=lambda: path,
        is_vip=lambda: vip,
    )


def simulate(given: Facts, at: datetime) -> list[dict]:
    """Every promise that would hold, in the order of the pills."""
    names = {row.pk: row for row in Calendar.objects.all()}
    imagined = Record(
        kind=given.kind, organisation_id=given.organisation_id, priority=given.priority, service_id=given.service_id,
        team_id=given.team_id, level=given.level, opened_at=at, category_id=given.category_path[0] if given.category_path else None,
        phase=Phase.OPEN, state=processes.get(given.kind).lifecycle.initial,
    )  # fmt: skip
    found = []
    for kind, metrics in ASKED.items():
        fitting = agreements.applicable(kind, given)
        for metric in metrics:
            made = agreements.promise(kind, given, metric)
            if made is not None:
                found.append(_told(imagined, kind, metric, made, given, at, fitting, names))
    return found


def obeyed(said: dict[str, list[dict]]) -> list[str]:
    """The conditions of a clock in words, an occasion a line: `pauses while priority is P5`."""
    return [f"{Occasion(each).label} {fields.words(said[each])}" for each in Occasion.values if each in said]


def _told(imagined, kind, metric, made, given: Facts, at: datetime, fitting, names: dict) -> dict:
    stands = promises.situation(imagined, {})
    stands = replace(stands, facts=given, fields=fields.Fields(imagined, partial(getattr, imagined), vip=given.vip))
    clock = engine.begin(
        imagined,
        kind,
        metric,
        made,
        at,
        stands,
        team_id=given.team_id,
        priority=given.priority if kind == Kind.SLA else None,
    )
    obeying.obey(clock, stands, at)
    clock.calendar = names[clock.calendar_id]
    rule = agreements.rule(made.agreement_id)
    rows: list[dict] = []
    due = ""
    if clock.due_at and clock.state == Clock.State.RUNNING:
        with timezone.override(clock.calendar.time_zone):
            story = words.Story(clock, explain(clock, clock.due_at), (), clock.calendar.name)
            rows, due = page.rows(story), words.instant(clock.due_at)
    return {
        "name": clockface.name_of(clock), "rule": rule, "why": agreements.why(rule, given) if rule else [], "target": durations.hours(made.seconds),
        "calendar": clock.calendar, "holidays": words.holidays_of(clock.calendar), "due": due, "due_at": clock.due_at, "rows": rows, "obeys": obeyed(made.conditions), "stands": "" if clock.state == Clock.State.RUNNING else clock.get_state_display(),
        "others": [each for each in fitting if rule is None or each.pk != rule.pk],
    }  # fmt: skip


def replayed(clock: Clock, facts_then: Facts) -> bool | None:
    """Would a settled promise have been kept under the agreements in force here? None where nothing is promised."""
    made = agreements.promise(clock.kind, facts_then, clock.metric)
    if made is None or made.seconds is None:
        return None
    clock.counted_from = clock.started_at
    return arithmetic.counted(clock, made.calendar_id) <= made.seconds
