"""What would be promised for a ticket that does not exist: which agreement, why, when it is due and how that is counted."""

from datetime import datetime

from django.utils import timezone

from itsm.calendars.models import Calendar
from itsm.core import durations
from itsm.levels import agreements
from itsm.levels import clocks as arithmetic
from itsm.levels.agreements import Facts
from itsm.levels.explaining import explain
from itsm.levels.models import Clock, Kind, Metric

from . import clockface
from .explained import page, words
from .models import Record
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
        team_id=given.team_id, level=given.level, opened_at=at,
    )  # fmt: skip
    found = []
    for kind, metrics in ASKED.items():
        fitting = agreements.applicable(kind, given)
        for metric in metrics:
            made = agreements.promise(kind, given, metric)
            if made is not None:
                found.append(_told(imagined, kind, metric, made, given, at, fitting, names))
    return found


def _told(imagined, kind, metric, made, given: Facts, at: datetime, fitting, names: dict) -> dict:
    clock = arithmetic.begin(
        imagined, kind, metric, made, at, team_id=given.team_id, priority=given.priority if kind == Kind.SLA else None
    )
    clock.calendar = names[clock.calendar_id]
    rule = agreements.rule(made.agreement_id)
    rows: list[dict] = []
    due = ""
    if clock.due_at:
        with timezone.override(clock.calendar.time_zone):
            story = words.Story(clock, explain(clock, clock.due_at), (), clock.calendar.name)
            rows, due = page.rows(story), words.instant(clock.due_at)
    return {
        "name": clockface.name_of(clock), "rule": rule, "why": agreements.why(rule, given) if rule else [], "target": durations.hours(made.seconds),
        "calendar": clock.calendar, "holidays": words.holidays_of(clock.calendar), "due": due, "due_at": clock.due_at, "rows": rows,
        "others": [each for each in fitting if rule is None or each.pk != rule.pk],
    }  # fmt: skip


def replayed(clock: Clock, facts_then: Facts) -> bool | None:
    """Would a settled promise have been kept under the agreements in force here? None where nothing is promised."""
    made = agreements.promise(clock.kind, facts_then, clock.metric)
    if made is None or made.seconds is None:
        return None
    clock.counted_from = clock.started_at
    return arithmetic.counted(clock, made.calendar_id) <= made.seconds
