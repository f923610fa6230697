"""An imagined call: where it would go, step by step, each with what decided it. Nothing is written."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from itsm.calendars.models import Calendar
from itsm.core import durations
from itsm.people.models import User

from .. import matching, numbers
from ..models import CallNumber, CallQueue, MenuStep
from ..routes import Asked, Decision
from .board import board
from .deciding import Reason, walk
from .surroundings import NOW, OpenMajor

IMAGINED = OpenMajor(0, "INC…", {"fr": "(texte de l’incident majeur)", "en": "(text of the major incident)"})


@dataclass(frozen=True)
class Told:
    """The answer for people: `steps` are (words, address or empty); `keys` are (key, what it stands for)."""

    decision: Decision
    steps: list[tuple[str, str]]
    outcome: str
    caller: User | None
    keys: list[tuple[str, str]]
    asked: str


def simulate(
    number: CallNumber, *, caller: str, at: datetime, pressed: tuple[str, ...], vip: bool = False, major: bool = False, full: bool = False,
) -> Told:  # fmt: skip
    """What `decide` would answer, with the "as if" of the form."""
    match = matching.find(caller, organisation=number.organisation_id) if caller else matching.Match()
    asked = Asked(
        number.organisation_id, numbers.clean(caller, organisation_id=number.organisation_id), number.number, at,
        match.certain.pk if match.certain else None, vip or match.vip, pressed, match.site.pk if match.site else None,
    )  # fmt: skip
    on, around = board.get(), NOW
    if major:
        around = replace(around, majors=lambda pk: NOW.majors(pk) or [IMAGINED])
    if full:
        around = replace(around, waiting=lambda: dict.fromkeys(on.queues, 10000))
    decision, reasons = walk(asked, on, around)
    keys = sorted(decision.keys.items())
    return Told(decision, _steps(reasons), outcome(decision), match.certain, keys, sentence(asked))


def sentence(asked: Asked) -> str:
    """The call in one line."""
    caller = numbers.spoken(asked.from_number) or _("A withheld number")
    pressed = "".join(key or "-" for key in asked.pressed)
    words = {
        "caller": caller, "number": numbers.spoken(asked.to_number), "at": durations.time_text(asked.at), "day": durations.date_text(asked.at),
        "keys": pressed,
    }  # fmt: skip
    if pressed:
        return _("%(caller)s calls %(number)s on %(day)s at %(at)s and presses %(keys)s") % words
    return _("%(caller)s calls %(number)s on %(day)s at %(at)s") % words


def outcome(decision: Decision) -> str:
    """Where the call goes, in words."""
    queue = CallQueue.objects.filter(pk=decision.queue_id).first() if decision.queue_id else None
    return {
        "queue": _("to the queue %(queue)s") % {"queue": queue.name if queue else "—"},
        "menu": _("to a question: a key is waited for"),
        "reject": _("to its end, after the text") if decision.say else _("to its end, without a word"),
        "call_back": _("to the list of call-backs"),
        "voicemail": _("to the voicemail"),
        "dial": _("to the number %(number)s") % {"number": decision.number},
        "register": _("to the list of those who are told when the major incident is over"),
        "accept": _("where the exchange sends it"),
    }.get(decision.action, decision.action)


def _steps(reasons: list[Reason]) -> list[tuple[str, str]]:
    """Each reason with the address of what decided."""
    steps = [reason.pk for reason in reasons if reason.kind == "step"]
    menus = dict(MenuStep.objects.filter(pk__in=steps).values_list("pk", "menu__code"))
    queues = dict(CallQueue.objects.values_list("pk", "code"))
    calendars = _calendars([reason.pk for reason in reasons if reason.kind == "calendar"])
    found = []
    for reason in reasons:
        address = ""
        if reason.kind == "step" and reason.pk in menus:
            address = reverse("switchboard:step", args=[menus[reason.pk], reason.pk])
        elif reason.kind == "queue" and reason.pk in queues:
            address = reverse("switchboard:queue", args=[queues[reason.pk]])
        elif reason.kind == "number" and reason.pk:
            address = reverse("switchboard:number", args=[reason.pk])
        elif reason.kind == "calendar" and reason.pk in calendars:
            address = reverse("web:calendar", args=[calendars[reason.pk]])
        elif reason.kind == "record" and reason.pk != IMAGINED.number:
            address = f"/r/{reason.pk}"
        found.append((reason.words, address))
    return found


def _calendars(pks: list) -> dict[int, str]:
    return dict(Calendar.objects.filter(pk__in=pks).values_list("pk", "code"))
