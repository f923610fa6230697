"""What is wrong with a switchboard: what cannot be saved, and what works badly or not yet ("what is not set up")."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from itsm.calendars.business import open_intervals
from itsm.calendars.calendars import calendar_id_for, calendar_name
from itsm.calendars.intervals import subtract
from itsm.core import now
from itsm.core.errors import DomainError

from ..models import CallMenu, CallNumber, CallQueue, MenuStep, Operator
from .shapes import ASKING, KEYS, NONE, SHAPES, K, takes
from .wording import spoken, step_name, way_name

MOST_STEPS = 200
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Finding:
    """One thing that is not set up, and where."""

    words: str
    kind: str
    pk: int | str | None = None
    menu: str = ""


# -- what cannot be saved


def check_step(step: MenuStep, rows: list[MenuStep]) -> None:
    """DomainError when the step cannot stand where it is put. `rows`: the steps of the menu as they would be, with it."""
    parent = next((row for row in rows if row.pk and row.pk == step.parent_id), None)
    if len(rows) > MOST_STEPS:
        raise DomainError(_("A menu has %(n)s steps at most.") % {"n": MOST_STEPS})
    if parent is None:
        if any(row.parent_id is None and row.pk != step.pk for row in rows):
            raise DomainError(_("The menu has a first step already."), field="place")
    else:
        _check_place(step, parent, rows)
    shape = SHAPES[step.kind]
    for name in shape.required:
        empty = (
            not (step.say_fr or step.say_en)
            if name == "say"
            else not getattr(step, f"{name}_id", None) and not getattr(step, name, None)
        )
        if empty:
            raise DomainError(_("This kind of step needs it."), field="say_fr" if name == "say" else name)
    if parent is not None and parent.kind == K.LANGUAGE and step.branch in KEYS and not step.language:
        raise DomainError(_("Say which language this key chooses."), field="language")
    if step.kind in (K.QUEUE, K.FULL) and not step.queue.is_active:
        raise DomainError(_("This queue is out of service."), field="queue")
    lost = [row for row in rows if row.parent_id == step.pk and step.pk and not takes(step.kind, row.branch)]
    if lost:
        names = ", ".join(way_name(row.branch) for row in lost)
        raise DomainError(
            _("Steps follow by ways that such a step does not have: %(ways)s. Move or remove them first.") % {"ways": names},
            field="kind",
        )  # fmt: skip
    _check_circles(rows)


def _check_place(step: MenuStep, parent: MenuStep, rows: list[MenuStep]) -> None:
    if not takes(parent.kind, step.branch):
        words = {"step": step_name(parent), "way": way_name(step.branch)}
        raise DomainError(_("“%(step)s” has no way “%(way)s”.") % words, field="place")
    for row in rows:
        if row.pk != step.pk and row.parent_id == step.parent_id and row.branch == step.branch:
            words = {"way": way_name(step.branch), "step": step_name(row)}
            raise DomainError(_("%(way)s leads to “%(step)s” already.") % words, field="place")
    above, by_pk = parent, {row.pk: row for row in rows if row.pk}
    while above is not None:
        if step.pk and above.pk == step.pk:
            raise DomainError(_("A step cannot follow one that follows it."), field="place")
        above = by_pk.get(above.parent_id)


def _check_circles(rows: list[MenuStep]) -> None:
    """A way round in which no key is pressed would never end. A step that is not kept yet has the key 0."""
    by_pk = {row.pk or 0: row for row in rows}
    ways: dict[int, list[int]] = {pk: [] for pk in by_pk}
    for pk, row in by_pk.items():
        if row.kind == K.GOTO and row.goto_id:
            if row.goto_id not in by_pk:
                raise DomainError(_("Choose a step of the same menu."), field="goto")
            ways[pk].append(row.goto_id)
        parent = by_pk.get(row.parent_id or -1)
        if parent is not None and (parent.kind not in ASKING or row.branch == NONE):
            ways[parent.pk].append(pk)
    # Steps that lead nowhere are taken away until none is left, or only those of a circle.
    left = dict(ways)
    while ends := [pk for pk, to in left.items() if not any(each in left for each in to)]:
        for pk in ends:
            del left[pk]
    if left:
        raise DomainError(_("A caller who presses no key would go round in a circle."), field="goto")


def check_overflow(queue: CallQueue, others: Iterable[CallQueue]) -> None:
    """DomainError when callers would be sent round in a circle of queues."""
    if queue.overflow != CallQueue.Overflow.QUEUE:
        return
    if not queue.overflow_queue_id:
        raise DomainError(_("Say which queue takes them then."), field="overflow_queue")
    by_pk = {row.pk: row for row in others if row.pk != queue.pk} | ({queue.pk: queue} if queue.pk else {})
    at, seen = by_pk.get(queue.overflow_queue_id), set()
    if at is None or not at.is_active:
        raise DomainError(_("This queue is out of service."), field="overflow_queue")
    while at is not None and at.overflow == CallQueue.Overflow.QUEUE:
        if at.pk in seen or at.pk == queue.pk:
            raise DomainError(_("Its callers would come back to this queue."), field="overflow_queue")
        seen.add(at.pk)
        at = by_pk.get(at.overflow_queue_id)


# -- what is not set up


def findings(user) -> list[Finding]:
    """What works badly or not yet, of the switchboards that the person manages."""
    numbers = list(CallNumber.objects.managed_by(user).order_by("number"))
    menus = list(CallMenu.objects.managed_by(user).order_by("code"))
    queues = list(CallQueue.objects.managed_by(user).select_related("overflow_queue").order_by("position", "code"))
    steps: dict[int, list[MenuStep]] = {}
    for row in MenuStep.objects.filter(menu__in=menus).select_related("queue").order_by("pk"):
        steps.setdefault(row.menu_id, []).append(row)
    found = [*_of_numbers(numbers, steps)]
    for menu in menus:
        found += of_menu(menu, steps.get(menu.pk, []))
        dialled = [row for row in numbers if row.menu_id == menu.pk and row.is_active]
        if not dialled:
            found.append(Finding(_("No number leads to this menu."), "menu", menu.code))
        found += _closed_queues(menu, steps.get(menu.pk, []), dialled)
    return [*found, *_of_queues(queues), *_of_operators(user)]


def _of_numbers(numbers: list[CallNumber], steps: dict[int, list[MenuStep]]):
    if not numbers:
        yield Finding(_("No number is set up: every call is accepted as it comes."), "numbers")
    for row in numbers:
        if not row.is_active:
            continue
        if row.menu_id is None and row.queue_id is None:
            yield Finding(_("%(n)s leads to no menu and no queue.") % {"n": row.number}, "number", row.pk)
        if row.menu_id and not steps.get(row.menu_id):
            yield Finding(_("%(n)s leads to a menu without steps.") % {"n": row.number}, "number", row.pk)
        if row.menu_id and row.queue_id is None:
            yield Finding(
                _("%(n)s has no queue for calls that its menu leads nowhere.") % {"n": row.number}, "number", row.pk
            )
        says = {"fr": row.closed_text_fr, "en": row.closed_text_en}
        if row.when_closed != "menu" and not all(says.values()):
            yield Finding(
                _("%(n)s: what is said when it is closed lacks a language.") % {"n": row.number}, "number", row.pk
            )


def of_menu(menu: CallMenu, rows: list[MenuStep]) -> list[Finding]:
    """Dead ends, languages that are missing, queues that take nobody: by step."""
    if not rows:
        return [Finding(_("This menu has no step yet."), "menu", menu.code)]
    return [Finding(words, "step", row.pk, menu.code) for row in rows for words in of_step(row, rows)]


def of_step(step: MenuStep, rows: list[MenuStep]) -> list[str]:
    """What is not set up about one step."""
    found, taken = [], {row.branch for row in rows if row.parent_id == step.pk}
    missing = [way_name(way) for way in SHAPES[step.kind].needed if way not in taken]
    if missing:
        found.append(
            _("“%(step)s” leads nowhere for: %(ways)s.") % {"step": step_name(step), "ways": ", ".join(missing)}
        )
    if step.kind in ASKING and not taken & set(KEYS):
        found.append(_("“%(step)s” asks for a key, and no key is set up.") % {"step": step_name(step)})
    if step.kind in ASKING and NONE not in taken:
        found.append(_("“%(step)s” does not say where a caller goes who presses nothing.") % {"step": step_name(step)})
    if bool(step.say_fr) != bool(step.say_en):
        language = pgettext("spoken", "English") if step.say_fr else pgettext("spoken", "French")
        found.append(_("“%(step)s” is not said in %(language)s.") % {"step": step_name(step), "language": language})
    if step.kind in (K.QUEUE, K.FULL) and (step.queue is None or not step.queue.is_active):
        found.append(_("“%(step)s”: the queue is out of service.") % {"step": step_name(step)})
    if step.kind == K.GOTO and step.goto_id is None:
        found.append(_("“%(step)s” leads back to a step that is gone.") % {"step": step_name(step)})
    return found


def _closed_queues(menu: CallMenu, rows: list[MenuStep], numbers: list[CallNumber]):
    """Queues that are closed for a part of the week in which a number leads to them, with no overflow for it."""
    start = now()
    for row in rows:
        queue = row.queue if row.kind == K.QUEUE else None
        if queue is None or not queue.calendar_id or queue.overflow != "none":
            continue
        for number in numbers:
            calendar = number.calendar_id or calendar_id_for(number.organisation_id)
            if calendar == queue.calendar_id:
                continue
            open_then = open_intervals(calendar, start, start + WEEK)
            gaps = subtract(open_then, open_intervals(queue.calendar_id, start, start + WEEK))
            if gaps:
                hours = round(sum((end - begin).total_seconds() for begin, end in gaps) / 3600)
                words = {
                    "queue": queue.code,
                    "number": number.number,
                    "calendar": calendar_name(queue.calendar_id),
                    "n": hours,
                }
                yield Finding(
                    ngettext(
                        "%(queue)s (%(calendar)s) is closed for %(n)s hour of the week in which %(number)s leads to it.",
                        "%(queue)s (%(calendar)s) is closed for %(n)s hours of the week in which %(number)s leads to it.",
                        hours,
                    ) % words,
                    "step", row.pk, menu.code,
                )  # fmt: skip
                break


def _of_queues(queues: list[CallQueue]):
    staffed = set(
        CallQueue.objects.filter(pk__in=[q.pk for q in queues], members__operator__person__is_active=True).values_list(
            "pk", flat=True
        )
    )
    for row in queues:
        if not row.is_active:
            continue
        name = spoken(row.name_fr or "", row.name_en or "") or row.code
        if row.pk not in staffed:
            yield Finding(_("Nobody answers %(queue)s.") % {"queue": name}, "queue", row.code)
        if row.max_wait_seconds is None:
            yield Finding(_("Callers may wait in %(queue)s without end.") % {"queue": name}, "queue", row.code)
        elif row.overflow == CallQueue.Overflow.NONE:
            words = {"queue": name, "n": row.max_wait_seconds}
            yield Finding(
                _("%(queue)s: the longest wait of %(n)s s does nothing, callers keep waiting after it.") % words,
                "queue",
                row.code,
            )
        if row.overflow_queue and not row.overflow_queue.is_active:
            yield Finding(
                _("%(queue)s overflows to a queue that is out of service.") % {"queue": name}, "queue", row.code
            )
        if bool(row.announcement_fr) != bool(row.announcement_en):
            yield Finding(_("The announcement of %(queue)s lacks a language.") % {"queue": name}, "queue", row.code)


def _of_operators(user):
    rows = Operator.objects.managed_by(user).filter(person__is_active=True).select_related("person")
    for row in rows.prefetch_related("queues"):
        name = row.person.display_name
        if not row.extension:
            yield Finding(
                _("%(name)s has no extension: the telephone cannot ring there.") % {"name": name}, "operator", row.pk
            )
        if not row.queues.all():
            yield Finding(_("%(name)s answers no queue.") % {"name": name}, "operator", row.pk)
