"""The six figures above the console: how the switchboard does since it opened."""

from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from itsm.core import durations, now

from .. import figures, judging
from . import clocks
from .seeing import Seat

TARGETS = {name: target for name, (target, _unit, _higher) in figures.TARGETS.items()}


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
    oldest, asa = found["oldest_at"], found["asa_seconds"]
    threshold = found["threshold_seconds"]
    since = durations.time_text(found["since"])
    name = _("Answered within %(time)s") % {"time": durations.exact(threshold)} if threshold else _("Answered in time")
    return [
        {
            "name": _("Waiting"), "value": str(found["waiting"]), "url": "/calls/#calls-queue",
            "oldest": clocks.waits(oldest, now()) if oldest else "", "note": "" if oldest else _("nobody waits"),
        },
        _share(name, "in_time", found["in_time_percent"], _("target %(n)s %%") % {"n": TARGETS["in_time"]}),
        {
            "name": _("Average time to answer"), "value": durations.exact(asa) or "—",
            **_judged("asa", asa, _("target %(time)s") % {"time": durations.exact(TARGETS["asa"])}),
        },
        _share(_("Given up"), "abandons", found["abandon_percent"], judging.abandons(found) + " · " + _("target %(n)s %%") % {"n": TARGETS["abandons"]}),
        {
            "name": _("To call back"), "value": str(found["call_backs"]), "url": "/calls/#calls-backs",
            "note": _backs(found), "tone": "red" if found["call_backs_late"] else "",
        },
        {
            "name": _("Calls since %(time)s") % {"time": since}, "value": str(found["calls"]),
            "note": " · ".join(filter(None, [_usual(found), judging.outside(found)])),
        },
    ]  # fmt: skip


def _share(name: str, what: str, value: float | None, note: str) -> dict:
    if value is None:
        return {"name": name, "value": "—", "unit": "", "note": note}
    places = 1 if what == "abandons" else 0
    text = number_format(round(value, places), use_l10n=True, decimal_pos=places)
    return {"name": name, "value": text, "unit": "%", **_judged(what, value, note)}


def _judged(what: str, value: float | None, note: str) -> dict:
    """The note with the word for what misses its target, in its colour; what is reached stays quiet."""
    grade = judging.grade(what, value)
    if grade in ("", "good"):
        return {"note": note, "tone": ""}
    return {"note": f"{judging.word(grade)} · {note}", "tone": judging.TONES[grade]}


def _usual(found: dict) -> str:
    usual = found["usual"]
    return "" if usual is None else _("usual %(day)s: %(n)s") % {"day": _weekday(found), "n": usual}


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
