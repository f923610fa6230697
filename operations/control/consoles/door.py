"""The door `/hooks/consoles/<token>/`: what systems say at a console, and the replies that they wait for.

    {"console": "ZOS-MASTER", "system": "ZOS1", "text": "IEF238D REPLY DEVICE NAME OR CANCEL", "reply": 12, "id": "ZOS1-88213"}

Without `reply` it is a line of the log. With `"reply": true` the number is given here. The same `id` again asks how it stands,
so that a script that repeats its question until it is answered needs nothing else; with `"withdrawn": true` it waits no more.
"""

import json

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.errors import DomainError
from itsm.gateway.doors import ACCEPTED, IGNORED, MEGABYTE, Call, Door, Made, Outcome, Rejected, register
from itsm.gateway.sources.models import Source
from itsm.notify.texts import storable
from itsm.people.directory import directory

from . import services
from .models import Console, ConsoleEntry

LONGEST_KEY, MOST = 100, 100


def handle(source: Source, call: Call) -> Outcome:
    """One message or a list of them. All of them are written down, or none."""
    told = _read(call.body)
    rows = told if isinstance(told, list) else [told]
    consoles, answers, made, is_new = _consoles(source, rows), [], [], False
    for each in rows:
        console = consoles[_word(each, "console")]
        entry, new = _take(console, each)
        is_new = is_new or new
        answers.append(_answer(entry))
        made.append(Made("console", console.pk, str(console), console.get_absolute_url()))
    answer = answers if isinstance(told, list) else answers[0]
    return Outcome(
        ACCEPTED if is_new else IGNORED, "" if is_new else str(_("It is known already.")), tuple(made), answer
    )


def _read(body: bytes):
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as why:
        raise Rejected(_("The body is no JSON."), status=400) from why
    rows = told if isinstance(told, list) else [told]
    if not rows or len(rows) > MOST or not all(isinstance(row, dict) for row in rows):
        raise Rejected(_("Send one message, or a list of up to %(n)s.") % {"n": MOST}, status=400)
    return told


def _consoles(source: Source, rows: list[dict]) -> dict[str, Console]:
    """By key, locked in one order: of two who say the same at once, the second finds what the first wrote."""
    keys = {_word(row, "console") for row in rows}
    below = [row.pk for row in directory.get().organisations.values() if source.organisation_id in row.lineage]
    found = Console.objects.select_for_update(of=("self",), no_key=True).select_related("item").order_by("pk")
    by_key = {each.item.key: each for each in found.filter(item__organisation_id__in=below, item__key__in=keys)}
    for key in sorted(keys - set(by_key)):
        raise Rejected(_("There is no console with the key “%(key)s” here.") % {"key": key[:80]})
    return by_key


def _take(console: Console, told: dict) -> tuple[ConsoleEntry, bool]:
    system, key = _word(told, "system").upper()[:20], _word(told, "id")
    if len(key) > LONGEST_KEY:
        raise Rejected(_("An id has at most %(n)s characters.") % {"n": LONGEST_KEY})
    known = console.entries.filter(system=system, key=key).first() if key else None
    try:
        if told.get("withdrawn") is True:
            return _withdraw(console, known, system, told)
        if known is not None:
            return known, False
        text, reply = _word(told, "text"), told.get("reply")
        if reply is None or reply is False:
            return services.note(console.pk, actor=None, text=text, system=system, key=key), True
        number = None if reply is True else reply
        if number is not None and not isinstance(number, int):
            raise Rejected(_("“reply” is the number under which the system waits, or true."))
        if number is not None and not key and (same := _waiting(console, system, number, text)):
            return same, False
        return services.ask(console.pk, text=text, system=system, reply_id=number, key=key), True
    except DomainError as why:
        raise Rejected(str(why)) from why


def _withdraw(console: Console, known: ConsoleEntry | None, system: str, told: dict) -> tuple[ConsoleEntry, bool]:
    number = told.get("reply")
    if known is None and isinstance(number, int) and not isinstance(number, bool):
        known = console.entries.filter(system=system, reply_id=number, answered_at=None).first()
    if known is None or known.reply_id is None:
        raise Rejected(_("No such message waits here."))
    if known.answered_at is not None:
        return known, False
    return services.withdraw(console.pk, known.pk, actor=None), True


def _waiting(console: Console, system: str, number: int, text: str) -> ConsoleEntry | None:
    """The message of a system that gives no ids, when it is told a second time."""
    rows = console.entries.filter(system=system, reply_id=number, answered_at=None)
    return next((row for row in rows if row.text == " ".join(text.split())[:500]), None)


def _answer(entry: ConsoleEntry) -> dict:
    if entry.reply_id is None:
        return {"kind": "note"}
    return {
        "kind": "message", "reply_id": entry.reply_id, "waiting": entry.answered_at is None,
        "reply": entry.answer or None, "withdrawn": entry.withdrawn,
    }  # fmt: skip


def _word(told: dict, name: str) -> str:
    value = told.get(name, "")
    if value is None or isinstance(value, (dict, list, bool)):
        raise Rejected(_("“%(name)s” is a text.") % {"name": name})
    return storable(str(value)).strip()


register(Door("consoles", gettext_lazy("Consoles (messages of systems)"), handle, most_bytes=MEGABYTE, takes_up=True))
