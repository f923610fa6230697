"""What the wall shows: each figure with what is good, in colour and in a word, for people who read it from five metres."""

import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from itsm.core import durations, now, tones, versions
from itsm.people.scope import scope_of

from ...majors import opened
from .. import figures, judging
from ..console import clocks
from ..models import CallQueue, Operator

SECONDS = 15
TARGETS = figures.TARGETS
MAJORS = 2
STATES = {
    "in_call": ("green", "phone-call"), "wrap_up": ("amber", "writing"), "ringing": ("blue", "phone-incoming"), "available": ("blue", "check"),
    "pause": ("grey", "coffee"), "away": ("grey", "logout"),
}  # fmt: skip


def chosen(user, codes: list[str]) -> list[CallQueue] | None:
    """The queues that an address names; None for all. A queue that the reader may not see does not exist."""
    if not codes:
        return None
    found = list(CallQueue.objects.visible_to(user).filter(code__in=codes, is_active=True).order_by("position", "pk"))
    if len(found) != len(set(codes)):
        raise Http404
    return found


def version(user, shown: list[CallQueue] | None) -> str:
    """Of what this reader sees now, in this quarter of a minute: one read."""
    stamp = versions.several([figures.VERSION])
    scope = scope_of(user)
    ids = None if shown is None else [queue.pk for queue in shown]
    parts = (stamp, ids, scope.user_id, scope.organisations, sorted(scope.permissions), get_language())
    return hashlib.sha256(repr((parts, int(now().timestamp()) // SECONDS)).encode()).hexdigest()[:16]


def context(user, shown: list[CallQueue] | None, token: str) -> dict[str, Any]:
    """Everything that the templates ask for."""
    found = figures.live(user, None if shown is None else [queue.pk for queue in shown])
    at = found["at"]
    return {
        "title": " · ".join(queue.name for queue in shown) if shown else _("Switchboard"), "hours": _hours(found), "at": at,
        "tiles": _tiles(found, at), "rows": _rows(found, at),
        "operators": _operators(found), "majors": opened.open_for(user)[:MAJORS], "version": token,
        "kept": urlencode([("queue", queue.code) for queue in shown or ()]), "empty": not found["queues"],
    }  # fmt: skip


def _hours(found: dict) -> str:
    if not found["opens_at"]:
        return ""
    return _("%(from)s to %(to)s") % {
        "from": durations.time_text(found["opens_at"]), "to": durations.time_text(found["closes_at"])
    }  # fmt: skip


def _tiles(found: dict, at: datetime) -> list[dict]:
    threshold = found["threshold_seconds"]
    within = (
        _("Answered within %(time)s") % {"time": durations.exact(threshold)} if threshold else _("Answered in time")
    )
    waiting = _waiting(found)
    return [
        {
            "label": _("Waiting"), "value": str(found["waiting"]), **waiting,
            "clock": clocks.runs(found["oldest_at"], at) if found["oldest_at"] else "",
        },
        _judged(within, found["in_time_percent"], "in_time", _percent(found["in_time_percent"])),
        _judged(_("Average time to answer"), found["asa_seconds"], "asa", durations.exact(found["asa_seconds"]) or "—"),
        _judged(_("Given up"), found["abandon_percent"], "abandons", _percent(found["abandon_percent"], 1))
        | {"more": judging.abandons(found)},
        {"label": _("To call back"), "value": str(found["call_backs"]), **_call_backs(found)},
        {
            "label": _("Calls since %(time)s") % {"time": durations.time_text(found["since"])}, "value": _number(found["calls"]), **_calls(found),
        },
    ]  # fmt: skip


def _tone(tone: str, icon: str, word: str) -> dict:
    return {"tone": tone, "icon": icon, "word": word}


def _waiting(found: dict) -> dict:
    oldest = found["oldest_seconds"]
    if oldest is None:
        return _tone("green", "circle-check", _("nobody waits"))
    words = {
        "green": pgettext("wait", "short wait"),
        "amber": pgettext("wait", "long wait"),
        "red": pgettext("wait", "much too long"),
    }
    tone = clocks.tone(oldest)
    return _tone(tone, {"green": "clock", "amber": "alert-triangle", "red": "alert-octagon"}[tone], words[tone])


def _number(value: float, places: int = 0) -> str:
    return number_format(round(value, places), places, use_l10n=True, force_grouping=True)


def _percent(value: float | None, places: int = 0) -> str:
    return "—" if value is None else _("%(number)s %%") % {"number": _number(value, places)}


def _judged(label: str, value: float | None, name: str, text: str) -> dict:
    """A figure against its target."""
    target, unit, higher = TARGETS[name]
    goal = f"{'≥' if higher else '≤'} {durations.exact(target) if unit == 's' else f'{target} {unit}'}"
    found = {"label": label, "value": text, "more": _("target %(goal)s") % {"goal": goal}}
    grade = judging.grade(name, value)
    if not grade:
        return found | _tone("grey", "minus", _("no call yet"))
    tone, icon = tones.KPI[grade]
    return found | _tone(tone, icon, judging.word(grade))


def _call_backs(found: dict) -> dict:
    late, soon = found["call_backs_late"], found["call_backs_soon"] - found["call_backs_late"]
    if late:
        return _tone("red", "alert-octagon", ngettext("%(n)s late", "%(n)s late", late) % {"n": late})
    if soon > 0:
        words = _("%(n)s before %(time)s") % {"n": soon, "time": durations.time_text(found["soon_at"])}
        return _tone("amber", "clock", words)
    return _tone("green", "circle-check", _("none is late"))


def _calls(found: dict) -> dict:
    usual, outside = found["usual"], judging.outside(found)
    if usual is None:
        return _tone("grey", "phone", "") | {"more": outside}
    more = {"more": " · ".join(filter(None, [_("usual on this day: %(n)s") % {"n": _number(usual)}, outside]))}
    words = {
        "busy": _("more than usual"),
        "more": _("more than usual"),
        "usual": _("as usual"),
        "fewer": _("fewer than usual"),
    }
    how = judging.busyness(found["calls"], usual)
    tone, icon = {"busy": ("amber", "trending-up"), "more": ("grey", "trending-up")}.get(how, ("grey", "phone"))
    return more | _tone(tone, icon, words.get(how, ""))


def _rows(found: dict, at: datetime) -> list[dict]:
    """The queues, and a line for the calls outside them, so that they sum up to the whole."""
    queues, other = found["queues"], found["elsewhere"]
    if len(queues) < 2:
        return []
    more = [other | {"name": _("Outside the queues"), "language": ""}] if other["calls"] or other["waiting"] else []
    return [_row(row, at) for row in [*queues, *more]]


def _row(row: dict, at: datetime) -> dict:
    tone = clocks.tone(row["oldest_seconds"]) if row["oldest_seconds"] is not None else ""
    return {
        "name": row["name"], "language": row["language"], "waiting": row["waiting"], "tone": tone, "calls": _number(row["calls"]),
        "oldest": clocks.runs(row["oldest_at"], at) if row["oldest_at"] else "", "in_time": _percent(row["in_time_percent"]),
        "asa": durations.exact(row["asa_seconds"]) or "—", "given_up": _percent(row["abandon_percent"], 1),
    }  # fmt: skip


def _operators(found: dict) -> dict:
    labels = dict(Operator.State.choices)
    counts = found["operators"]
    return {
        "states": [
            {"label": labels[name], "n": counts[name], "tone": tone, "icon": icon} for name, (tone, icon) in STATES.items() if counts[name]
        ],
        "on_duty": found["operators_on_duty"], "all": found["operators_all"], "busy": _percent(found["occupancy_percent"]),
        "tight": (found["occupancy_percent"] or 0) > TARGETS["occupancy"][0],
    }  # fmt: skip
