"""Calls beside a record and beside a person; where `/r/CAL…` leads; the tab of the list."""

from django.utils.translation import gettext_lazy as _

from itsm.core.panels import Panel, register
from itsm.people.scope import scope_of
from itsm.records.numbering import register_address

from .. import tabs
from ..models import PREFIX, Call, CallLink
from . import listing

MOST = 5


def of_record(request, record) -> dict | None:
    """The calls about a record, for whoever works it; without rights to the switchboard numbers show their end only."""
    if not scope_of(request.user).is_agent:
        return None
    calls = Call.objects.filter(pk__in=CallLink.objects.filter(record_id=record.pk).values("call_id"))
    rows = list(calls.order_by("-id").values(*listing.TOLD)[: MOST + 1])
    return _context(request, rows, f"?record={record.number}") if rows else None


def of_person(request, person) -> dict | None:
    """The last calls of a person, for the switchboard's own people."""
    rows = list(
        Call.objects.visible_to(request.user).filter(caller=person).order_by("-id").values(*listing.TOLD)[: MOST + 1]
    )
    return _context(request, rows, f"?caller={person.username}") if rows else None


def _context(request, rows: list[dict], query: str) -> dict:
    scope = scope_of(request.user)
    opens = scope.may("calls.take") or scope.may("calls.manage")
    return {
        "rows": listing.described(rows[:MOST], request.user), "more": len(rows) > MOST, "query": query, "opens": opens,
    }  # fmt: skip


def address(user, number: str) -> str | None:
    """Where `/r/CAL…` leads for this reader; None when they may not see it."""
    found = Call.objects.visible_to(user).filter(number=number).first()
    return found.get_absolute_url() if found else None


register(Panel("calls-of-record", "around", "servicedesk/calls/book/_panel.html", of_record, order=30))
register(Panel("calls-of-person", "person", "servicedesk/calls/book/_panel.html", of_person, order=30))
register_address(PREFIX, address)
tabs.add("list", _("All calls"), "call_book:calls", "calls.take", 40)
