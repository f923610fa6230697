"""Shifts, their log and the checks as pages show them."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from itsm.core import durations, now
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records.models import Record

from . import checking, handing
from .models import CheckList, CheckResult, Handover, LogEntry, Shift

SOURCES = {"alerts": "bell", "windows": "calendar-time", "records": "flame", "jobs": "player-play"}
WEEKS = 4


def home_of(user) -> int | None:
    """The organisation whose log a person writes in: that of their shift, else the highest of theirs that they reach."""
    scope = scope_of(user)
    running = Shift.objects.visible_to(user).at(now()).filter(people__user=user, people__removed=False).first()
    if running:
        return running.organisation_id
    row = directory.get().organisations.get(user.organisation_id)
    reached = [pk for pk in (row.lineage if row else ()) if scope.everything or pk in scope.organisations]
    return reached[-1] if reached else None


def names_of(shift: Shift) -> list[str]:
    """The people of a shift whose `people` are prefetched."""
    return sorted(row.user.display_name for row in shift.people.all() if not row.removed)


def short_name(name: str) -> str:
    """`S. Diallo` of `Sékou Diallo`."""
    first, _blank, last = name.partition(" ")
    return f"{first[:1]}. {last}" if last else name


def shifts(queryset) -> list[Shift]:
    """With their pattern, people and hand-over."""
    return list(queryset.select_related("pattern", "team", "handover").prefetch_related("people__user"))


def running(user) -> list[Shift]:
    """The shifts that the reader sees and that run now, their own first."""
    found = shifts(Shift.objects.visible_to(user).at(now()).order_by("starts_at", "pk")[:20])
    return sorted(found, key=lambda shift: (user.pk not in _ids(shift), shift.starts_at))


def _ids(shift: Shift) -> set[int]:
    return {row.user_id for row in shift.people.all() if not row.removed}


def line_of(shift: Shift, user) -> dict:
    """A shift in a list."""
    at = now()
    handover = getattr(shift, "handover", None)
    return {
        "shift": shift, "name": shift.pattern.name, "team": shift.team.code, "people": names_of(shift), "mine": user.pk in _ids(shift),
        "begins": durations.day_and_time(shift.starts_at), "ends": durations.time_text(shift.ends_at), "running": shift.starts_at <= at < shift.ends_at,
        "over": shift.ends_at <= at, "handover": handover, "late": handover is None and shift.ends_at <= at,
    }  # fmt: skip


def to_accept(user) -> list[Handover]:
    """Hand-overs that wait for the reader: signed, and their shift is the one that comes."""
    rows = Handover.objects.filter(
        accepted_at=None, to__people__user=user, to__people__removed=False, signed_at__gte=now() - timedelta(days=3)
    )
    return list(
        rows.exclude(signed_by=user)
        .select_related("shift__pattern", "signed_by", "to")
        .distinct()
        .order_by("signed_at")[:5]
    )


def to_sign(user) -> Shift | None:
    """The shift that the reader may hand over: theirs, running or just over, not acknowledged."""
    at = now()
    rows = Shift.objects.filter(
        people__user=user,
        people__removed=False,
        starts_at__lte=at,
        ends_at__gt=at - timedelta(hours=12),
        handover__accepted_at=None,
    )
    found = rows.select_related("pattern", "handover").order_by("ends_at").first()
    return found if found and handing.may_sign(user, found) else None


def entries(rows: list[LogEntry], user) -> list[dict]:
    """Lines of the log; tickets that the reader may not see are not named."""
    numbers = {row.record_id for row in rows if row.record_id}
    seen = dict(Record.objects.visible_to(user).filter(pk__in=numbers).values_list("pk", "number")) if numbers else {}
    teams, today = directory.get().teams, now()
    found = []
    for row in rows:
        who = (
            row.actor.display_name
            if row.actor_id
            else (teams[row.team_id].code if row.team_id in teams else _("Vigie"))
        )
        found.append(
            {
                "row": row, "who": who, "short": short_name(who) if row.actor_id else who, "when": _when(row.at, today),
                "time": durations.time_text(row.at), "number": seen.get(row.record_id), "alert": row.alert.number if row.alert_id else "",
                "item": row.item if row.item_id else None, "symbol": SOURCES.get(row.source, "point") if row.kind == "machine" else "",
                "handover": row.kind == "handover",
            }
        )  # fmt: skip
    return found


def _when(at: datetime, today: datetime) -> str:
    """`14:05` today, else with the name of the day: after a week-end nobody counts back."""
    text = durations.near(at, today)
    return text if ":" in text else durations.moment(at, today)


def log_rows(queryset):
    """With what a line names."""
    return queryset.select_related("actor", "item", "alert")


def lists_of(user, day: date | None) -> list[dict]:
    """The lists that the reader sees on a day (each on its own today when None), with their checks by group."""
    at, found = now(), []
    for checklist in CheckList.objects.visible_to(user).filter(is_active=True).order_by("due", "pk"):
        present = checking.local_day(checklist, at)
        shown = day or present
        rows = checking.named(checking.rows_of(checklist, shown), user)
        done, total = checking.progress(rows)
        bad = sum(1 for row in rows if row["colour"] in ("amber", "red"))
        due = checking.due_at(checklist, shown)
        found.append(
            {
                "list": checklist, "day": shown, "due": checking.is_due(checklist, shown), "groups": checking.grouped(rows), "done": done,
                "total": total, "bad": bad, "late": done < total and at > due, "until": durations.time_text(due),
                "open": present - checking.BACK <= shown <= present,
            }
        )  # fmt: skip
    return found


def trend(checklist: CheckList, last: date) -> dict:
    """The colours of the last four weeks, a check a line, and the share of green a week."""
    days = [last - timedelta(days=n) for n in range(WEEKS * 7 - 1, -1, -1)]
    days = [day for day in days if checking.is_due(checklist, day)]
    colours: dict[tuple[int, date], CheckResult] = {
        (row.check_of_id, row.day): row
        for row in CheckResult.objects.filter(check_of__checklist=checklist, day__range=(days[0], last)) if days
    } if days else {}  # fmt: skip
    lines = []
    for check in checklist.checks.order_by("position", "pk"):
        cells = [(day, colours.get((check.pk, day))) for day in days]
        if check.is_active or any(result for _day, result in cells):
            green = sum(1 for _day, result in cells if result and result.colour == "green")
            given = sum(1 for _day, result in cells if result)
            lines.append({"check": check, "cells": cells, "share": round(100 * green / given) if given else None})
    weeks: dict[date, list[int]] = {}
    for (_check, day), result in colours.items():
        monday = day - timedelta(days=day.weekday())
        good, total = weeks.setdefault(monday, [0, 0])
        weeks[monday] = [good + (result.colour == "green"), total + 1]
    return {
        "days": days, "lines": lines,
        "weeks": [{"monday": durations.short_day(monday), "share": round(100 * good / total), "given": total} for monday, (good, total) in sorted(weeks.items())],
    }  # fmt: skip


def day_asked(given: str, today: date) -> date | None:
    """A day of the last year, up to today; None otherwise."""
    try:
        asked = datetime.strptime(given, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return asked if today - timedelta(days=366) <= asked <= today else None
