"""The six figures above the console: how the switchboard does since it opened."""

from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from itsm.core import durations, now

from .. import figures
from . import clocks
from .seeing import Seat

TARGETS = {"in_time": 80, "asa": 30, "abandons": 7}


def of(seat: Seat) -> dict:
    """The figures of the queues that the page is about, read once for a page."""
    if seat.figures is None:
        some = seat.chosen or not seat.manages
        seat.figures = figures.live(seat.user, [queue.pk for queue in seat.looked_at] if some else None)
    return seat.figures


def tiles(seat: Seat) -> dict:
    """The tiles, when the queues are open today, and how busy the operators are."""
    found = of(seat)
    return {"tiles": _tiles(found), "hours": _hours(found), "occupancy": found["occupancy_percent"], "figures": found}


def _hours(found: dict) -> str:
    if not found["opens_at"]:
        return ""
    return _("%(from)s to %(until)s") % {
        "from": durations.time_text(found["opens_at"]), "until": durations.time_text(found["closes_at"]),
    }  # fmt: skip


def _tiles(found: dict) -> list[dict]:
    oldest, asa, usual = found["oldest_at"], found["asa_seconds"], found["usual"]
    threshold = found["threshold_seconds"]
    since = durations.time_text(found["since"])
    name = _("Answered within %(time)s") % {"time": durations.exact(threshold)} if threshold else _("Answered in time")
    return [
        {
            "name": _("Waiting"), "value": str(found["waiting"]), "url": "/calls/#calls-queue",
            "oldest": clocks.waits(oldest, now()) if oldest else "", "note": "" if oldest else _("nobody waits"),
        },
        _share(name, found["in_time_percent"], _("target %(n)s %%") % {"n": TARGETS["in_time"]}, TARGETS["in_time"], above=True),
        {
            "name": _("Average time to answer"), "value": durations.exact(asa) or "—",
            "note": _("target %(time)s") % {"time": durations.exact(TARGETS["asa"])}, "tone": "" if asa is None or asa <= TARGETS["asa"] else "red",
        },
        _share(
            _("Given up"), found["abandon_percent"],
            _("target %(n)s %%") % {"n": TARGETS["abandons"]}
            + " · " + _("%(n)s of %(all)s") % {"n": found["abandoned"], "all": found["received"]},
            TARGETS["abandons"], above=False,
        ),
        {
            "name": _("To call back"), "value": str(found["call_backs"]), "url": "/calls/#calls-backs",
            "note": _backs(found), "tone": "red" if found["call_backs_late"] else "",
        },
        {
            "name": _("Calls since %(time)s") % {"time": since}, "value": str(found["calls"]),
            "note": _("usual %(day)s: %(n)s") % {"day": _weekday(found), "n": usual} if usual is not None else "",
        },
    ]  # fmt: skip


def _share(name: str, value: float | None, note: str, target: int, *, above: bool) -> dict:
    if value is None:
        return {"name": name, "value": "—", "unit": "", "note": note}
    missed = value < target if above else value > target
    text = number_format(round(value, 0 if above else 1), use_l10n=True, decimal_pos=0 if above else 1)
    return {"name": name, "value": text, "unit": "%", "note": note, "tone": "red" if missed else ""}


def _backs(found: dict) -> str:
    late, soon = found["call_backs_late"], found["call_backs_soon"] - found["call_backs_late"]
    if late:
        return ngettext("%(n)s is late", "%(n)s are late", late) % {"n": late}
    if soon > 0:
        return _("%(n)s before %(time)s") % {"n": soon, "time": durations.time_text(found["soon_at"])}
    return ""


def _weekday(found: dict) -> str:
    name = durations.weekday_name(found["since"]) if found["since"] else ""
    return name if (get_language() or "").startswith("en") else name.lower()
