"""The sections that every hand-over has."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core import durations, now
from itsm.events.looks import SEVERITY
from itsm.events.models import Alert, Severity, Silence
from itsm.people.directory import directory
from itsm.planning.matching import open_at, times_of
from itsm.planning.models import Window
from itsm.records import processes
from itsm.records.models import Record

from ..consoles.filters import ACTIVE
from ..scheduling.models import Job
from . import checking
from .models import Colour, LogEntry
from .sections import Line, Section, houses, register, said

SEEN, NEXT = 200, timedelta(hours=24)


def named(what, words) -> str:
    """A thing and what is said of it."""
    return _("%(what)s: %(words)s") % {"what": what, "words": words}


def about(name: str, title: str) -> str:
    """The title of an alert with the item that it is about, where it does not begin with it itself."""
    return named(name, title) if name and not title.casefold().startswith(name.casefold()) else title


def points(organisation_id, _begins, _ends) -> list[Line]:
    """Points that nobody has settled, the oldest first."""
    rows = (
        LogEntry.objects.filter(organisation_id__in=houses(organisation_id))
        .to_follow()
        .select_related("record")
        .order_by("pk")
    )
    return [
        Line(f"{row.text[:300]}", row.record.get_absolute_url() if row.record_id and row.record.confidentiality_id is None else "", "amber")
        for row in rows[:SEEN]
    ]  # fmt: skip


def alerts(organisation_id, _begins, _ends) -> list[Line]:
    """What is under way, as the list of alerts counts it, worst first."""
    rows = (
        Alert.objects.active()
        .filter(organisation_id__in=houses(organisation_id), parent=None, state__in=ACTIVE)
        .select_related("item")
    )
    return [
        Line(said(lambda row=row: _alert_words(row)), row.get_absolute_url(), SEVERITY[row.severity][0])
        for row in rows.order_by("rank", "-score", "-id")[:SEEN]
    ]


def _alert_words(row: Alert) -> str:
    words = about(row.item.name if row.item_id else row.said_item, row.title)
    return f"{Severity(row.severity).label} · {words} ({row.get_state_display()})"


def silences(organisation_id, _begins, _ends) -> list[Line]:
    """What keeps alerts quiet, and until when."""
    rows = Silence.objects.for_organisation(organisation_id).lasting().select_related("owner").order_by("ends_at")
    return [Line(f"{row.reason} ({row.owner.display_name})", "", "violet", row.ends_at) for row in rows[:SEEN]]


def jobs(organisation_id, _begins, _ends) -> list[Line]:
    """Jobs that are held, and why."""
    rows = (
        Job.objects.in_use()
        .filter(item__organisation_id__in=houses(organisation_id), held_at__isnull=False)
        .select_related("item")
    )
    return [
        Line(said(lambda row=row: named(row.item.name, row.held_reason)) if row.held_reason else row.item.name, row.get_absolute_url(), "violet", row.held_until)
        for row in rows.order_by("item__sort_key")[:SEEN]
    ]  # fmt: skip


def windows(organisation_id, _begins, _ends) -> list[Line]:
    """Windows that are open, then those of the next day."""
    at, running = now(), set(open_at(now()))
    row = directory.get().organisations.get(organisation_id)
    found = []
    for window in (
        Window.objects.standing().not_over(at).filter(organisation_id__in=row.lineage if row else [organisation_id])
    ):
        span = times_of(window).ahead(at)
        if span and span[0] < at + NEXT:
            begins = None if window.pk in running else span[0]
            words = said(lambda window=window, begins=begins: _window_words(window, begins))
            found.append(
                (span, Line(words, window.get_absolute_url(), "violet" if window.pk in running else "blue", span[1]))
            )
    return [line for _span, line in sorted(found, key=lambda each: each[0])]


def _window_words(window: Window, begins) -> str:
    words = named(window.get_kind_display(), window.name)
    if begins is None:
        return words
    return _("%(window)s, from %(time)s") % {"window": words, "time": durations.day_and_time(begins)}


def _records(**wanted):
    return Record.objects.filter(confidentiality=None, **wanted).order_by("-pk")


def majors(organisation_id, begins, ends) -> list[Line]:
    """Major incidents that are not over, then those that ran in the shift and how they ended, the last end first."""
    mine = _records(organisation_id__in=houses(organisation_id))
    under_way = [
        Line(_record_words(row), row.get_absolute_url(), "red") for row in mine.filter(major=True).active()[:SEEN]
    ]
    over = mine.filter(major=True, opened_at__lt=ends, phase__in=["resolved", "closed"]).filter(
        Q(resolved_at__gte=begins) | Q(closed_at__gte=begins, resolved_at=None)
    )
    told = [(row.resolved_at or row.closed_at, row, False) for row in over[:SEEN]]
    told += [(at, row, True) for row, at in _no_longer_major(mine, houses(organisation_id), begins, ends)]
    return under_way + [
        Line(said(lambda row=row, at=at, lifted=lifted: _end_words(row, at, lifted)), row.get_absolute_url(), "green")
        for at, row, lifted in sorted(told, key=lambda each: each[0], reverse=True)
    ]


def _no_longer_major(mine, organisations, begins, ends) -> list[tuple[Record, datetime]]:
    """Those that the log of the shift named as major, and that are no major incident any more; since when."""
    lines = LogEntry.objects.filter(organisation_id__in=organisations, at__gte=begins, at__lt=ends, source="records")
    since = dict(lines.order_by("record_id", "-at", "-pk").distinct("record_id").values_list("record_id", "at"))
    rows = mine.filter(pk__in=[pk for pk in since if pk], major=False).exclude(kind="change")
    return [(row, since[row.pk]) for row in rows]


def _record_words(row: Record) -> str:
    return f"{row.number} · {row.title}"


def _end_words(row: Record, at: datetime, lifted: bool) -> str:
    values = {"major": _record_words(row), "time": durations.near(at, now())}
    if lifted:
        return _("%(major)s: no major incident any more, %(time)s") % values
    return _("%(major)s: over, %(time)s") % values


def changes(organisation_id, _begins, _ends) -> list[Line]:
    """Changes that run."""
    if "change" not in processes.PROCESSES:
        return []
    return [
        Line(_record_words(row), row.get_absolute_url(), "blue")
        for row in _records(organisation_id__in=houses(organisation_id), kind="change").active()[:SEEN]
    ]


def checks(organisation_id, _begins, _ends) -> list[Line]:
    """Checks of today that are not good, or not done."""
    return [
        Line(said(lambda row=row: _check_words(row)), "/operations/checks/", row["tone"])
        for row in checking.today(organisation_id)
        if row["colour"] != "green"
    ]


def _check_words(row: dict) -> str:
    return named(row["check"].name, Colour(row["colour"]).label if row["colour"] else _("Not done"))


for _key, _order, _title, _gather in (
    ("points", 5, gettext_lazy("Points to follow"), points),
    ("majors", 10, gettext_lazy("Major incidents"), majors),
    ("alerts", 20, gettext_lazy("Alerts under way"), alerts),
    ("silences", 30, gettext_lazy("Silences"), silences),
    ("jobs", 40, gettext_lazy("Jobs held"), jobs),
    ("windows", 50, gettext_lazy("Windows"), windows),
    ("changes", 60, gettext_lazy("Running changes"), changes),
    ("checks", 70, gettext_lazy("Morning checks that are not green"), checks),
):
    register(Section(_key, _order, _title, _gather))
