"""A menu as a tree for the page: nested lists of steps with the ways that lead on, those that lead nowhere among them."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itsm.calendars.calendars import calendar_name
from itsm.people.directory import directory

from .. import numbers
from ..models import CallMenu, MenuStep
from . import checking
from .shapes import ASKING, KEYS, NONE, SHAPES, K
from .wording import ICONS, kind_name, spoken, step_name, way_name

TONES = {
    K.QUEUE: "green", K.CALL_BACK: "teal", K.VOICEMAIL: "teal", K.DIAL: "teal", K.HANG_UP: "grey", K.GOTO: "grey", K.MAJOR: "red", K.VIP: "amber",
    K.KNOWN: "violet", K.ANNOUNCE: "grey",
}  # fmt: skip


@dataclass
class Node:
    """One step as it is drawn: `key` and `choice` (or `way`) are how one comes to it, `kind` is what it does. `ways` are those that lead on; `open` those that still lead nowhere."""

    step: MenuStep
    way: str
    key: str
    kind: str
    icon: str
    choice: str
    says: str
    facts: list[str]
    wrong: list[str]
    ways: list["Node"] = field(default_factory=list)
    open: list[tuple[str, str]] = field(default_factory=list)
    grow: str = ""
    tone: str = "blue"


def tree(menu: CallMenu) -> Node | None:
    """The first step with everything below it."""
    rows = list(menu.steps.select_related("queue", "service__item", "category", "goto", "goto__queue").order_by("pk"))
    root = next((row for row in rows if row.parent_id is None), None)
    return _node(root, rows, "") if root else None


def _node(step: MenuStep, rows: list[MenuStep], way: str) -> Node:
    below = sorted((row for row in rows if row.parent_id == step.pk), key=lambda row: _order(step.kind, row.branch))
    taken = {row.branch for row in below}
    missing = [branch for branch in SHAPES[step.kind].needed if branch not in taken]
    if step.kind in ASKING and NONE not in taken:
        missing.append(NONE)
    return Node(
        step=step,
        way=way,
        key=step.branch if step.branch in KEYS and step.branch else "",
        kind=kind_name(step.kind),
        icon=ICONS.get(step.kind, "point"),
        choice=spoken(step.label_fr or "", step.label_en or ""),
        says=spoken(step.say_fr or "", step.say_en or ""),
        facts=_facts(step),
        wrong=checking.of_step(step, rows),
        ways=[_node(row, rows, way_name(row.branch)) for row in below],
        open=[(branch, way_name(branch)) for branch in missing],
        grow=_grow(step, taken),
        tone=TONES.get(step.kind, "blue"),
    )


def _grow(step: MenuStep, taken: set[str]) -> str:
    """The way that another step would come by, for steps that take more."""
    if step.kind in ASKING:
        # The telephone's order: 1 to 9, then 0.
        return next((key for key in "1234567890*#" if key not in taken), "")
    if step.kind == K.SITE:
        sites = [f"site-{pk}" for pk, row in directory.get().sites.items()]
        return next((way for way in sites if way not in taken), "")
    return ""


def _order(kind: str, branch: str) -> tuple:
    ways = SHAPES[kind].ways
    return (0, ways.index(branch)) if branch in ways[:-1] else (2 if branch in ways else 1, branch)


def _facts(step: MenuStep) -> list[str]:
    """What the step is told, in few words."""
    found = []
    if step.queue_id:
        found.append(spoken(step.queue.name_fr or "", step.queue.name_en or "") or step.queue.code)
    if step.calendar_id:
        found.append(calendar_name(step.calendar_id))
    if step.number:
        found.append(numbers.spoken(step.number))
    if step.goto_id:
        found.append(_("to “%(step)s”") % {"step": step_name(step.goto)})
    if step.register_key:
        found.append(_("during it, key %(key)s: be told of its end") % {"key": step.register_key})
    if step.language:
        found.append(
            _("goes on in %(language)s")
            % {"language": {"fr": pgettext("spoken", "French"), "en": pgettext("spoken", "English")}[step.language]}
        )
    if step.service_id:
        found.append(step.service.item.name)
    if step.category_id:
        found.append(spoken(step.category.name_fr or "", step.category.name_en or "") or step.category.code)
    return found
