"""What operators do now. People say available, paused or away; the telephone says the rest. Each state leaves its span."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.expressions import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError
from itsm.people.houses import house_places, related

from .models import Call, Operator, OperatorSpan, PauseReason
from .models.calls import State

S = Operator.State
TOPIC = "calls"
MOST_NAMED = 20
SAID = (S.AVAILABLE, S.PAUSE, S.AWAY)


def operator_of(user) -> Operator | None:
    """The operator that this person is, or None."""
    if not getattr(user, "pk", None):
        return None
    return Operator.objects.select_related("person", "pause_reason", "call").filter(person_id=user.pk).first()


def named(by: Q, organisation_id: int) -> Operator | None:
    """The one operator of this house who goes by such a name; of several, the one of the organisation itself, else nobody.

    Extensions are of one house: another house has the same ones.
    """
    places = {*related(organisation_id), *house_places(organisation_id)}
    rows = Operator.objects.select_related("person").filter(by, person__organisation__in=places, person__is_active=True)
    found = list(rows.order_by("pk")[:MOST_NAMED])
    own = [each for each in found if each.person.organisation_id == organisation_id]
    return next((each[0] for each in (found, own) if len(each) == 1), None)


@transaction.atomic
def set_state(
    operator: Operator, state: str, *, reason: PauseReason | None = None, at: datetime | None = None, actor=None
) -> Operator:
    """What a person says of themselves. During a call it is kept for when the call is over; while rung, the caller goes to
    somebody else; during the wrap-up, "available" ends it and a pause follows it.
    """
    from . import locking, over, ringing

    if state not in SAID:
        raise DomainError(_("The telephone says this by itself."), field="state")
    if state == S.PAUSE and reason is None:
        raise DomainError(_("Choose why you pause."), field="reason")
    reason = reason if state == S.PAUSE else None
    at = at or now()
    # The call before the operator, always: whoever ends a call takes both in this order.
    call = locking.locked_call_of(operator)
    found = locked([operator.pk])[operator.pk]
    before = found.state
    if found.state == S.IN_CALL or (found.state == S.WRAP_UP and state != S.AVAILABLE):
        found.next_state, found.next_reason = ("" if state == S.AVAILABLE else state), reason
        found.save(update_fields=["next_state", "next_reason"])
    else:
        if found.state == S.RINGING and call is not None and call.operator_id == found.pk:
            ringing.leave(call, found, at)
        elif found.state == S.WRAP_UP and call is not None:
            over.end_wrap_up(call, at)
        found.next_state, found.next_reason = "", None
        move(found, state, at, reason=reason)
    if actor is not None:
        data = {"state": state} | ({"reason": reason.code} if reason else {})
        log.write("operator.state", ("operator", found.pk, str(found.person)), actor=actor, data=data)
    versions.bump(TOPIC)
    if found.state == S.AVAILABLE and before != S.AVAILABLE:
        ringing.offer_to(found, at)
        found.refresh_from_db()
    return found


def locked(pks) -> dict[int, Operator]:
    """The operators held for this transaction, in one order for everybody."""
    rows = Operator.objects.select_related("person").select_for_update(no_key=True, of=("self",))
    return {row.pk: row for row in rows.filter(pk__in=[pk for pk in pks if pk]).order_by("pk")}


def move(
    operator: Operator, state: str, at: datetime, *, reason: PauseReason | None = None, call: Call | None = None, until: datetime | None = None,
) -> None:  # fmt: skip
    """Into a state, inside the caller's transaction, the operator locked. The span before ends, another begins."""
    at = max(at, operator.since) if operator.since <= now() else now()
    if reason is not None and reason.most_minutes and until is None:
        until = at + timedelta(minutes=reason.most_minutes)
    if (operator.state, operator.pause_reason_id) != (state, getattr(reason, "pk", None)) or not operator.pk:
        OperatorSpan.objects.filter(operator=operator, ended_at=None).update(
            ended_at=Greatest(F("began_at"), Value(at))
        )
        OperatorSpan.objects.create(operator=operator, state=state, pause_reason=reason, began_at=at)
        operator.since = at
    operator.state, operator.pause_reason, operator.call, operator.until = state, reason, call, until
    if state == S.IN_CALL:
        operator.last_call_at = at
    operator.save(
        update_fields=[
            "state", "since", "until", "pause_reason", "call", "last_call_at", "next_state", "next_reason",
        ]
    )  # fmt: skip


def free(operator: Operator, at: datetime) -> None:
    """The call is over: into the wrap-up of the one that it came between, else what was asked for during it, else available.

    That other call is read without a lock: whoever ends it needs the operator, who is held here.
    """
    from . import ending

    waits = Call.objects.select_related("queue").filter(operator=operator, state=State.WRAP_UP)
    for other in waits.exclude(pk=operator.call_id).order_by("-ended_at"):
        held = other.wrap_up_held_at is not None
        if held or ending.wrap_up_ends(other) > at:
            move(operator, S.WRAP_UP, at, call=other, until=None if held else ending.wrap_up_ends(other))
            return
    state, reason = operator.next_state or S.AVAILABLE, operator.next_reason
    operator.next_state, operator.next_reason = "", None
    move(operator, state, at, reason=reason if state == S.PAUSE else None)


def takes(operator: Operator, call: Call, at: datetime) -> None:
    """The operator is in this call; who was away or in a pause is so again after it."""
    if operator.state in (S.AWAY, S.PAUSE) and not operator.next_state:
        operator.next_state, operator.next_reason = operator.state, operator.pause_reason
    move(operator, S.IN_CALL, at, call=call)
