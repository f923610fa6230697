"""The strip under the top bar: every agent sees that a major incident is open, on every page."""

from django.utils.html import format_html

from itsm.core import durations, now
from itsm.core.panels import Panel, register
from itsm.people.scope import scope_of
from itsm.records.models import Record

from ..majors import opened


def open_majors(request, _subject) -> dict | None:
    """The newest open major incident that the reader may see, and how many more there are; None when all is calm."""
    if not request.user.is_authenticated or not scope_of(request.user).is_agent:
        return None
    found = opened.open_for(request.user)
    if found:  # rights are asked anew on every page, whatever is kept
        rows = Record.objects.in_desk_of(request.user).filter(pk__in=[each["record"] for each in found]).active()
        seen = set(rows.values_list("pk", flat=True))
        found = [each for each in found if each["record"] in seen]
    if not found:
        return None
    first, at = found[0], now()
    due = first["next_update_at"]
    return first | {
        "clock": format_html(
            '<span class="tnum" data-since="{}">{}</span>',
            first["opened_at"].isoformat(timespec="seconds"),
            durations.short(int((at - first["opened_at"]).total_seconds())),
        ),
        "due": durations.near(due, at) if due else "", "late": bool(due and due <= at), "more": len(found) - 1,
    }  # fmt: skip


register(Panel("majors", "strip", "servicedesk/incidents/_major_strip.html", open_majors))


def on_status(request, person) -> dict | None:
    """What users are told, above the services; None while nobody wrote anything."""
    found = opened.told_to(person)
    return {"majors": found} if found else None


register(Panel("majors-told", "status", "servicedesk/majors/_status.html", on_status))
