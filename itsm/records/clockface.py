"""The clocks of a record for people: one pill each, with what is left or what became of it.

What is left is business time. So that a page may refresh it each minute without asking, a pill carries what was left when it
was drawn and the openings of the next hours: the browser only takes away what was open since (static/js/clock.js).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from itsm.calendars.business import open_intervals
from itsm.calendars.spec import spec_of
from itsm.core import durations, tones
from itsm.levels import agreements
from itsm.levels import clocks as arithmetic
from itsm.levels.models import Clock, Kind, Metric
from itsm.people.directory import directory

# How far ahead a page left open counts by itself.
AHEAD = timedelta(hours=36)
ORDER = [Metric.OWN, Metric.RESPONSE, Metric.UPDATE, Metric.RESOLVE, Metric.TRANSFER]


def pills(record_id: int, at: datetime) -> list[dict]:
    """What is promised to users, the leg of the team that holds the record, and a supplier's contract while it counts."""
    rows = Clock.objects.filter(record_id=record_id).defer("segments", "events").order_by("pk")
    return [pill(clock, at) for clock in shown(rows)]


def shown(clocks: Iterable[Clock]) -> list[Clock]:
    """The newest cycle of each promise to users; of teams and suppliers only what still runs or rests."""
    newest: dict[tuple[str, str], Clock] = {}
    for clock in clocks:
        key = (clock.kind, clock.metric)
        if clock.state == Clock.State.CANCELLED or (clock.kind != Kind.SLA and not clock.alive):
            continue
        if clock.metric == Metric.UPDATE and not clock.alive:
            continue
        if key not in newest or newest[key].cycle < clock.cycle:
            newest[key] = clock
    return sorted(newest.values(), key=lambda c: (Kind.values.index(c.kind), ORDER.index(Metric(c.metric))))


def resolution(clocks: Iterable[Clock]) -> Clock | None:
    """The promise to users that their ticket is solved, among clocks that are `shown`."""
    return next((clock for clock in clocks if clock.kind == Kind.SLA and clock.metric == Metric.RESOLVE), None)


def name_of(clock: Clock) -> str:
    """Resolution, or OLA N2-RES, Ownership: which promise it is."""
    metric = Metric(clock.metric).label
    if clock.kind == Kind.OLA:
        row = directory.get().teams.get(clock.team_id)
        return _("OLA %(team)s, %(metric)s") % {"team": row.code if row else "—", "metric": str(metric).lower()}
    if clock.kind == Kind.UC:
        rule = agreements.rule(clock.agreement_id)
        supplier = agreements.supplier_name(rule.supplier_id) if rule else ""
        return _("Supplier %(supplier)s") % {"supplier": supplier} if supplier else _("Supplier")
    return str(metric)


def pill(clock: Clock, at: datetime) -> dict:
    """Name, remaining or result, share of the target used."""
    used, target = arithmetic.elapsed(clock, at), clock.target_seconds
    state = state_of(clock, used)
    tone, icon = tones.CLOCK[state]
    return {
        "pk": clock.pk, "metric": clock.metric, "label": name_of(clock), "tone": tone, "icon": icon, "text": words(clock, used, state),
        "share": min(100, 100 * used // target) if target else 0, "due": clock.due_at if clock.state == Clock.State.RUNNING else None,
        "target": durations.hours(target) if target else "", "paused": clock.state == Clock.State.PAUSED,
        "over": clock.state == Clock.State.STOPPED, "always": spec_of(clock.calendar_id).always_open,
    } | counting(clock, used, at)  # fmt: skip


def counting(clock: Clock, used: int, at: datetime) -> dict:
    """What the browser needs to count on: seconds left, since when, and the openings to come as `from-to` in seconds."""
    if clock.state != Clock.State.RUNNING or clock.target_seconds is None:
        return {}
    openings = open_intervals(clock.calendar_id, at, at + AHEAD)
    return {
        "left": clock.target_seconds - used, "at": int(at.timestamp()),
        "remains": _("%(time)s left") % {"time": "{time}"}, "late": _("overdue by %(time)s") % {"time": "{time}"},
        "open": " ".join(f"{int(begins.timestamp())}-{int(ends.timestamp())}" for begins, ends in openings),
    }  # fmt: skip


def state_of(clock: Clock, used: int) -> str:
    """The key of the clock's look in `tones.CLOCK`."""
    if clock.state == Clock.State.WAITING:
        return "waiting"
    if clock.target_seconds is None:
        return "none"
    if clock.state == Clock.State.STOPPED:
        return "met" if clock.met else "missed"
    if used > clock.target_seconds:
        return "breached"
    if clock.state == Clock.State.PAUSED:
        return "paused"
    return "warning" if used * 4 >= clock.target_seconds * 3 else "running"


def words(clock: Clock, used: int, state: str) -> str:
    """What is left, what is overdue, or what it took."""
    if state == "waiting":
        return _("not started yet") if "start" in clock.conditions else _("waits for approval")
    if state == "none":
        return _("planned")
    if state in ("met", "missed"):
        return _("%(used)s of %(target)s") % {
            "used": durations.hours(used),
            "target": durations.hours(clock.target_seconds),
        }
    if state == "breached":
        return _("overdue by %(time)s") % {"time": durations.hours(used - clock.target_seconds)}
    return _("%(time)s left") % {"time": durations.hours(clock.target_seconds - used)}
