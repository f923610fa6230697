"""What happened with a call, in words: what the exchange said and what people did, in the order of its instants."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.audit.models import Entry
from itsm.people.directory import names_of

from .. import audited, looks
from ..models import Call, CallEvent, Operator, WrapUpCode

MOST = 200
SAID = {
    "ring": (gettext_lazy("It rings"), "phone-incoming"), "queue": (gettext_lazy("Waits in a queue"), "clock"),
    "answer": (gettext_lazy("Answered"), "phone-call"), "hold": (pgettext_lazy("call", "On hold"), "phone-pause"),
    "resume": (gettext_lazy("Goes on"), "phone-call"), "transfer": (gettext_lazy("Handed on"), "arrow-forward-up"),
    "key": (gettext_lazy("A key was pressed"), "dialpad"), "voicemail": (gettext_lazy("Speaks to the machine"), "message"),
    "hangup": (gettext_lazy("Hung up"), "phone-off"), "order": (gettext_lazy("The exchange has not taken an order"), "alert-triangle"),
}  # fmt: skip
DONE = {
    "call.answered": (pgettext_lazy("call", "Answered in the console"), "phone-call"), "call.queued": (gettext_lazy("Put in a queue"), "clock"),
    "call.held": (gettext_lazy("Put on hold"), "phone-pause"), "call.resumed": (gettext_lazy("Taken off hold"), "phone-call"),
    "call.transferred": (gettext_lazy("Transferred"), "arrow-forward-up"), "call.ended": (pgettext_lazy("call", "Ended in the console"), "phone-off"),
    "call.noted": (gettext_lazy("A note was written"), "note"),
    "call.wrapped_up": (gettext_lazy("Wrapped up"), "check"), "call.wrap_up_held": (gettext_lazy("The wrap-up takes longer"), "clock"),
    "call.wrap_up_counted": (gettext_lazy("The wrap-up counts again"), "clock"), "call.recognised": (gettext_lazy("The caller was recognised"), "user-check"),
    "call.attached": (gettext_lazy("Attached to a record"), "link"), "call.call_back_owed": (gettext_lazy("A call-back is owed"), "phone-outgoing"),
    "call.call_back_taken": (gettext_lazy("The call-back is taken"), "phone-outgoing"), "call.call_back_done": (gettext_lazy("Called back"), "phone-outgoing"),
    "call.dialled": (gettext_lazy("Dialled"), "phone-outgoing"),
}  # fmt: skip


def of(call: Call) -> list[dict]:
    """The steps, the oldest first. Numbers in what was not understood are for administrators, in the log of the source."""
    events = list(CallEvent.objects.filter(call=call).order_by("at", "id")[:MOST])
    entries = list(Entry.objects.filter(subject_kind=audited.SUBJECT, subject_id=call.pk).order_by("at", "id")[:MOST])
    operators = {event.facts.get("operator") for event in events if isinstance(event.facts.get("operator"), int)}
    people = dict(Operator.objects.filter(pk__in=operators).values_list("pk", "person_id"))
    names = names_of([*people.values(), *(entry.actor_id for entry in entries)])
    steps = [_said(event, names.get(people.get(event.facts.get("operator"), 0), "")) for event in events]
    codes = {row.code: row.name for row in WrapUpCode.objects.all()} if entries else {}
    steps += [_done(entry, names.get(entry.actor_id, ""), codes) for entry in entries]
    return sorted(steps, key=lambda step: step["at"])


def _said(event: CallEvent, who: str) -> dict:
    if not event.understood:
        return {
            "at": event.at,
            "text": _("Not understood: %(event)s") % {"event": event.event},
            "icon": "help",
            "who": "",
            "strange": True,
        }
    text, icon = SAID.get(event.event, (event.event, "phone"))
    more = [str(event.facts[name]) for name in ("queue", "keys", "order", "why") if event.facts.get(name)]
    more += [looks.cause(event.facts["cause"])] if event.facts.get("cause") else []
    return {
        "at": event.at,
        "text": _with(text, more),
        "icon": icon,
        "who": who,
        "strange": False,
    }


def _done(entry: Entry, who: str, codes: dict[str, str]) -> dict:
    text, icon = DONE.get(entry.verb, (entry.verb, "user"))
    more = [str(entry.data[name]) for name in ("queue", "operator", "record") if entry.data.get(name)]
    more += [codes.get(entry.data["code"], str(entry.data["code"]))] if entry.data.get("code") else []
    return {
        "at": entry.at,
        "text": _with(text, more),
        "icon": icon,
        "who": who,
        "strange": False,
    }


def _with(text, more: list[str]) -> str:
    return _("%(what)s: %(more)s") % {"what": text, "more": ", ".join(more)} if more else str(text)
