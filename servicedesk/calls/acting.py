"""What the acts on calls share: the lock, the words, the audit."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import IllegalMove
from itsm.people.scope import scope_of
from itsm.records.models import Record

from . import ending, hooks, matching, presence
from .models import Call, CallLink, Operator
from .models.calls import State

S = Operator.State
SUBJECT = "call"
LONGEST_NOTE = 4000


def locked(call: Call | int) -> Call:
    """The call, held for this transaction."""
    return Call.objects.locked().select_related("queue", "organisation").get(pk=getattr(call, "pk", call))


def locked_call_of(operator: Operator) -> Call | None:
    """The call that an operator is busy with, held for this transaction."""
    pk = Operator.objects.filter(pk=operator.pk).values_list("call_id", flat=True).first()
    return locked(pk) if pk else None


def subject(call: Call) -> tuple[str, int, str]:
    """How the audit names a call: never by a telephone number."""
    return (SUBJECT, call.pk, call.number)


def let_go(call: Call, at: datetime) -> None:
    """Who is rung for it is rung no more."""
    for each in presence.locked([call.operator_id]).values():
        if each.state == S.RINGING and each.call_id == call.pk:
            presence.free(each, at)
    call.operator = call.rung_at = None


def illegal(call: Call) -> IllegalMove:
    return IllegalMove(
        _("%(number)s is “%(state)s”: this cannot be done now.") % {"number": call.number, "state": call.get_state_display()},
        data={"state": call.state},
    )  # fmt: skip


def check_own(call: Call, actor) -> None:
    """Who speaks, or has just spoken, decides about the call; so do managers. IllegalMove for everybody else."""
    if actor is None or call.operator_id is None or call.state not in (State.IN_PROGRESS, State.ON_HOLD, State.WRAP_UP):
        return
    if scope_of(actor).may("calls.manage") or Operator.objects.filter(pk=call.operator_id, person=actor).exists():
        return
    raise IllegalMove(_("%(number)s is not your call any more.") % {"number": call.number})


def done(call: Call, verb: str, actor, **data) -> Call:
    if actor is not None:
        log.write(f"call.{verb}", subject(call), actor=actor, data={k: v for k, v in data.items() if v is not None})
    hooks.moved(call, verb)
    return call


def register(call: Call, record_id: int, actor) -> CallLink:
    major = Record.objects.get(pk=record_id)
    call.major = major
    link, _made = CallLink.objects.get_or_create(
        call=call, record=major, defaults={"how": CallLink.How.MAJOR, "by": actor, "at": now()}
    )
    hooks.major(call, major, actor)
    return link


def end_again(call: Call) -> None:
    """A call that has ended stands where its facts say."""
    if call.ended_at and not call.wrapped_at:
        guess_answer(call)
        ending.derive(call)
        call.state = ending.last_state(call, now())


def begin_by(call: Call, at: datetime) -> None:
    """It had begun at this instant, whatever was heard first; so had the wait of a call that was queued at once."""
    at_once = call.queued_at == call.started_at
    call.started_at = min(call.started_at, at)
    if at_once:
        call.queued_at = call.started_at


def guess_answer(call: Call) -> None:
    """Nobody has told in time when the call that has ended was answered: so long before its end as the exchange has counted."""
    if call.answer_guessed or (call.answered_at is None and _was_answered(call)):
        call.answer_guessed = True
        call.answered_at = max(call.ended_at - timedelta(seconds=call.told_seconds or 0), call.started_at)


def _was_answered(call: Call) -> bool:
    return bool(call.told_seconds) and call.handled_by != Call.Handled.MENU and call.cause != ending.VOICEMAIL


def recognise(call: Call) -> None:
    if call.caller_id is not None or not call.party:
        return
    match = matching.find(call.party, organisation=call.organisation)
    call.caller, call.caller_certain, call.vip = match.certain, match.certain is not None, match.vip
    call.site = call.site or match.site
    if match.certain and match.certain.language:
        call.language = match.certain.language


def takes(operator: Operator, call: Call, at: datetime) -> None:
    if operator.state in (S.AWAY, S.PAUSE) and not operator.next_state:
        operator.next_state, operator.next_reason = operator.state, operator.pause_reason
    presence.move(operator, S.IN_CALL, at, call=call)


def end_hold(call: Call, at: datetime) -> None:
    if call.held_since:
        call.hold_seconds += ending.seconds(call.held_since, at) or 0
        call.held_since = None


def name(call: Call, caller) -> None:
    call.caller, call.caller_certain = caller, caller is not None
    call.vip = bool(caller and caller.vip)
    call.site = caller.site if caller and caller.site_id else call.site
    if caller and caller.language:
        call.language = caller.language
