"""The acts of the console: each is one press, and says in a sentence what came of it."""

from collections.abc import Callable

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.core.errors import DomainError
from itsm.people.models import User
from itsm.records.models import Record

from ...desk.fields import people_for
from .. import numbers, orders, services
from ..models import Call, CallLink, Operator, WrapUpCode
from . import names, operators
from . import services as own
from .seeing import Seat


def call_of(user, number: str) -> Call:
    """A call that the reader sees, or 404."""
    rows = Call.objects.visible_to(user).select_related("caller", "queue", "operator")
    return get_object_or_404(rows, number=number[:20].upper())


def seated(seat: Seat) -> Operator:
    """The reader as an operator: who takes a call sits down with it."""
    if seat.operator is None:
        seat.operator = own.sit_down(actor=seat.user)
    return seat.operator


def my_call(seat: Seat, number: str) -> Call:
    """A call that the reader is busy with; managers may end and hand on those of others."""
    call = call_of(seat.user, number)
    if not seat.manages and (seat.operator is None or call.operator_id != seat.operator.pk):
        raise DomainError(_("%(number)s is not your call any more.") % {"number": call.number})
    return call


def answer(seat: Seat, data) -> str:
    """The call that is named, else the one that rings here, else the one that has waited longest."""
    operator = seated(seat)
    if data.get("call"):
        calls = [call_of(seat.user, data["call"])]
    else:
        waiting = seat.calls().waiting().select_related("caller", "site")
        mine = waiting.filter(operator=operator)[:1]
        calls = list(mine) or list(waiting.filter(operator=None)[:3]) or list(waiting[:1])
    if not calls:
        raise DomainError(_("Nobody waits any more."))
    for n, call in enumerate(calls):
        try:
            services.answer(call, operator=operator, actor=seat.user)
        except DomainError:
            # A colleague was faster: the next one waits, too.
            if n == len(calls) - 1:
                raise
        else:
            return _("You speak with %(name)s.") % {"name": names.of(call).name}
    raise Http404


def line(seat: Seat, data) -> str:
    """Hold, resume, end."""
    call, what = my_call(seat, data.get("call", "")), data.get("what")
    if what == "hold":
        services.hold(call, actor=seat.user)
        return _("%(name)s is on hold.") % {"name": names.of(call).name}
    if what == "resume":
        services.resume(call, actor=seat.user)
        return _("You speak with %(name)s.") % {"name": names.of(call).name}
    if what == "end":
        services.hang_up(call, actor=seat.user)
        return _("The call is over. Say what came of it.")
    raise Http404


def wrap_up(seat: Seat, data) -> str:
    """The code and a note; the note alone; or hold the countdown, or be free without a code."""
    call = my_call(seat, data.get("call", ""))
    note = data.get("note", "")[:1000]
    if data.get("hold"):
        services.hold_wrap_up(call, actor=seat.user)
        return _("The countdown is held: choose a code when you are done.")
    if data.get("resume"):
        services.hold_wrap_up(call, actor=seat.user, held=False)
        return _("The countdown goes on.")
    if data.get("keep") or not (data.get("code") or data.get("free")):
        if not note.strip():
            raise DomainError(_("Write the note first, or choose what came of the call."))
        services.write_note(call, actor=seat.user, note=note)
        return _("The note is kept.")
    if data.get("free"):
        services.wrap_up(call, actor=seat.user, code=None, note=note)
        return _freed(seat)
    code = get_object_or_404(WrapUpCode, code=data.get("code", ""), is_active=True)
    wrapped = services.wrap_up(call, actor=seat.user, code=code, note=note)
    said = _("%(number)s: %(code)s.") % {"number": call.number, "code": code.name}
    return f"{said} {_freed(seat)}" if wrapped.state == "closed" else said


def _freed(seat: Seat) -> str:
    """What the operator is once a call is closed: not free while another one is theirs."""
    operator = Operator.objects.select_related("call").filter(person=seat.user).first()
    if operator is not None and operator.call and operator.state == Operator.State.WRAP_UP:
        return _("%(number)s is still to be wrapped up.") % {"number": operator.call.number}
    return _("You are free again.") if operator is None or operator.state == Operator.State.AVAILABLE else ""


