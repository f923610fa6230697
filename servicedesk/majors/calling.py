"""What calls mean for major incidents: a caller is put on the list; a ticket that a call is about may become one."""

from itsm.notify import outbox
from itsm.records import freshness

from ..calls import hooks
from ..calls.models import Call, CallLink
from . import services
from .models import MajorCaller, MajorIncident, MajorState


def register(call: Call, record, actor) -> None:
    """The caller of a call is concerned by a major incident. An exchange that registers them by itself is never refused."""
    major = MajorIncident.objects.select_related("record").filter(record=record).first()
    nameless = call.caller_id is None and not call.party
    closed = major is None or major.state not in (MajorState.OPEN, MajorState.PROPOSED)
    if nameless or (actor is None and closed and not record.major):
        freshness.tell(record, major=True)  # counted all the same
        return
    how = MajorCaller.How.CALL if actor is not None else MajorCaller.How.KEY
    services.register_caller(record, call=call, number=call.party, how=how, actor=actor)


def heard(call: Call, verb: str) -> None:
    """A call has been tied to a ticket: the rules look at it."""
    if verb != "attached":
        return
    record = CallLink.objects.filter(call=call).order_by("-id").values_list("record_id", flat=True).first()
    if record:
        outbox.put("call.attached", record=record, payload={"record": record})


hooks.ON_MAJOR.append(register)
hooks.ON_MOVE.append(heard)
