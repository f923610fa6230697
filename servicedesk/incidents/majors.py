"""The strip under the top bar: every agent sees that a major incident is open, on every page."""

from itsm.core import durations, now
from itsm.core.panels import Panel, register
from itsm.core.recent import recent
from itsm.people.scope import scope_of
from itsm.records.models import Record

from .models import KIND

SECONDS, MOST = 10, 20


def open_majors(request, _subject) -> dict | None:
    """The newest open major incident that the reader may see, and how many more there are; None when all is calm."""
    if not request.user.is_authenticated or not scope_of(request.user).is_agent:
        return None
    ids = recent("majors-open", SECONDS, _ids)
    if not ids:
        return None
    rows = Record.objects.in_desk_of(request.user).filter(pk__in=ids).active().order_by("-pk")
    found = list(rows.values("number", "title", "opened_at", "child_count"))
    if not found:
        return None
    first = found[0]
    return first | {
        "running": durations.short(int((now() - first["opened_at"]).total_seconds())),
        "more": len(found) - 1,
    }


def _ids() -> list[int]:
    rows = Record.objects.filter(kind=KIND, major=True).active().order_by("-pk")
    return list(rows.values_list("pk", flat=True)[:MOST])


register(Panel("majors", "strip", "servicedesk/incidents/_major_strip.html", open_majors))