def who(seat: Seat, data) -> str:
    """One of those who it may be."""
    call = call_of(seat.user, data.get("call", ""))
    person = get_object_or_404(people_for(seat.user), username=data.get("person", ""))
    services.say_who(call, caller=person, actor=seat.user)
    return _("%(name)s is on the line.") % {"name": person.display_name}


def major(seat: Seat, data) -> str:
    """The caller is concerned by a major incident: counted, and told when it is over."""
    call = my_call(seat, data.get("call", ""))
    rows = Record.objects.in_desk_of(seat.user).active().filter(major=True)
    record = get_object_or_404(rows, number=data.get("major", "")[:20].upper())
    services.attach_major(call, major=record, actor=seat.user)
    words = {"number": record.number, "name": names.of(call).name}
    return _("%(name)s is attached to %(number)s, and will be told when it is over.") % words


def attach(seat: Seat, data) -> str:
    """The call is about a record that is there already."""
    call = my_call(seat, data.get("call", ""))
    record = get_object_or_404(Record.objects.in_desk_of(seat.user), number=data.get("record", "")[:20].upper())
    services.attach(call, record=record, how=CallLink.How.ATTACHED, actor=seat.user)
    return _("The call is attached to %(number)s.") % {"number": record.number}


def back(seat: Seat, data) -> str:
    """Call back, or say what came of it."""
    call, what = call_of(seat.user, data.get("call", "")), data.get("what")
    seated(seat)
    if what == "take":
        made = services.call_back(call, actor=seat.user)
        return orders.said(made, numbers.spoken(made.to_number))
    if what in ("reached", "missed"):
        services.call_back_done(call, actor=seat.user, reached=what == "reached")
        name = names.of(call).name
        return _("%(name)s was called back.") % {"name": name} if what == "reached" else _("%(name)s is to be tried again.") % {"name": name}  # fmt: skip
    raise Http404


def help_out(seat: Seat, data) -> str:
    """Call those who pause or are away."""
    told = own.ask_for_help(operators.rows(seat), waiting=seat.calls().waiting().count(), actor=seat.user)
    if not told:
        raise DomainError(_("Nobody is there to be called, or they were just told."))
    return ngettext("%(n)s colleague was told.", "%(n)s colleagues were told.", told) % {"n": told}


def sit_down(seat: Seat, data) -> str:
    """Be at the switchboard."""
    seat.operator = own.sit_down(actor=seat.user)
    return _("You are at the switchboard.")


ACTS: dict[str, Callable[[Seat, object], str]] = {
    "answer": answer, "line": line, "wrap-up": wrap_up, "who": who, "major": major, "attach": attach, "back": back, "sit-down": sit_down,
    "help": help_out,
}  # fmt: skip


def by_hand(seat: Seat, call, *, from_number: str, caller: User | None, direction: str) -> str:
    """Somebody is on the line."""
    seated(seat)
    queue = seat.chosen or (seat.queues[0] if len(seat.queues) == 1 else None)
    made = services.start_by_hand(
        actor=seat.user, from_number=from_number, caller=caller, direction=direction, queue=queue
    )
    return _("%(number)s has begun.") % {"number": made.number}


def transfer(seat: Seat, call: Call, *, note: str, to_queue=None, to_operator=None) -> str:
    """Hand the caller on."""
    services.transfer(call, note=note, to_queue=to_queue, to_operator=to_operator, actor=seat.user)
    name = to_queue.name if to_queue else to_operator.person.display_name
    return _("The call goes to %(name)s.") % {"name": name}


def say_who(seat: Seat, call: Call, *, caller: User) -> str:
    """Somebody who was not on the list."""
    services.say_who(call, caller=caller, actor=seat.user)
    return _("%(name)s is on the line.") % {"name": caller.display_name}


def attach_to(seat: Seat, call: Call, *, record: Record) -> str:
    """A record that was looked for."""
    services.attach(call, record=record, how=CallLink.How.ATTACHED, actor=seat.user)
    return _("The call is attached to %(number)s.") % {"number": record.number}


def note(seat: Seat, call: Call, *, text: str, until) -> str:
    """How the caller is to be received."""
    if call.caller is None:
        raise DomainError(_("Say first who is on the line."))
    own.write_note(call.caller, text=text, until=until, actor=seat.user)
    return _("The note is kept.") if text.strip() else _("The note is gone.")
