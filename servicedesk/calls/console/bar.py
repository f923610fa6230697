"""The operator in the top bar of every page: what they do and since when, and the call that rings at them, wherever they are.

What is drawn is kept under the version of calls: a page, and each of its polls while nothing changed, costs one read of Redis.
"""

import hashlib
from typing import Any

from django.core.cache import cache
from django.utils.translation import get_language

from itsm.core import now, versions
from itsm.core.panels import Panel, register
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ..models import Call, Operator, PauseReason
from . import clocks, names, operators
from .seeing import operator_row

PAGE = "servicedesk/calls/console/"
TOPIC, SECONDS = "calls", 300
WHOLE = ("caller", "queue", "site")
TONES = {
    "available": "green",
    "ringing": "green",
    "in_call": "blue",
    "wrap_up": "amber",
    "pause": "grey",
    "away": "grey",
}


def look(user) -> tuple[str, dict[str, Any] | None]:
    """The version, and what the bar shows of this person; None for who is no operator."""
    key = f"operator-bar:{user.pk}:{get_language()}"
    version, kept = versions.look(TOPIC, key)
    if not kept or kept[0] != version:
        kept = (version, facts(user, operator_row(user)))
        try:
            cache.set(key, kept, SECONDS)
        except Exception:  # noqa: S110 - right even if it cannot be kept
            pass
    return version, kept[1]


def facts(user, operator: Operator | None) -> dict[str, Any] | None:
    """What the bar shows, as plain values."""
    if operator is None or not scope_of(user).may("calls.take"):
        return None
    reasons = PauseReason.objects.filter(is_active=True).order_by("position", "code")
    found = {
        "state": operator.state, "word": operators.word(operator.state), "tone": TONES[operator.state], "since": operator.since,
        "extension": operator.extension, "reason": operator.pause_reason.name if operator.pause_reason else "",
        "until": operator.until, "next": operators.word(operator.next_state) if operator.next_state else "",
        "reasons": [(reason.code, reason.name) for reason in reasons], "rings": _rings(operator), "call": _call(operator),
    }  # fmt: skip
    return found | {"sum": hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()[:12]}


def _call(operator: Operator) -> str:
    return operator.call.number if operator.call_id and operator.state in ("in_call", "wrap_up") else ""


def _rings(operator: Operator) -> dict[str, Any] | None:
    """The call that rings at this operator, and at nobody else."""
    if operator.state != Operator.State.RINGING or not operator.call_id:
        return None
    call = Call.objects.select_related(*WHOLE).filter(pk=operator.call_id, operator=operator).first()
    if call is None:
        return None
    shown, sites = names.of(call), directory.get().sites
    return {
        "number": call.number, "name": shown.name, "phone": shown.number, "vip": call.vip, "queue": call.queue.name if call.queue else "",
        "known": call.caller_id is not None, "site": sites[call.site_id].name if call.site_id in sites else "",
        "since": call.queued_at or call.started_at, "rung": call.rung_at or call.queued_at or call.started_at, "note": call.note,
    }  # fmt: skip


def clocked(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """With the seconds that run, as they are now."""
    if found is None:
        return None
    at = now()
    clock = "" if found["state"] == "away" else clocks.runs(found["since"], at)
    rings = dict(found["rings"]) if found["rings"] else None
    if rings:
        rings |= {"clock": clocks.runs(rings["rung"], at), "wait": clocks.waits(rings["since"], at)}
    return found | {"clock": clock, "rings": rings}


def on_page(request, _subject) -> dict | None:
    """The bar of a page; nothing for who may not take calls, or is no operator."""
    if not request.user.is_authenticated or not scope_of(request.user).may("calls.take"):
        return None
    version, found = look(request.user)
    if found is None:
        return None
    return {"bar": clocked(found), "version": version, "on_console": request.path == "/calls/"}


register(Panel("presence", "presence", PAGE + "_bar_panel.html", on_page))
