"""What other programs are told of calls: that one began, was answered, is over. Numbers go out masked; who may read them whole
reads the call over REST.

Exchanges tell many events a second: a fact that no webhook wants is not written.
"""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from itsm.gateway.record_rows import logins_of
from itsm.gateway.webhooks import events, queueing
from itsm.notify import outbox
from itsm.notify.outbox import Fact, consumer
from itsm.people.directory import directory

from . import hooks, numbers
from .models import Call
from .models.calls import State

FAMILY = events.Family("call", _("Calls"), {
    "call.started": _("A call begins"), "call.answered": _("A call is answered"), "call.transferred": _("A call is transferred"),
    "call.ended": _("A call that was answered, or that the menu took, is over"),
    "call.abandoned": _("A caller gives up before anybody answers"), "call.missed": _("A call could not be put through, or nobody was there"),
    "call.call_back_owed": _("A caller is to be called back"), "call.wrapped_up": _("It is said what came of a call"),
})  # fmt: skip
EVENTS = {
    "rang": "started", "dialled": "started", "answered": "answered", "transferred": "transferred", "call_back_owed": "call_back_owed",
    "wrapped_up": "wrapped_up",
}  # fmt: skip
PLAIN = (
    "number", "call_id", "direction", "state", "language", "vip", "in_hours", "started_at", "queued_at", "answered_at", "ended_at",
    "wait_seconds", "talk_seconds", "hold_seconds", "wrap_up_seconds", "cause", "handled_by", "transfers", "version",
)  # fmt: skip


def event_of(call: Call, verb: str) -> str:
    """The event that a move is told as; empty for those that are nobody's business. A call ends by one of three."""
    if verb == "ended":
        return "call." + {State.ABANDONED: "abandoned", State.MISSED: "missed"}.get(State(call.state), "ended")
    return f"call.{EVENTS[verb]}" if verb in EVENTS else ""


def moved(call: Call, verb: str) -> None:
    """Write the fact, where a webhook wants it."""
    event = event_of(call, verb)
    if event and events.is_wanted(event):
        outbox.put(event, payload={"call": call.pk, "state": call.state})


@consumer("webhooks of calls", "call.*")
def tell(fact: Fact) -> None:
    """Queue it for those who want it."""
    call = (
        Call.objects.select_related("queue", "operator", "wrap_up_code", "major")
        .filter(pk=fact.payload.get("call"))
        .first()
    )
    if call is not None:
        queueing.offer(
            fact, organisation_id=call.organisation_id, subject=call.number, data=lambda: described(call, fact)
        )


def described(call: Call, fact: Fact) -> dict:
    """The call as it stands when the message is made, but for the state, which is the one of the moment that is told."""
    book = directory.get()
    organisation, site = book.organisations.get(call.organisation_id), book.sites.get(call.site_id)
    logins = logins_of([call.caller_id, call.operator.person_id if call.operator else None])
    url = f"{settings.PUBLIC_URL}{call.get_absolute_url()}"
    return {
        "call": {name: getattr(call, name) for name in PLAIN} | {
            "state": fact.payload.get("state", call.state), "from": numbers.masked(call.from_number), "to": numbers.masked(call.to_number),
            "organisation": organisation.code if organisation else None, "site": site.code if site else None,
            "queue": call.queue.code if call.queue else None, "caller": logins.get(call.caller_id),
            "operator": logins.get(call.operator.person_id) if call.operator else None,
            "wrap_up_code": call.wrap_up_code.code if call.wrap_up_code else None, "major": call.major.number if call.major else None,
        },
        "links": {"call": url, "api": f"{settings.PUBLIC_URL}/api/v1/calls/{call.number}/"},
    }  # fmt: skip


events.add(FAMILY)
hooks.ON_MOVE.append(moved)
