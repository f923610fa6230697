"""The strip under the top bar: every agent sees that a major incident is open, on every page."""

import contextlib

from django.core.cache import cache
from django.utils.html import format_html

from itsm.core import durations, live, now
from itsm.core.panels import Panel, register
from itsm.people.scope import scope_of
from itsm.records import freshness
from itsm.records.models import Record

from .models import KIND

KEY, SECONDS, MOST = "majors-open", 60, 20


def open_majors(request, _subject) -> dict | None:
    """The newest open major incident that the reader may see, and how many more there are; None when all is calm."""
    if not request.user.is_authenticated or not scope_of(request.user).is_agent:
        return None
    ids = _known()
    if not ids:
        return None
    rows = Record.objects.in_desk_of(request.user).filter(pk__in=ids).active().order_by("-pk")
    found = list(rows.values("number", "title", "opened_at", "child_count"))
    if not found:
        return None
    first = found[0]
    return first | {
        "clock": format_html(
            '<span class="tnum" data-since="{}">{}</span>',
            first["opened_at"].isoformat(timespec="seconds"),
            durations.short(int((now() - first["opened_at"]).total_seconds())),
        ),
        "more": len(found) - 1,
    }


def _known() -> list[int]:
    """The ids for everybody, read once in each version of what is major."""
    version, found = live.look([freshness.MAJORS], "", keys=[KEY])
    kept = found.get(KEY)
    if kept and kept[0] == version:
        return kept[1]
    ids = _ids()
    with contextlib.suppress(Exception):  # right even if it cannot be kept
        cache.set(KEY, (version, ids), SECONDS)
    return ids


def _ids() -> list[int]:
    rows = Record.objects.filter(kind=KIND, major=True).active().order_by("-pk")
    return list(rows.values_list("pk", flat=True)[:MOST])


register(Panel("majors", "strip", "servicedesk/desk/_major_strip.html", open_majors))
