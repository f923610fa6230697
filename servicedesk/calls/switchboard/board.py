"""The switchboard compiled: numbers, menus and queues as frozen values, kept per process. Deciding reads nothing else."""

from dataclasses import dataclass, field

from itsm.core.reference import cached
from itsm.people.phones import ending

from ..models import CallMenu, CallNumber, CallQueue, MenuStep

TOPIC = "switchboard"
Words = dict[str, str]


def both(french: str, english: str) -> Words:
    """A text by language; one that is missing is said in the other."""
    return {"fr": french or english or "", "en": english or french or ""}


@dataclass(frozen=True)
class Queue:
    """What deciding needs of a queue."""

    pk: int
    code: str
    names: Words
    calendar_id: int | None = None
    overflow: str = "none"
    overflow_queue_id: int | None = None
    most_waiting: int | None = None
    announcements: Words = field(default_factory=lambda: both("", ""))
    is_active: bool = True


@dataclass(frozen=True)
class Step:
    """One step of a menu with the ways on: {branch: the step's key}."""

    pk: int
    kind: str
    branch: str = ""
    ways: dict[str, int] = field(default_factory=dict)
    labels: Words = field(default_factory=lambda: both("", ""))
    says: Words = field(default_factory=lambda: both("", ""))
    language: str = ""
    service_id: int | None = None
    category_id: int | None = None
    queue_id: int | None = None
    calendar_id: int | None = None
    goto_id: int | None = None
    number: str = ""
    tries: int = 2
    register_key: str = ""


@dataclass(frozen=True)
class Menu:
    """A tree: its first step and every step by key."""

    pk: int
    code: str
    names: Words
    root_id: int | None
    steps: dict[int, Step]


@dataclass(frozen=True)
class Number:
    """A number that people dial."""

    pk: int
    number: str
    names: Words
    organisation_id: int
    language: str = "fr"
    site_id: int | None = None
    service_id: int | None = None
    calendar_id: int | None = None
    menu_id: int | None = None
    queue_id: int | None = None
    welcomes: Words = field(default_factory=lambda: both("", ""))
    when_closed: str = "reject"
    closed_texts: Words = field(default_factory=lambda: both("", ""))
    closed_queue_id: int | None = None


@dataclass(frozen=True)
class Board:
    """Everything, of every organisation."""

    numbers: dict[str, Number]
    menus: dict[int, Menu]
    queues: dict[int, Queue]
    endings: dict[str, str] = field(default_factory=dict)

    def dialled(self, text: str) -> Number | None:
        """The number that was dialled, as the exchange wrote it: E.164, or the way it is dialled in its country."""
        return self.numbers.get(text) or self.numbers.get(self.endings.get(ending(text), ""))


@cached(TOPIC)
def board() -> Board:
    """The switchboard as it is set up now; bumped with each change."""
    numbers = {row.number: dialled(row) for row in CallNumber.objects.filter(is_active=True)}
    steps: dict[int, list[MenuStep]] = {}
    for row in MenuStep.objects.order_by("pk"):
        steps.setdefault(row.menu_id, []).append(row)
    return Board(
        numbers=numbers,
        menus={row.pk: compiled(row, steps.get(row.pk, [])) for row in CallMenu.objects.all()},
        queues={row.pk: queue(row) for row in CallQueue.objects.all()},
        endings={ending(text): text for text in numbers},
    )


def compiled(menu: CallMenu, rows: list[MenuStep]) -> Menu:
    """A menu out of its rows."""
    ways: dict[int, dict[str, int]] = {}
    for row in rows:
        if row.parent_id:
            ways.setdefault(row.parent_id, {})[row.branch] = row.pk
    root = next((row.pk for row in rows if row.parent_id is None), None)
    steps = {row.pk: _step(row, ways.get(row.pk, {})) for row in rows}
    return Menu(menu.pk, menu.code, both(menu.name_fr, menu.name_en), root, steps)


def queue(row: CallQueue) -> Queue:
    """A queue out of its row."""
    return Queue(
        row.pk, row.code, both(row.name_fr, row.name_en), row.calendar_id, row.overflow, row.overflow_queue_id, row.most_waiting,
        both(row.announcement_fr, row.announcement_en), row.is_active,
    )  # fmt: skip


def _step(row: MenuStep, ways: dict[str, int]) -> Step:
    return Step(
        row.pk, row.kind, row.branch, ways, both(row.label_fr, row.label_en), both(row.say_fr, row.say_en), row.language, row.service_id,
        row.category_id, row.queue_id, row.calendar_id, row.goto_id, row.number, row.tries, row.register_key,
    )  # fmt: skip


def dialled(row: CallNumber) -> Number:
    """A number out of its row."""
    return Number(
        row.pk, row.number, both(row.name_fr, row.name_en), row.organisation_id, row.language, row.site_id, row.service_id, row.calendar_id,
        row.menu_id, row.queue_id, both(row.welcome_fr, row.welcome_en), row.when_closed, both(row.closed_text_fr, row.closed_text_en),
        row.closed_queue_id,
    )  # fmt: skip
