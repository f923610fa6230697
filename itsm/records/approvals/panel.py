"""The approvals on the page of a record."""

from itsm.core.panels import Panel, register
from itsm.people.scope import scope_of

from ..models import Approval
from . import access, showing


def of_record(request, record) -> dict | None:
    """What was asked and said, by stage, and the questions that wait for the reader; None where nothing was asked."""
    found = showing.blocks(record)
    if not found:
        return None
    mine = Approval.objects.answerable_by(request.user).filter(record_id=record.pk).order_by("pk").first()
    return {"blocks": found, "mine": mine}


def of_portal(request, user) -> dict | None:
    """How many questions wait for the person; None while none does."""
    count = access.waiting(scope_of(user), 100)
    return {"count": count} if count else None


register(Panel("approvals-waiting", "portal", "records/approvals/_waiting.html", of_portal, order=5))
register(Panel("approvals", "record", "records/approvals/_panel.html", of_record, order=10))
