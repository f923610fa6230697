"""Everything that changes the switchboard: one function, one transaction, one audit entry; what runs is told at once.

`seen` is the digest (of a menu: the version) that the author saw; StaleVersion when somebody was faster.
"""

import hashlib
import json

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.audit import log
from itsm.core import versions
from itsm.core.errors import DomainError, StaleVersion

from .. import numbers
from ..models import CallMenu, CallNumber, CallQueue, MenuStep, Operator, PauseReason, WrapUpCode
from . import checking
from .board import TOPIC
from .shapes import SHAPES

NUMBER = (
    "number", "name_fr", "name_en", "organisation", "site", "service", "language", "calendar", "menu", "queue", "welcome_fr", "welcome_en",
    "when_closed", "closed_text_fr", "closed_text_en", "closed_queue", "is_active",
)  # fmt: skip
QUEUE = (
    "code", "name_fr", "name_en", "organisation", "team", "language", "calendar", "strategy", "answer_within_seconds", "short_abandon_seconds",
    "max_wait_seconds", "most_waiting", "overflow", "overflow_queue", "wrap_up_seconds", "announcement_fr", "announcement_en", "position",
    "is_active",
)  # fmt: skip
STEP = (
    "kind", "branch", "parent", "label_fr", "label_en", "say_fr", "say_en", "language", "service", "category", "queue", "calendar", "goto",
    "number", "tries", "register_key",
)  # fmt: skip
CODES = {
    "wrap-up": (WrapUpCode, ("code", "name_fr", "name_en", "outcome", "position", "is_active")),
    "pauses": (PauseReason, ("code", "name_fr", "name_en", "counts_as_work", "most_minutes", "position", "is_active")),
}
OPERATOR = ("extension",)


def _state(row, names) -> dict:
    found = {}
    for name in names:
        field = row._meta.get_field(name)
        found[name] = getattr(row, field.attname)
    return found


def digest(row, names, more=()) -> str:
    """Tells two states of a row apart."""
    kept = [_state(row, names), sorted(more)]
    return hashlib.sha256(json.dumps(kept, default=str).encode()).hexdigest()[:16]


def digest_of(row) -> str:
    """The digest of a number, a queue, an operator or a code with what belongs to it."""
    if isinstance(row, CallNumber):
        return digest(row, NUMBER)
    if isinstance(row, CallQueue):
        return digest(row, QUEUE, row.members.values_list("operator_id", "skill"))
    if isinstance(row, Operator):
        return digest(row, OPERATOR, row.queues.values_list("queue_id", "skill"))
    return digest(row, next(names for model, names in CODES.values() if isinstance(row, model)))


def dialled(text: str, organisation_id: int | None) -> str:
    """A number that people dial, in E.164; DomainError for what is none."""
    found = numbers.clean(text, organisation_id=organisation_id)
    if not found.startswith("+"):
        raise DomainError(_("This is no telephone number. Write it as +33 1 55 00 00 00."), field="number")
    return found


@transaction.atomic
def save_number(row: CallNumber | None, values: dict, *, actor, seen: str = "") -> CallNumber:
    """A number that people dial: set it up, or change where its calls go."""
    row, before = _opened(CallNumber, row, NUMBER, seen)
    _put(row, values, NUMBER)
    if row.when_closed == CallNumber.Closed.QUEUE and not row.closed_queue_id:
        raise DomainError(_("Say which queue takes them then."), field="closed_queue")
    if row.when_closed == CallNumber.Closed.MENU and not row.menu_id:
        raise DomainError(_("There is no menu to be led through."), field="when_closed")
    for name in ("queue", "closed_queue"):
        queue = getattr(row, name)
        if queue is not None and not queue.is_active:
            raise DomainError(_("This queue is out of service."), field=name)
    _kept(row, "number", _("This number is set up already."))
    return _told(row, "call_number", before, NUMBER, actor)


