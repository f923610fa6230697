"""What was ordered, for whoever approves it: on the page of the question and behind the link of its mail."""

from itsm.core.panels import Panel, register

from . import showing
from .models import KIND, Request


def of_question(_request, record) -> dict | None:
    """The order in words; None for records of other processes."""
    if record.kind != KIND:
        return None
    return {"order": showing.order(Request.objects.get(pk=record.pk))}


register(Panel("request-to-approve", "approval", "servicedesk/requests/_question.html", of_question))
