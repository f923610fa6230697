"""An imagined call: where it would go, step by step, each with what decided it. Nothing is written."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from itsm.calendars.models import Calendar
from itsm.core import durations
from itsm.people.directory import directory
from itsm.people.models import User

from .. import matching, numbers
from ..models import CallMenu, CallNumber, CallQueue, MenuStep
from ..routes import Asked, Decision
from .board import Number, board, both, dialled
from .deciding import Reason, walk
from .surroundings import NOW, OpenMajor

IMAGINED = OpenMajor(0, "INC…", {"fr": "(texte de l’incident majeur)", "en": "(text of the major incident)"})


@dataclass(frozen=True)
class Line:
    """One step for people. `heard`: (language, text) in the order of reading; `pressed`: the key, "" for none, None where none is due."""

    words: str
    address: str
    heard: tuple[tuple[str, str], ...]
    pressed: str | None


@dataclass(frozen=True)
class Told:
    """The answer for people. `keys` are (key, what it stands for)."""

    decision: Decision
    steps: list[Line]
    outcome: str
    caller: User | None
    keys: list[tuple[str, str]]
    asked: str


def simulate(
    number: CallNumber | None, *, caller: str, at: datetime, pressed: tuple[str, ...], menu: CallMenu | None = None, vip: bool = False,
    major: bool = False, full: bool = False,
) -> Told:  # fmt: skip
    """What `decide` would answer, with the "as if" of the form. A number may be out of service; with a menu the call is led through
    it whatever the number leads to, and without a number through the menu alone.
    """
    house = (number or menu).organisation_id
    match = matching.find(caller, organisation=house) if caller else matching.Match()
    asked = Asked(
        house, numbers.clean(caller, organisation_id=house), number.number if number else "", at,
        match.certain.pk if match.certain else None, vip or match.vip, pressed, match.site.pk if match.site else None,
    )  # fmt: skip
    on, around = board.get(), NOW
    if major:
        around = replace(around, majors=lambda pk: NOW.majors(pk) or [IMAGINED])
    if full:
        around = replace(around, waiting=lambda: dict.fromkeys(on.queues, 10000))
    decision, reasons = walk(asked, on, around, _number(number, menu))
    keys = sorted(decision.keys.items())
    return Told(decision, _steps(reasons), outcome(decision), match.certain, keys, sentence(asked, menu))


def _number(number: CallNumber | None, menu: CallMenu | None) -> Number:
    """The number that the imagined call dials: as it is set up, or in front of another menu, or none in front of a menu."""
    if number is not None:
        found = dialled(number)
        return replace(found, menu_id=menu.pk) if menu is not None else found
    row = directory.get().organisations.get(menu.organisation_id)
    return Number(
        0, "", both("", ""), menu.organisation_id, row.language if row and row.language else "fr", menu_id=menu.pk, when_closed="menu"
    )  # fmt: skip


def sentence(asked: Asked, menu: CallMenu | None = None) -> str:
    """The call in one line."""
    pressed = "".join(key or "-" for key in asked.pressed)
    words = {
        "caller": numbers.spoken(asked.from_number) or _("A withheld number"),
        "number": numbers.spoken(asked.to_number) if asked.to_number else _("the menu %(menu)s") % {"menu": menu.name},
        "at": durations.time_text(asked.at), "day": durations.date_text(asked.at), "keys": pressed,
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


def _steps(reasons: list[Reason]) -> list[Line]:
    """Each reason with the address of what decided."""
    menus = dict(MenuStep.objects.filter(pk__in=_keys(reasons, "step")).values_list("pk", "menu__code"))
    names = dict(CallMenu.objects.filter(pk__in=_keys(reasons, "menu")).values_list("pk", "code"))
    queues = dict(CallQueue.objects.values_list("pk", "code"))
    calendars = dict(Calendar.objects.filter(pk__in=_keys(reasons, "calendar")).values_list("pk", "code"))
    found = []
    for reason in reasons:
        address = ""
        if reason.kind == "step" and reason.pk in menus:
            address = reverse("switchboard:step", args=[menus[reason.pk], reason.pk])
        elif reason.kind == "menu" and reason.pk in names:
            address = reverse("switchboard:menu", args=[names[reason.pk]])
        elif reason.kind == "queue" and reason.pk in queues:
            address = reverse("switchboard:queue", args=[queues[reason.pk]])
        elif reason.kind == "number" and reason.pk:
            address = reverse("switchboard:number", args=[reason.pk])
        elif reason.kind == "calendar" and reason.pk in calendars:
            address = reverse("web:calendar", args=[calendars[reason.pk]])
        elif reason.kind == "record" and reason.pk != IMAGINED.number:
            address = f"/r/{reason.pk}"
        found.append(Line(reason.words, address, reason.heard, reason.pressed))
    return found


def _keys(reasons: list[Reason], kind: str) -> list:
    return [reason.pk for reason in reasons if reason.kind == kind]