@transaction.atomic
def save_queue(row: CallQueue | None, values: dict, members: dict[int, int], *, actor, seen: str = "") -> CallQueue:
    """A queue with the operators who answer it: {operator: skill}."""
    # All of them, in one order: two people who make queues overflow into each other at once come one after the other.
    others = list(CallQueue.objects.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    row, before = _opened(CallQueue, row, QUEUE, seen)
    _put(row, values, QUEUE)
    if row.overflow != CallQueue.Overflow.QUEUE:
        row.overflow_queue = None
    if row.overflow != CallQueue.Overflow.NONE and not row.max_wait_seconds:
        raise DomainError(_("Say after how long a wait."), field="max_wait_seconds")
    if row.most_waiting and row.overflow == CallQueue.Overflow.NONE:
        raise DomainError(_("Say where those go who find the queue full."), field="overflow")
    checking.check_overflow(row, others)
    if not row.is_active:
        _unused(row)
    _kept(row, "code", _("Another queue has this code."))
    more = _membership(row.members, "operator_id", members)
    return _told(row, "call_queue", before, QUEUE, actor, more)


def _unused(queue: CallQueue) -> None:
    """A queue that something leads to cannot be taken out of service."""
    if MenuStep.objects.filter(queue=queue).exists():
        raise DomainError(_("A menu leads to this queue: change the menu first."), field="is_active")
    if CallNumber.objects.filter(queue=queue).exists() or CallNumber.objects.filter(closed_queue=queue).exists():
        raise DomainError(_("A number leads to this queue: change the number first."), field="is_active")
    if CallQueue.objects.filter(overflow_queue=queue, overflow="queue", is_active=True).exists():
        raise DomainError(_("Another queue overflows to this one: change it first."), field="is_active")
    if queue.calls.waiting().exists():
        raise DomainError(_("Callers wait in this queue."), field="is_active")


@transaction.atomic
def save_operator(
    row: Operator | None, *, actor, extension: str, queues: dict[int, int], person=None, seen: str = ""
) -> Operator:
    """Who answers: the extension that rings, and {queue: skill}."""
    row, before = _opened(Operator, row, OPERATOR, seen)
    if row.pk is None:
        if person is None:
            raise DomainError(_("Say who it is."), field="person")
        row.person = person
    row.extension = extension.strip()
    is_new = row.pk is None
    if is_new and Operator.objects.filter(person=person).exists():
        raise DomainError(_("This person is an operator already."), field="person")
    _kept(row, "extension", _("Another operator has this extension."))
    more = _membership(row.queues, "queue_id", queues)
    _log(row, "operator", before, OPERATOR, actor, more, text=row.person.display_name)
    return row


@transaction.atomic
def save_code(kind: str, row, values: dict, *, actor, seen: str = ""):
    """A wrap-up code or a reason of a pause. Codes are never removed, since calls cite them: they are put out of use."""
    model, names = CODES[kind]
    row, before = _opened(model, row, names, seen)
    _put(row, values, names)
    _kept(row, "code", _("Another one has this code."))
    return _told(row, model._meta.model_name, before, names, actor)


# -- menus


@transaction.atomic
def save_menu(
    menu: CallMenu | None, *, actor, code: str, name_fr: str, name_en: str, organisation, seen: int | None = None
):
    """A menu: its names. Its steps come one by one."""
    values = {"code": code, "name_fr": name_fr, "name_en": name_en, "organisation": organisation}
    before = None
    if menu is None:
        menu = CallMenu()
    else:
        menu = _locked(menu, seen)
        before = _state(menu, values)
        menu.version += 1
    _put(menu, values, values)
    _kept(menu, "code", _("Another menu has this code."))
    return _told(menu, "call_menu", before, tuple(values), actor)


@transaction.atomic
def save_step(menu: CallMenu, step: MenuStep | None, values: dict, *, actor, seen: int | None = None) -> MenuStep:
    """Put a step into the tree, or change one: what it does, and by which way it is reached. What cannot be is refused."""
    menu = _locked(menu, seen)
    rows = {row.pk: row for row in menu.steps.select_related("queue").order_by("pk")}
    row = rows[step.pk] if step is not None and step.pk in rows else MenuStep(menu=menu)
    before = _state(row, STEP) if row.pk else None
    _put(row, values, STEP)
    row.parent_id = values.get("parent_id", row.parent_id)
    _forget_what_is_not_asked(row)
    checking.check_step(row, [*rows.values(), *([] if row.pk else [row])])
    row.label, row.say = row.label_fr or row.label_en or "", row.say_fr or row.say_en or ""
    row.save()
    _changed(menu, "call_menu.step_changed" if before else "call_menu.step_added", row, before, actor)
    return row


@transaction.atomic
def delete_step(menu: CallMenu, step: MenuStep, *, actor, seen: int | None = None) -> int:
    """Take a step out with everything that follows it; how many went."""
    menu = _locked(menu, seen)
    rows = list(menu.steps.values_list("pk", "parent_id"))
    gone, more = {step.pk}, True
    while more:
        following = {pk for pk, parent in rows if parent in gone} - gone
        gone, more = gone | following, bool(following)
    if not any(pk == step.pk for pk, _parent in rows):
        raise StaleVersion()
    menu.steps.filter(goto__in=gone).exclude(pk__in=gone).update(goto=None)
    menu.steps.filter(pk__in=gone).delete()
    _changed(menu, "call_menu.step_removed", step, None, actor, removed=len(gone))
    return len(gone)


@transaction.atomic
def copy_menu(menu: CallMenu, *, actor) -> CallMenu:
    """The same tree under another code, to be changed and tried before a number leads to it."""
    taken = set(CallMenu.objects.filter(code__startswith=menu.code[:34]).values_list("code", flat=True))
    code = next(each for n in range(2, 10_000) if (each := f"{menu.code[:34]}-{n}") not in taken)
    made = CallMenu.objects.create(
        code=code, name=menu.name, name_fr=menu.name_fr, name_en=menu.name_en, organisation=menu.organisation
    )
    new: dict[int, MenuStep] = {}
    rows = list(menu.steps.order_by("pk"))
    waiting = rows
    while waiting:
        ready = [row for row in waiting if row.parent_id is None or row.parent_id in new]
        waiting = [row for row in waiting if row not in ready]
        for row in ready:
            values = {name: value for name, value in _state(row, STEP).items() if name not in ("parent", "goto")}
            copied = MenuStep(menu=made, parent=new.get(row.parent_id), label=row.label, say=row.say)
            for name, value in values.items():
                setattr(copied, copied._meta.get_field(name).attname, value)
            copied.save(force_insert=True)
            new[row.pk] = copied
        if not ready:
            break
    for row in rows:
        if row.goto_id in new:
            MenuStep.objects.filter(pk=new[row.pk].pk).update(goto=new[row.goto_id])
    log.write("call_menu.created", made, actor=actor, kind="call_menu", data={"copy_of": menu.code})
    _bump()
    return made


@transaction.atomic
def delete_menu(menu: CallMenu, *, actor, seen: int | None = None) -> None:
    """Remove a menu that no number leads to."""
    menu = _locked(menu, seen)
    if menu.numbers.exists():
        raise DomainError(_("A number leads to this menu: give it another one first."))
    log.write("call_menu.removed", menu, actor=actor, kind="call_menu", data={"steps": menu.steps.count()})
    menu.delete()
    _bump()


# -- shared


def _locked(menu: CallMenu, seen: int | None) -> CallMenu:
    found = CallMenu.objects.select_for_update(no_key=True).filter(pk=menu.pk).first()
    if found is None or (seen is not None and seen != found.version):
        raise StaleVersion()
    return found


def _opened(model, row, names, seen: str):
    """The row, locked and as somebody saw it, with its state before; or a new one."""
    if row is None:
        return model(), None
    row = model.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
    if seen and seen != digest_of(row):
        raise StaleVersion()
    return row, _state(row, names)


def _put(row, values: dict, names) -> None:
    for name in names:
        if name in values:
            setattr(row, name, values[name])
    # The column without a language follows the French one; set in another language it would write over that one's text.
    with override("fr"):
        for stem in ("name", "announcement", "welcome", "closed_text"):
            if f"{stem}_fr" in values:
                setattr(row, stem, values[f"{stem}_fr"] or values.get(f"{stem}_en") or "")


def _forget_what_is_not_asked(step: MenuStep) -> None:
    """A step whose kind was changed keeps nothing of the old one. Service and category belong to every step."""
    wanted = SHAPES[step.kind].fields
    if "say" not in wanted:
        step.say_fr = step.say_en = ""
    for name in ("queue", "calendar", "goto"):
        if name not in wanted:
            setattr(step, name, None)
    for name in ("number", "register_key"):
        if name not in wanted:
            setattr(step, name, "")


def _kept(row, field: str, words: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError(words, field=field) from error


def _membership(rows, key: str, wanted: dict[int, int]) -> dict:
    """Make the members of a queue (or the queues of an operator) those; what that changed."""
    had = dict(rows.values_list(key, "skill"))
    if had == wanted:
        return {}
    rows.exclude(**{f"{key}__in": list(wanted)}).delete()
    for other, skill in wanted.items():
        if had.get(other) != skill:
            rows.update_or_create(**{key: other}, defaults={"skill": skill})
    return {"members" if key == "operator_id" else "queues": [_listed(had), _listed(wanted)]}


def _listed(skills: dict[int, int]) -> list[list[int]]:
    return sorted([pk, skill] for pk, skill in skills.items())


def _changed(menu: CallMenu, verb: str, step: MenuStep, before: dict | None, actor, **data) -> None:
    menu.version += 1
    menu.save(update_fields=["version"])
    changes = _differences(before, _state(step, STEP)) if before else {}
    log.write(
        verb,
        menu,
        actor=actor,
        kind="call_menu",
        changes=changes,
        data={"step": str(step.kind), "way": step.branch} | data,
    )
    _bump()


def _differences(before: dict, after: dict) -> dict:
    return {name: [str(old), str(after[name])] for name, old in before.items() if old != after[name]}


def _told(row, kind: str, before: dict | None, names, actor, more: dict | None = None):
    _log(row, kind, before, names, actor, more or {}, text=str(row))
    return row


def _log(row, kind: str, before: dict | None, names, actor, more: dict, *, text: str) -> None:
    changes = (_differences(before, _state(row, names)) | more) if before is not None else more
    log.write(
        f"{kind}.changed" if before is not None else f"{kind}.created",
        (kind, row.pk, text),
        actor=actor,
        changes=changes,
    )
    _bump()


def _bump() -> None:
    versions.bump(TOPIC)
    versions.bump("calls")
