"""Holds, many at once: a parent takes its children along, and brings them back when the act is taken back."""

from django.utils.translation import gettext as _

from itsm.records.models import Phase, Record

from ..desk.desks import desk_of
from .models import BulkRun


def with_parent(run: BulkRun, ticket: Record) -> dict | None:
    """The line of a chosen child that waits already, because this run just held its parent."""
    if run.act != "hold" or ticket.phase != Phase.WAITING:
        return None
    for row in run.rows:
        if row["ok"] and [ticket.pk, ticket.version] in row["before"].get("children", []):
            said = _("It waits with %(number)s.") % {"number": row["number"]}
            return {"before": {"with": row["number"]}, "version": ticket.version, "message": said}
    return None


def is_back(ticket: Record, before: dict) -> bool:
    """Did a chosen child come back with its parent a moment ago?"""
    return "with" in before and ticket.phase != Phase.WAITING


def take_back(ticket: Record, actor, before: dict) -> dict:
    """Resume what was held, and what was held with it; says which of these others have touched."""
    children = dict(before.get("children", []))
    left = desk_of(ticket).services.take_hold_back(ticket.pk, actor=actor, version=ticket.version, children=children)
    if not left:
        return {}
    return {"message": _("Changed since, and still on hold: %(numbers)s.") % {"numbers": ", ".join(left)}}
