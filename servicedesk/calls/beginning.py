"""How a call begins: it rings, is recognised, and goes where the switchboard says."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from itsm.core import now
from itsm.records.numbering import next_number

from . import attaching, audited, ending, hooks, locking, matching, numbers, presence, refusals, ringing, routes
from .models import PREFIX, Call, CallQueue, Operator
from .models.calls import Direction, State
from .switchboard import deciding

S = Operator.State
# "t": the time for a key has run out.
PRESSED = "0123456789*#ABCDtT"


@transaction.atomic
def ring(
    *, organisation, from_number: str, to_number: str, call_id: str = "", source=None, direction: str = "in", at: datetime | None = None, queue=None,
    decision: routes.Decision | None = None, operator: Operator | None = None, caller_name: str = "",
) -> Call:  # fmt: skip
    """A call begins, or is heard of again: one row for one id of one source. Where it goes is decided once."""
    call, _decision = ring_decided(
        organisation=organisation, from_number=from_number, to_number=to_number, call_id=call_id, source=source, direction=direction,
        at=at, queue=queue, decision=decision, operator=operator, caller_name=caller_name,
    )  # fmt: skip
    return call


@transaction.atomic
def ring_decided(
    *, organisation, from_number: str, to_number: str, call_id: str = "", source=None, direction: str = "in", at: datetime | None = None, queue=None,
    decision: routes.Decision | None = None, operator: Operator | None = None, caller_name: str = "",
) -> tuple[Call, routes.Decision]:  # fmt: skip
    """`ring`, with what the exchange is to be answered: the same each time that it asks."""
    at = min(at or now(), now())
    told = {
        "from_number": numbers.clean(from_number, organisation_id=organisation.pk),
        "to_number": numbers.clean(to_number, organisation_id=organisation.pk), "caller_name": caller_name.strip()[:120],
    }  # fmt: skip
    call = _known(source, call_id, told, direction)
    is_new = call is None
    if call is None:
        call, is_new = _made(organisation, source, call_id, direction, at, told)
    routed = bool(call.to_number) and not is_new
    changed = is_new or _learn(call, told, at)
    asked = routes.Asked(
        organisation.pk, call.from_number, call.to_number, call.started_at, call.caller_id, call.vip, tuple(call.pressed), call.site_id
    )  # fmt: skip
    if call.direction == Direction.OUT:
        decision = decision or routes.Decision()
    else:
        decision = decision or deciding.decide(asked)
        if not routed:
            changed = True
            _follow(call, decision, queue, call.started_at)
        elif queue is not None and call.queue_id is None:
            changed = True
            _wait_in(call, queue, call.started_at)
    if operator is not None and call.operator_id != operator.pk and call.state in ending.WAITS:
        if call.operator_id and call.rung_at:
            ringing.let_go(call, at)
        changed = ringing.ring(call, operator, at) or changed
    if changed:
        ending.end_again(call)
        ending.keep(call, at)
    if changed and call.state in ending.WAITS:
        ringing.offer(call, at)
    if is_new:
        hooks.moved(call, "rang")
    return call, decision


def _known(source, call_id: str, told: dict, direction: str) -> Call | None:
    if source is None or not call_id:
        return None
    rows = Call.objects.locked().select_related("queue", "organisation")
    found = rows.filter(source=source, call_id=call_id).first()
    if found is None and direction == Direction.OUT:
        # What we have ordered from this exchange comes back under an id of its own.
        ordered = rows.filter(source=source, call_id="", direction=direction, state=State.RINGING)
        found = ordered.filter(to_number=told["to_number"]).order_by("-id").first() if told["to_number"] else None
        if found is not None:
            found.call_id = call_id
    return found


def _made(organisation, source, call_id: str, direction: str, at: datetime, told: dict) -> tuple[Call, bool]:
    call = Call(
        number=next_number(PREFIX), organisation=organisation, source=source, call_id=call_id[:200], direction=direction, started_at=at,
        language=organisation.language, **told,
    )  # fmt: skip
    matching.recognise(call)
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:
        # Another process has heard of it in the same moment.
        found = _known(source, call_id, told, direction)
        if found is None:
            raise
        return found, False
    return call, True


def _learn(call: Call, told: dict, at: datetime) -> bool:
    """Fill what was not known yet; an earlier instant is when it began."""
    before = (call.call_id, call.started_at, call.from_number, call.to_number, call.caller_name)
    ending.begin_by(call, at)
    for name, value in told.items():
        if value and not getattr(call, name):
            setattr(call, name, value)
    if call.from_number != before[2] or call.to_number != before[3]:
        matching.recognise(call)
    return before != (call.call_id, call.started_at, call.from_number, call.to_number, call.caller_name)


def _follow(call: Call, decision: routes.Decision, queue: CallQueue | None, at: datetime) -> None:
    """What the switchboard has decided, as far as the call has not gone further already. The wait begins then, not in the menu."""
    call.menu_path = [str(step) for step in decision.because][:50]
    call.in_hours = decision.in_hours
    call.through_menu = call.through_menu or decision.through_menu
    call.language = decision.language or call.language
    call.service_id, call.category_id = decision.service_id, decision.category_id
    if queue is None and decision.queue_id:
        queue = CallQueue.objects.filter(pk=decision.queue_id, is_active=True).first()
    if queue is not None and decision.action not in ("reject", "call_back", "voicemail", "register"):
        _wait_in(call, queue, at)
    elif queue is not None:
        call.queue = queue
    if decision.action == "voicemail":
        call.cause = call.cause or ending.VOICEMAIL
    if decision.action in ("reject", "call_back", "register"):
        call.handled_by = Call.Handled.MENU
    if decision.action == "reject":
        call.cause = call.cause or "rejected"
        call.ended_at = call.ended_at or at
    if decision.action == "call_back":
        call.call_back_at = call.call_back_at or at
        call.ended_at = call.ended_at or at
    if decision.action == "register" and decision.major_id:
        attaching.register(call, decision.major_id, None)
    if decision.action == "dial" and decision.number and call.state in ending.WAITS:
        found = presence.named(Q(extension=decision.number), call.organisation_id)
        if found is not None:
            ringing.ring(call, found, at)


def _wait_in(call: Call, queue: CallQueue, at: datetime) -> None:
    call.queue = queue
    call.queued_at = call.queued_at or at
    waits = queue.max_wait_seconds if queue.overflow != CallQueue.Overflow.NONE else None
    call.overflow_at = at + timedelta(seconds=waits) if waits else None
    if call.state == State.RINGING and not call.ended_at:
        call.state = State.QUEUED


@transaction.atomic
def press(call: Call, keys: str, *, at: datetime | None = None) -> tuple[Call, routes.Decision]:
    """The caller has pressed keys in the menu: where the call goes now."""
    call, at = locking.locked(call), at or now()
    call.pressed = [*call.pressed, *("" if key in "tT" else key for key in keys if key in PRESSED)][:50]
    asked = routes.Asked(
        call.organisation_id, call.from_number, call.to_number, call.started_at, call.caller_id, call.vip, tuple(call.pressed), call.site_id
    )  # fmt: skip
    decision = deciding.decide(asked)
    if call.state == State.RINGING and not call.answered_at:
        _follow(call, decision, None, max(at, call.started_at))
        ending.end_again(call)
        ending.keep(call, at)
        ringing.offer(call, at)
    else:
        ending.keep(call, at)
    return call, decision


@transaction.atomic
def put_in_queue(call: Call, *, queue: CallQueue, at: datetime | None = None, actor=None) -> Call:
    """The caller waits in this queue from now on; the wait goes on counting from the first one."""
    call, at = locking.locked(call), at or now()
    if call.state not in ending.WAITS:
        if actor is not None:
            raise refusals.illegal(call)
        return call
    ringing.let_go(call, at)
    _wait_in(call, queue, at)
    ending.keep(call, at)
    ringing.offer(call, at)
    return audited.done(call, "queued", actor, queue=queue.code)
