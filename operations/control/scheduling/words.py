"""How runs look and what is said of them: chips, bars and lines alike."""

from datetime import datetime, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from itsm.core import chips, durations
from itsm.core.numbers import whole

from .models import State
from .models.runs import TOLERATED

LOOKS = {
    "planned": ("", "calendar-clock"), "waiting": ("grey", "hourglass"), "late": ("orange", "clock-exclamation"),
    "running": ("blue", "player-play"), "too_long": ("orange", "clock-exclamation"), "ok": ("green", "circle-check"),
    "too_fast": ("amber", "bolt"), "failed": ("red", "circle-x"), "not_started": ("red", "player-skip-forward"),
    "held": ("violet", "player-pause"), "cancelled": ("grey", "ban"),
}  # fmt: skip
REASONS = {
    "predecessors": gettext_lazy("Waits for the jobs before it"),
    "resource": gettext_lazy("Waits for a resource"),
    "dispatch": gettext_lazy("Is being started"),
    "retry": gettext_lazy("Is tried again"),
    "by_hand": gettext_lazy("Held by a person"),
    "window": gettext_lazy("Held by a maintenance window"),
    "superseded": gettext_lazy("Its end was not told before it began anew"),
    "no_end": gettext_lazy("Its end was never told"),
    "told": gettext_lazy("It said so itself"),
    "http": gettext_lazy("The call failed"),
    "died": gettext_lazy("Its worker stopped in the middle"),
    "accepted": gettext_lazy("Accepted by a person"),
    "skipped": gettext_lazy("Given up on release"),
    "retired": gettext_lazy("The job was retired"),
}
TRIGGERS = {
    "schedule": gettext_lazy("Schedule"), "ping": gettext_lazy("Told by itself"), "api": gettext_lazy("Told over the interface"),
    "hand": gettext_lazy("Started by a person"), "release": gettext_lazy("Done after its release"), "chain": gettext_lazy("After its predecessors"),
}  # fmt: skip
KINDS = {
    "start": gettext_lazy("Start"), "success": gettext_lazy("Success"), "fail": gettext_lazy("Failure"), "log": gettext_lazy("Log"), "limited": gettext_lazy("Too many in a minute: the rest is not taken"),
    "answer": gettext_lazy("Answer"),
}  # fmt: skip


def chip(state: str, held: bool = False) -> SafeString:
    """The state as a chip; a job that never ran has none."""
    if held:
        return chips.chip("violet", "player-pause", pgettext("job", "Held"))
    if state not in LOOKS:
        return chips.chip("grey", "minus", _("Never ran"))
    tone, symbol = LOOKS[state]
    return chips.chip(tone or "outline", symbol, str(State(state).label))


def line(
    state: str, *, now: datetime, exit_status: int | None = None, planned_end: datetime | None = None, ends: datetime | None = None,
    due_at: datetime | None = None, passes: bool = False,
) -> tuple[str, str, str]:  # fmt: skip
    """(tone, icon, words) of a run in a plan, as short as a column allows."""
    tone, symbol = LOOKS[state]
    if state == "failed" and exit_status:
        return tone, symbol, _("Error RC = %(status)s") % {"status": exit_status}
    if state == "late" and due_at:
        return tone, symbol, _("Late by %(time)s") % {"time": _short(now - due_at)}
    if state in ("running", "too_long") and planned_end and now - planned_end > TOLERATED:
        return "orange", "clock-exclamation", _("Late by %(time)s") % {"time": _short(now - planned_end)}
    if (
        state in ("waiting", "planned")
        and ends
        and planned_end
        and (passes or ends - planned_end >= timedelta(minutes=5))
    ):
        return "orange", "hourglass", _("Forecast %(time)s") % {"time": durations.moment(ends, now)}
    if state == "running" and ends:
        return tone, symbol, _("Until %(time)s") % {"time": durations.moment(ends, now)}
    return tone, symbol, str(State(state).label)


def _short(span: timedelta) -> str:
    return durations.short(max(0, span.total_seconds()))


def schedule(job) -> str:
    """When it runs, in words where they are plain, else as it is written."""
    if not job.schedule:
        return _("On demand")
    minute, hour, dom, month, dow = job.schedule.split()
    words = job.schedule
    m, h = whole(minute), whole(hour)
    if m is not None and h is not None and month == "*":
        at = f"{h:02}:{m:02}"
        if job.days == "nth":
            return nth(job.nth or 1, at)
        if dom == "*" and dow == "*":
            words = _("Every day at %(time)s") % {"time": at}
        elif dom == "*" and dow in ("1-5", "MON-FRI"):
            words = _("Monday to Friday at %(time)s") % {"time": at}
        elif dow == "*" and whole(dom) is not None:
            words = _("On day %(day)s of the month at %(time)s") % {"day": dom, "time": at}
    elif minute.startswith("*/") and (hour, dom, month, dow) == ("*", "*", "*", "*"):
        words = _("Every %(n)s minutes") % {"n": minute[2:]}
    return words if job.days == "every" else f"{words}, {job.get_days_display().lower()}"


def nth(number: int, at: str) -> str:
    """One working day of each month."""
    if number == -1:
        return _("On the last working day of the month at %(time)s") % {"time": at}
    if number == 1:
        return _("On the first working day of the month at %(time)s") % {"time": at}
    if number < 0:
        return _("%(n)s working days before the end of the month, at %(time)s") % {"n": -number - 1, "time": at}
    return _("On working day %(n)s of the month at %(time)s") % {"n": number, "time": at}
