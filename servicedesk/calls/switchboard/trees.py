"""Menus: their names, their steps one by one, or the whole tree. One function, one transaction, one audit entry.

`seen` is the version that the author saw; StaleVersion when somebody was faster.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core.errors import DomainError, StaleVersion

from ..models import CallMenu, MenuStep
from . import checking
from .keeping import bump, differences, kept, put, state, told
from .shapes import SHAPES

STEP = (
    "kind", "branch", "parent", "label_fr", "label_en", "say_fr", "say_en", "language", "service", "category", "queue", "calendar", "goto",
    "number", "tries", "register_key",
)  # fmt: skip


@transaction.atomic
def save_menu(
    menu: CallMenu | None, *, actor, code: str, name_fr: str, name_en: str, organisation, steps: list[dict] | None = None,
    seen: int | None = None,
) -> CallMenu:  # fmt: skip
    """A menu: its names, and with `steps` its whole tree anew. Each step has the columns of STEP and an `id`, by which `parent`
    and `goto` name it; one that is the key of a step that the menu has keeps that step.
    """
    if code == "new":
        raise DomainError(_("This code is used by the product itself."), field="code")
    values = {"code": code, "name_fr": name_fr, "name_en": name_en, "organisation": organisation}
    before = None
    if menu is None:
        menu = CallMenu()
    else:
        menu = _locked(menu, seen)
        before = state(menu, values)
        menu.version += 1
    put(menu, values, values)
    kept(menu, "code", _("Another menu has this code."))
    more = _replant(menu, steps) if steps is not None else {}
    return told(menu, "call_menu", before, tuple(values), actor, more)


def _replant(menu: CallMenu, given: list[dict]) -> dict:
    """The tree as it is given, checked step by step like those of the editor; what that changed."""
    had = {row.pk: row for row in menu.steps.order_by("pk")}
    before = {pk: state(row, STEP) for pk, row in had.items()}
    rows: dict[int, MenuStep] = {}
    for n, each in enumerate(given):
        if each["id"] in rows:
            raise DomainError(_("Two steps have the id %(id)s.") % {"id": each["id"]}, field="steps")
        # A step that is not kept yet has a key below zero, so that the checks can tell it from the others.
        rows[each["id"]] = MenuStep(pk=each["id"] if each["id"] in had else -2 - n, menu=menu)
    for each in given:
        row = rows[each["id"]]
        put(row, {name: value for name, value in each.items() if name not in ("parent", "goto")}, STEP)
        for name in ("parent", "goto"):
            other = each.get(name)
            if other is not None and other not in rows:
                raise DomainError(_("No step has the id %(id)s.") % {"id": other}, field="steps")
            setattr(row, f"{name}_id", rows[other].pk if other is not None else None)
        if row.parent_id is None:
            row.branch = ""
        _forget_what_is_not_asked(row)
    ordered = _parents_first(list(rows.values()))
    names = {row.pk: key for key, row in rows.items()}
    for row in ordered:
        try:
            checking.check_step(row, ordered)
        except DomainError as error:
            words = {"id": names[row.pk], "why": error.message}
            raise DomainError(_("Step %(id)s: %(why)s") % words, field="steps") from error
    if {row.pk: state(row, STEP) for row in ordered} == before:
        return {}
    # Taken out and put back under their keys: ways change hands without two steps standing at one in between.
    menu.steps.all().delete()
    real = _planted(ordered, set(had))
    after = {row.pk: state(row, STEP) for row in menu.steps.all()}
    return {
        f"step {pk}": [_line(before.get(pk)), _line(after.get(pk))]
        for pk in sorted({*before, *real.values()})
        if before.get(pk) != after.get(pk)
    }


def _parents_first(rows: list[MenuStep]) -> list[MenuStep]:
    found: list[MenuStep] = []
    placed: set[int | None] = {None}
    while ready := [row for row in rows if row.parent_id in placed and row.pk not in placed]:
        found += ready
        placed |= {row.pk for row in ready}
    if len(found) < len(rows):
        raise DomainError(_("A step cannot follow one that follows it."), field="steps")
    return found


def _planted(ordered: list[MenuStep], had: set[int]) -> dict[int, int]:
    """Written down, parents first: {the key that the checks knew: the key that it has}."""
    real: dict[int, int] = {}
    back = {row.pk: row.goto_id for row in ordered if row.goto_id}
    for row in ordered:
        known, row.goto_id = row.pk, None
        row.pk, row.parent_id = known if known in had else None, real.get(row.parent_id or 0)
        row.label, row.say = row.label_fr or row.label_en or "", row.say_fr or row.say_en or ""
        row.save(force_insert=True)
        real[known] = row.pk
    for known, goto in back.items():
        MenuStep.objects.filter(pk=real[known]).update(goto=real[goto])
    return real


def _line(step: dict | None) -> str:
    """A step in the audit."""
    return (
        "" if step is None else " ".join(f"{name}={value}" for name, value in step.items() if value not in ("", None))
    )


@transaction.atomic
def save_step(menu: CallMenu, step: MenuStep | None, values: dict, *, actor, seen: int | None = None) -> MenuStep:
    """Put a step into the tree, or change one: what it does, and by which way it is reached. What cannot be is refused."""
    menu = _locked(menu, seen)
    rows = {row.pk: row for row in menu.steps.select_related("queue").order_by("pk")}
    row = rows[step.pk] if step is not None and step.pk in rows else MenuStep(menu=menu)
    before = state(row, STEP) if row.pk else None
    put(row, values, STEP)
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
            values = {name: value for name, value in state(row, STEP).items() if name not in ("parent", "goto")}
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
    bump()
    return made


@transaction.atomic
def delete_menu(menu: CallMenu, *, actor, seen: int | None = None) -> None:
    """Remove a menu that no number leads to."""
    menu = _locked(menu, seen)
    if menu.numbers.exists():
        raise DomainError(_("A number leads to this menu: give it another one first."))
    log.write("call_menu.removed", menu, actor=actor, kind="call_menu", data={"steps": menu.steps.count()})
    menu.delete()
    bump()


def _locked(menu: CallMenu, seen: int | None) -> CallMenu:
    found = CallMenu.objects.select_for_update(no_key=True).filter(pk=menu.pk).first()
    if found is None or (seen is not None and seen != found.version):
        raise StaleVersion()
    return found


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


def _changed(menu: CallMenu, verb: str, step: MenuStep, before: dict | None, actor, **data) -> None:
    menu.version += 1
    menu.save(update_fields=["version"])
    changes = differences(before, state(step, STEP)) if before else {}
    log.write(
        verb,
        menu,
        actor=actor,
        kind="call_menu",
        changes=changes,
        data={"step": str(step.kind), "way": step.branch} | data,
    )
    bump()
