"""What comes in at `/hooks/cti/<token>/`: each message is one act on one call, and stays in the call's story.

An exchange waits for the answer with a caller on the line: all that is done here is the row of the call, its match and its
route, which come from memory and the cache. The same message may come any number of times and in any order.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core import now
from itsm.gateway import doors
from itsm.gateway.doors import Door, Made, Outcome, Rejected
from itsm.people.houses import related
from servicedesk.calls import numbers, presence, routes, services
from servicedesk.calls.models import Call, CallEvent, CallQueue, Exchange, Operator

from . import reading, replies
from .reading import Message

A_MINUTE = 12_000
SECONDS = 5
# An exchange whose clock stands elsewhere (0 for "not known" is 1970) is not believed: waits of fifty years spoil every figure.
LONGEST_AGO = timedelta(days=7)
# What a call's story holds of a message: what happened, not whose number it was.
TOLD = ("queue", "keys", "cause", "duration")


def handle(source, call: doors.Call) -> Outcome:
    """All messages of a body; the answer is that of the last one."""
    try:
        messages = reading.read(call.body, call.content_type)
    except reading.Unread as error:
        raise Rejected(error.message, status=422) from None
    received = call.received_at or now()
    found: dict[int, Call] = {}
    decision, row, unknown = routes.Decision(), None, []
    for message in messages:
        call.check_time()
        row, decision = take(source, message, received)
        if row is not None:
            found[row.pk] = row
        if not message.verb:
            unknown.append(message.said)
    made = tuple(Made("call", each.pk, each.number, each.get_absolute_url()) for each in found.values())
    reason = _("Kept, but not understood: %(events)s") % {"events": ", ".join(unknown)} if unknown else ""
    exchange = Exchange.objects.filter(source=source).only("reply").first()
    state = doors.IGNORED if unknown and len(unknown) == len(messages) else doors.ACCEPTED
    if exchange is not None and exchange.reply == Exchange.Reply.XML:
        answer = replies.as_xml(decision, row or Call(), call.url)
        return Outcome(state, reason, made, answer=answer, content_type="application/xml")
    return Outcome(state, reason, made, answer=replies.as_json(decision, row) if row is not None else {})


def take(source, message: Message, received: datetime) -> tuple[Call | None, routes.Decision]:
    """One message: the call that it is about, and what its exchange is answered."""
    at = min(message.at or received, received)
    at = at if received - at < LONGEST_AGO else received
    if not message.verb:
        row = Call.objects.filter(source=source, call_id=message.call_id).first()
        _tell(source, row, message, at)
        return row, routes.Decision()
    operator = operator_of(message, source.organisation_id)
    queue = queue_of(message.queue, source.organisation_id)
    row, decision = services.ring_decided(
        organisation=source.organisation, source=source, call_id=message.call_id, direction=message.direction, from_number=message.from_number,
        to_number=message.to_number, at=at, queue=queue, caller_name=message.name,
        operator=operator if message.verb == "ring" else None,
    )  # fmt: skip
    if queue is not None and row.queue_id != queue.pk:
        row = services.put_in_queue(row, queue=queue, at=at)
    if message.verb != "ring":
        row, decision = _act(row, message, at, operator, decision)
    _tell(source, row, message, at)
    return row, decision


def _act(
    row: Call, message: Message, at: datetime, operator: Operator | None, decision: routes.Decision
) -> tuple[Call, routes.Decision]:
    """A later event. Only a key that was pressed is answered with a route."""
    done = routes.Decision()
    if message.verb == "answer":
        return services.answer(row, operator=operator, at=at), done
    if message.verb == "hangup":
        return services.hang_up(row, cause=message.cause, at=at, talk_seconds=message.duration), done
    if message.verb == "voicemail":
        return services.leave_message(row, at=at), done
    if message.verb == "hold":
        return services.hold(row, at=at), done
    if message.verb == "resume":
        return services.resume(row, at=at), done
    if message.verb == "key":
        return services.press(row, message.keys, at=at)
    if message.verb == "transfer" and operator is not None:
        return services.moved_to(row, operator=operator, at=at), done
    return row, done


def operator_of(message: Message, organisation_id: int) -> Operator | None:
    """The one operator that the message names: by extension, login or telephone number."""
    said = message.users if message.verb == "ring" else (message.answered_by or message.users)
    if message.verb == "answer" and not said:
        said = (message.to_number,)
    names = {numbers.repaired(each) for each in said} - {""}
    if not names:
        return None
    full = {numbers.clean(each, organisation_id=organisation_id) for each in names}
    lower = {each.lower() for each in names}
    return presence.named(
        Q(extension__in=names) | Q(person__username__in=lower | names) | Q(person__phone__in=full) | Q(person__mobile__in=full), organisation_id
    )  # fmt: skip


def queue_of(name: str, organisation_id: int) -> CallQueue | None:
    """The queue that an exchange names, by its code or its name."""
    if not name:
        return None
    rows = CallQueue.objects.filter(Q(code__iexact=name) | Q(name_fr__iexact=name) | Q(name_en__iexact=name))
    return rows.filter(is_active=True, organisation_id__in=related(organisation_id)).order_by("position", "pk").first()


def _tell(source, row: Call | None, message: Message, at: datetime) -> None:
    """Into the story, once however often it is said. What is not understood is kept as it came."""
    facts = {name: value for name in TOLD if (value := getattr(message, name)) not in ("", None)}
    if not message.verb:
        facts = message.raw
    elif message.verb in ("answer", "transfer") and row is not None and row.operator_id:
        facts["operator"] = row.operator_id
    same = CallEvent.objects.filter(call=row, event=message.verb or message.said, facts=facts)
    if row is not None and message.verb != "key" and same.exists():
        return
    CallEvent.objects.create(
        source=source, call=row, key=message.call_id, event=message.verb or message.said, understood=bool(message.verb), at=at, facts=facts
    )  # fmt: skip


DOOR = Door(
    "cti", gettext_lazy("Telephone exchange (CTI)"), handle, rate_per_minute=A_MINUTE, seconds=SECONDS, takes_up=True, busy=503,
)  # fmt: skip


def register() -> None:
    """Open it."""
    doors.register(DOOR)
