"""Where a call goes now: the number, its hours, then the menu step by step, until something is decided.

Every walk ends. A step that leads nowhere falls back on the number's own queue; keys are used up one by one; and a walk that
goes in a circle without a key is cut. What decided is told on the way, each reason with the thing that it comes from.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from itsm.calendars.business import is_open
from itsm.calendars.calendars import calendar_id_for, calendar_name
from itsm.people.directory import directory
from itsm.people.houses import related

from .. import numbers
from ..routes import Asked, Decision
from .board import Board, Menu, Number, Queue, Step, board
from .shapes import KEYS, NONE
from .surroundings import NOW, Surroundings
from .wording import kind_name

MOST_STEPS = 200


@dataclass(frozen=True)
class Reason:
    """One step of why: in words, and what decided (its kind and key).

    `heard` is what the caller hears before it, each text with its language; `pressed` the key that decides: "" for none in time,
    None where none is asked for.
    """

    words: str
    kind: str = ""
    pk: int | None = None
    heard: tuple[tuple[str, str], ...] = ()
    pressed: str | None = None


def decide(asked: Asked) -> Decision:
    """The answer of the switchboard, its reasons in the language of the organisation."""
    row = directory.get().organisations.get(asked.organisation_id)
    with override(row.language if row and row.language else "fr"):
        return walk(asked, board.get(), NOW)[0]


def walk(asked: Asked, on: Board, around: Surroundings, number: Number | None = None) -> tuple[Decision, list[Reason]]:
    """The decision, and why. `number` stands in for the one that is looked up: an imagined call tries what is not in service."""
    found = _Walk(asked, on, around)
    decision = found.begin(number or found.dialled())
    if found.heard:
        found.reasons[-1] = replace(found.reasons[-1], heard=(*found.reasons[-1].heard, *found.heard))
    return decision, found.reasons


class _Walk:
    """One call on its way. Each method either decides or says which step comes next."""

    def __init__(self, asked: Asked, on: Board, around: Surroundings):
        self.asked, self.on, self.around = asked, on, around
        self.keys = list(asked.pressed)
        self.reasons: list[Reason] = []
        self.said: list[str] = []
        self.heard: list[tuple[str, str]] = []
        self.number: Number | None = None
        self.steps: dict[int, Step] = {}
        self.language = "fr"
        self.service_id: int | None = None
        self.category_id: int | None = None
        self.in_hours = True
        self.through_menu = False

    # -- the number and its hours

    def begin(self, row: Number | None) -> Decision:
        if row is None:
            self._why(_("The number %(number)s is not set up.") % {"number": self.asked.to_number or "—"})
            self.in_hours = self._is_open(None)
            return self._decided("accept")
        self.number, self.language, self.service_id = row, row.language, row.service_id
        if row.number:
            self._why(f"{numbers.spoken(row.number)}, {self._named(row.names)}", "number", row.pk)
        self.in_hours = self._is_open(row.calendar_id, "number", row.pk)
        if not self.in_hours and row.when_closed != "menu":
            return self._closed(row)
        if self._say(row.welcomes):
            self._why(_("The caller is welcomed."), "number", row.pk)
        menu = self.on.menus.get(row.menu_id or 0)
        if menu is None or menu.root_id is None:
            return self._fall_back(_("No menu sorts the calls of this number."))
        return self._through(menu)

    def dialled(self) -> Number | None:
        """The number, when it belongs to the organisation that was asked about or to one below or above it."""
        row = self.on.dialled(self.asked.to_number)
        if row is None or row.organisation_id == self.asked.organisation_id:
            return row
        return row if row.organisation_id in related(self.asked.organisation_id) else None

    def _closed(self, row: Number) -> Decision:
        words = (
            _("The text for closed hours is read.")
            if self._say(row.closed_texts)
            else _("No text is written for closed hours.")
        )
        self._why(words, "number", row.pk)
        if row.when_closed == "queue":
            return self._into(row.closed_queue_id)
        if row.when_closed in ("voicemail", "call_back"):
            return self._decided(row.when_closed, queue_id=row.queue_id)
        return self._decided("reject", reason="closed")

    # -- the menu

    def _through(self, menu: Menu) -> Decision:
        at, self.steps, self.through_menu = menu.root_id, menu.steps, True
        self._why(_("The menu %(menu)s sorts the call.") % {"menu": self._named(menu.names)}, "menu", menu.pk)
        for _n in range(MOST_STEPS):
            step = self.steps.get(at or 0)
            if step is None:
                return self._fall_back(_("The menu leads no further here."))
            self._settle(step)
            what = STEPS.get(step.kind)
            found = what(self, step) if what else None
            if isinstance(found, Decision):
                return found
            at = found
        return self._fall_back(_("The menu goes in a circle."))

    def _settle(self, step: Step) -> None:
        """What coming here says about the call."""
        self.language = step.language or self.language
        if step.kind != "major":  # there it says which incidents are announced, not what the call is about
            self.service_id = step.service_id or self.service_id
        self.category_id = step.category_id or self.category_id

    def _way(self, step: Step, branch: str, words: str, pressed: str | None = None) -> int | None:
        self._why(words, "step", step.pk, pressed)
        return step.ways.get(branch)

    def _pressed(self) -> str:
        """The next key. What was said before it was said with an earlier answer: the exchange does not read it out again."""
        self.said.clear()
        return self.keys.pop(0)

    def _ask(self, step: Step) -> int | Decision | None:
        for _try in range(max(1, step.tries)):
            told = self._say(step.says)
            if not self.keys:
                self._why(
                    _("A key is asked for") if told else _("A key is waited for, but no text is written"),
                    "step",
                    step.pk,
                )
                keys = {key: self._choice(step, key) for key in sorted(step.ways) if key in KEYS}
                return self._decided("menu", keys=keys)
            key = self._pressed()
            if key in KEYS and key in step.ways:
                words = _("Key %(key)s pressed: %(choice)s") % {"key": key, "choice": self._choice(step, key) or "—"}
                return self._way(step, key, words, key)
            said = _("Key %(key)s: no such choice") % {"key": key} if key else _("No key pressed")
            self._why(said, "step", step.pk, key)
        return self._way(step, NONE, _("No choice was made."))

    def _hours(self, step: Step) -> int | None:
        calendar = step.calendar_id or (self.number.calendar_id if self.number else None)
        is_on = self._is_open(calendar, "step", step.pk)
        self.in_hours = self.in_hours and is_on
        return step.ways.get("open" if is_on else "closed")

    def _major(self, step: Step) -> int | Decision | None:
        found = [m for m in self.around.majors(self.asked.organisation_id) if self._concerns(step, m)]
        if not found:
            return self._way(step, "next", _("No major incident is open."))
        self._say(step.says)
        for one in found:
            self._say(one.scripts)
            self._why(_("Major incident %(number)s is announced") % {"number": one.number}, "record", one.number)
        if step.register_key not in KEYS or not step.register_key:
            return step.ways.get("next")
        offered = dict(zip(KEYS[KEYS.index(step.register_key) :], found, strict=False))
        if not self.keys:
            self._why(_("A key is asked for"), "step", step.pk)
            keys = {key: _("Be told of the end of %(number)s") % {"number": m.number} for key, m in offered.items()}
            return self._decided("menu", keys=keys, major_id=found[0].pk)
        key = self._pressed()
        if key in offered:
            words = {"key": key, "number": offered[key].number}
            self._why(
                _("Key %(key)s pressed: put on the list of %(number)s") % words, "record", offered[key].number, key
            )
            with override(self.language):
                self._say({self.language: _("Thank you. You will be told as soon as it is over.")})
            return self._decided("register", major_id=offered[key].pk)
        return self._way(step, "next", _("The call is about something else."), key)

    @staticmethod
    def _concerns(step: Step, major) -> bool:
        return step.service_id is None or not major.services or step.service_id in major.services

    def _vip(self, step: Step) -> int | None:
        if self.asked.vip:
            return self._way(step, "yes", _("The caller is a VIP."))
        return self._way(step, "no", _("The caller is no VIP."))

    def _known(self, step: Step) -> int | Decision | None:
        asked = self.asked
        back = self.around.back(asked.organisation_id, asked.from_number) if asked.from_number else None
        if back:
            queue = self.on.queues.get(back.queue_id or 0)
            if queue is not None and queue.is_active:
                self._why(
                    _("%(name)s is calling this number back: the call goes to the same operator.") % {"name": back.name},
                    "step", step.pk,
                )  # fmt: skip
                return self._decided("queue", queue_id=queue.pk, operator_id=back.operator_id)
        if self.asked.caller_id:
            return self._way(step, "known", _("The number is recognised."))
        return self._way(step, "unknown", _("The number is not recognised."))

    def _site(self, step: Step) -> int | None:
        site = self.asked.site_id or (self.number.site_id if self.number else None)
        row = directory.get().sites.get(site or 0)
        branch = f"site-{site}" if site else "else"
        name = row.name if row else _("unknown")
        words = _("Site of the caller: %(site)s") % {"site": name}
        return self._way(step, branch if branch in step.ways else "else", words)

    def _full(self, step: Step) -> int | None:
        queue = self.on.queues.get(step.queue_id or 0)
        if queue is not None and self._is_full(queue):
            return self._way(step, "full", _("%(queue)s is full.") % {"queue": self._named(queue.names)})
        return self._way(step, "free", _("There is room in the queue."))

    def _announce(self, step: Step) -> int | None:
        told = self._say(step.says)
        return self._way(step, "next", _("An announcement is made.") if told else _("No announcement is written."))

    def _queue(self, step: Step) -> Decision:
        if self._say(step.says):
            self._why(_("An announcement is made."), "step", step.pk)
        return self._into(step.queue_id)

    def _call_back(self, step: Step) -> Decision:
        return self._end(step, "call_back", _("The caller is offered a call-back."), queue_id=self._own_queue())

    def _voicemail(self, step: Step) -> Decision:
        return self._end(step, "voicemail", _("The caller may leave a message."), queue_id=self._own_queue())

    def _hang_up(self, step: Step) -> Decision:
        return self._end(step, "reject", _("The call ends here."), reason="menu")

    def _dial(self, step: Step) -> Decision:
        if not step.number:
            return self._fall_back(_("No number is given here."))
        return self._end(step, "dial", _("The call goes to %(number)s.") % {"number": step.number}, number=step.number)

    def _goto(self, step: Step) -> int | None:
        self._why(_("Back to an earlier step."), "step", step.pk)
        return step.goto_id

    def _own_queue(self) -> int | None:
        return self.number.queue_id if self.number else None

    def _end(self, step: Step, action: str, words: str, **more) -> Decision:
        self._say(step.says)
        self._why(words, "step", step.pk)
        return self._decided(action, **more)

    # -- the queues

    def _into(self, queue_id: int | None) -> Decision:
        """Into a queue, or where it overflows to when it is closed or full; no queue twice."""
        seen: set[int | None] = {None}
        while queue_id not in seen:
            seen.add(queue_id)
            queue = self.on.queues.get(queue_id or 0)
            words = {"queue": self._named(queue.names) if queue else "—"}
            if queue is None or not queue.is_active:
                self._why(_("The queue %(queue)s is out of service.") % words, "queue", queue_id)
                break
            if queue.calendar_id and not self._is_open(queue.calendar_id, "queue", queue.pk):
                self._why(_("%(queue)s is closed.") % words, "queue", queue.pk)
                if queue.overflow == "none":
                    break
            elif self._is_full(queue) and queue.overflow != "none":
                self._why(_("%(queue)s is full.") % words, "queue", queue.pk)
            else:
                self._say(queue.announcements)
                self._why(_("Waits in %(queue)s") % words, "queue", queue.pk)
                return self._decided("queue", queue_id=queue.pk)
            if queue.overflow != "queue":
                self._why(_("It overflows."), "queue", queue.pk)
                return self._decided(queue.overflow, queue_id=queue.pk)
            queue_id = queue.overflow_queue_id
        return self._nowhere(seen)

    def _fall_back(self, words: str) -> Decision:
        self._why(words, "number" if self.number else "", self.number.pk if self.number else None)
        if self.number and self.number.queue_id:
            return self._into(self.number.queue_id)
        return self._nowhere(set())

    def _nowhere(self, seen: set[int | None]) -> Decision:
        """No queue takes the call: the number's own is tried once, else the closed number's answer, else it is accepted."""
        row = self.number
        if row and row.queue_id and row.queue_id not in seen:
            own = self.on.queues.get(row.queue_id)
            if own and own.is_active and (not own.calendar_id or self._is_open(own.calendar_id, "queue", own.pk)):
                self._why(
                    _("Waits in the number’s own queue, %(queue)s") % {"queue": self._named(own.names)}, "queue", own.pk
                )
                return self._decided("queue", queue_id=own.pk)
        if row and row.when_closed in ("voicemail", "call_back"):
            self._say(row.closed_texts)
            self._why(_("No queue takes the call."), "number", row.pk)
            return self._decided(row.when_closed, queue_id=row.queue_id)
        self._why(_("No queue takes the call: the exchange does as it is set up."), "number", row.pk if row else None)
        return self._decided("accept")

    def _is_full(self, queue: Queue) -> bool:
        return bool(queue.most_waiting) and self.around.waiting().get(queue.pk, 0) >= queue.most_waiting

    # -- hours, words

    def _is_open(self, calendar_id: int | None, kind: str = "", pk: int | None = None) -> bool:
        try:
            calendar = calendar_id or calendar_id_for(
                self.number.organisation_id if self.number else self.asked.organisation_id
            )
            found = is_open(calendar, self.asked.at)
        except (LookupError, KeyError):
            return True
        words = {"calendar": calendar_name(calendar)}
        if found:
            self._why(_("Open: %(calendar)s") % words, "calendar", calendar)
        else:
            self._why(_("Closed: %(calendar)s") % words, "calendar", calendar)
        return found

    def _why(self, words: str, kind: str = "", pk=None, pressed: str | None = None) -> None:
        self.reasons.append(Reason(words, kind, pk, tuple(self.heard), pressed))
        self.heard.clear()

    def _choice(self, step: Step, key: str) -> str:
        """What a key stands for: a choice of language in that language, one without a name by what it does."""
        child = self.steps.get(step.ways[key])
        label = child.labels.get(child.language or self.language, "") if child else ""
        if child is None or label:
            return label
        queue = self.on.queues.get(child.queue_id or 0)
        return f"{kind_name(child.kind)} {self._named(queue.names) if queue else child.number}".strip()

    @staticmethod
    def _named(names: dict[str, str]) -> str:
        return names.get((get_language() or "fr")[:2]) or names.get("fr", "")

    def _say(self, words: dict[str, str]) -> bool:
        """Have it read to the caller; False when nothing is written."""
        text = (words.get(self.language) or words.get("fr") or "").strip()
        if text:
            self.said.append(text)
            self.heard.append((self.language, text))
        return bool(text)

    def _decided(self, action: str, **more) -> Decision:
        return Decision(
            action=action, because=tuple(r.words for r in self.reasons), say="\n".join(self.said), language=self.language,
            service_id=self.service_id, category_id=self.category_id, in_hours=self.in_hours, through_menu=self.through_menu,
            **more,
        )  # fmt: skip


# By kind of step.
STEPS: dict[str, Callable[[_Walk, Step], int | Decision | None]] = {
    "ask": _Walk._ask, "language": _Walk._ask, "hours": _Walk._hours, "major": _Walk._major, "vip": _Walk._vip, "known": _Walk._known,
    "site": _Walk._site, "full": _Walk._full, "announce": _Walk._announce, "queue": _Walk._queue, "call_back": _Walk._call_back,
    "voicemail": _Walk._voicemail, "hang_up": _Walk._hang_up, "dial": _Walk._dial, "goto": _Walk._goto,
}  # fmt: skip
