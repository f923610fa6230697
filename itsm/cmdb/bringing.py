"""Items of an older version of their class are brought to the new one: renamed, cast, or set aside, never lost.

The rules, in this order: a renamed attribute takes its value along; a value that fits stays; one that can be read as
the new type is cast; everything else goes to `set_aside` with the reason, and comes back when a later version fits it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from itsm.core import now, versions
from itsm.core.folding import fold
from itsm.core.reference import cached

from . import runs, snapshots
from .models import ConfigurationItem, ItemRun, ItemRunRow
from .specs import VERSION, ClassSpec, classes, kind_of, with_subclasses

CHUNK = 200
FORECAST = 5_000
EXAMPLES = 5
YES = {"1", "true", "yes", "y", "oui", "o", "vrai"}
NO = {"0", "false", "no", "n", "non", "faux"}


class Misfit(ValueError):
    """A value that the attribute cannot take."""


@dataclass
class Brought:
    """The attributes of an item under the new version, and what did not fit."""

    attributes: dict
    aside: dict = field(default_factory=dict)
    back: list[str] = field(default_factory=list)
    cast: list[str] = field(default_factory=list)


def touches_data(old: dict, new: dict, renamed: dict[str, str]) -> bool:
    """Can values of items be wrong after this change of a definition?"""
    if renamed or old["parent"] != new["parent"]:
        return True
    shown = {"x-fr", "x-en", "x-help-fr", "x-help-en", "x-words-fr", "x-words-en", "x-unit", "x-unit-fr", "x-unit-en"}

    def strict(definition: dict) -> dict:
        return {
            name: {key: value for key, value in rule.items() if key not in shown}
            for name, rule in definition["properties"].items()
        }

    return strict(old) != strict(new)


def brought(spec: ClassSpec, attributes: dict, set_aside: dict, renamed: dict[str, str]) -> Brought:
    """What becomes of the values of one item. No query but for references that are still text."""
    found = Brought({})
    for name, value in attributes.items():
        target = renamed.get(name, name) if name not in spec.properties else name
        if target not in spec.properties:
            found.aside[name] = {"value": value, "why": "gone", "version": spec.version}
            continue
        if target != name and target in attributes:
            found.aside[name] = {"value": value, "why": "taken", "version": spec.version}
            continue
        try:
            found.attributes[target] = fitted(spec, target, value)
        except Misfit:
            found.aside[target] = {"value": value, "why": "misfit", "version": spec.version}
        else:
            if found.attributes[target] != value:
                found.cast.append(target)
    for name, kept in set_aside.items():
        target = renamed.get(name, name)
        if target in spec.properties and target not in found.attributes and target not in found.aside:
            try:
                found.attributes[target] = fitted(spec, target, kept.get("value"))
            except Misfit:
                continue
            found.back.append(name)
    return found


def fitted(spec: ClassSpec, name: str, value: Any) -> Any:
    """The value as the attribute wants it. Misfit when it cannot be read so."""
    rule = spec.properties[name]
    fits = spec.validator.evolve(schema=rule)
    if kind_of(rule) != "reference" and fits.is_valid(value):
        return value
    made = _cast(spec, name, rule, value)
    if not fits.is_valid(made):
        raise Misfit
    return made


def _cast(spec: ClassSpec, name: str, rule: dict, value: Any) -> Any:
    text = str(value).strip()
    match kind_of(rule):
        case "text":
            return {True: "1", False: "0"}.get(value, text) if isinstance(value, bool) else text
        case "integer" | "number":
            return _number(rule, value, text)
        case "boolean":
            word = fold(text)
            if word not in YES | NO:
                raise Misfit
            return word in YES
        case "date":
            return _date(text)
        case "choice":
            return _choice(rule, text)
        case "list":
            return [part.strip() for part in text.split(",") if part.strip()]
        case "reference":
            return _reference(rule, value, text)
    raise Misfit


def _number(rule: dict, value: Any, text: str) -> float | int:
    if isinstance(value, bool):
        return int(value)
    try:
        number = float(text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace(",", "."))
    except ValueError as error:
        raise Misfit from error
    if number != number or abs(number) == float("inf"):
        raise Misfit
    if rule.get("type") == "integer":
        if number != int(number):
            raise Misfit
        return int(number)
    return int(number) if number == int(number) else number


def _date(text: str) -> str:
    day, _sep, rest = text.partition("/")
    if rest.count("/") == 1:  # 31/12/2026, as people write it here
        month, _sep, year = rest.partition("/")
        text = f"{year}-{month:0>2}-{day:0>2}"
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError as error:
        raise Misfit from error


def _choice(rule: dict, text: str) -> Any:
    word = fold(text)
    for value in rule["enum"]:
        names = {str(value), *(str(rule.get(f"x-words-{lang}", {}).get(str(value), "")) for lang in ("fr", "en"))}
        if word in {fold(name) for name in names if name}:
            return value
    raise Misfit


def _reference(rule: dict, value: Any, text: str) -> int:
    items = ConfigurationItem.objects.filter(ci_class__in=with_subclasses(rule["x-ref"]))
    if isinstance(value, int) and not isinstance(value, bool):
        if items.filter(pk=value).exists():
            return value
        raise Misfit
    found = list(items.filter(key=text).values_list("pk", flat=True)[:1])
    named = found or list(items.in_use().filter(name=text).values_list("pk", flat=True)[:2])
    if len(named) != 1:
        raise Misfit
    return named[0]


def begin(code: str, version: int, renamed: dict[str, str], *, actor, language: str = "") -> ItemRun | None:
    """A run for the items of a class and those below it; None when there are none."""
    codes = with_subclasses(code)
    total = ConfigurationItem.objects.filter(ci_class__in=codes).count()
    if not total:
        return None
    params = {"code": code, "version": version, "renamed": renamed, "language": language}
    run = ItemRun.objects.create(kind=ItemRun.Kind.CLASSES, actor=actor, params=params, total=total)
    versions.bump(VERSION)
    return run


@cached(VERSION)
def pending() -> tuple[tuple[str, dict], ...]:
    """Versions to which items are still being brought: (class, renamed attributes)."""
    rows = ItemRun.objects.filter(kind=ItemRun.Kind.CLASSES, finished_at=None).order_by("at")
    return tuple((params["code"], params["renamed"]) for params in rows.values_list("params", flat=True))


def is_pending(code: str) -> bool:
    """Are items of the class, or of one above or below it, still being brought to a version?"""
    known = classes.get()
    lineage = known[code].lineage if code in known else ()
    return any(each in lineage or code in known[each].lineage for each, _renamed in pending.get() if each in known)


def catch_up(item: ConfigurationItem) -> bool:
    """Bring an item whose run has not come to it yet. Hold its lock. Returns whether it changed."""
    spec = classes.get().get(item.ci_class)
    moved = False
    for code, renamed in pending.get():
        if spec and code in spec.lineage:
            moved |= bring(item, spec, renamed, actor=None) is not None
    return moved


def bring(item: ConfigurationItem, spec: ClassSpec, renamed: dict[str, str], *, actor) -> Brought | None:
    """Save an item as the version wants it. Hold its lock. None when nothing changed."""
    found = brought(spec, item.attributes, item.set_aside, renamed)
    if found.attributes == item.attributes and not found.aside and not found.back:
        return None
    item.set_aside = {n: v for n, v in item.set_aside.items() if n not in found.back} | found.aside
    item.attributes = found.attributes
    item.version += 1
    item.updated_at = now()
    item.save(update_fields=["attributes", "set_aside", "version", "updated_at"])
    reason = _("Class “%(name)s”, version %(n)s") % {"name": spec.name, "n": spec.version}
    snapshots.keep_item(item, actor=actor, at=item.updated_at, reason=reason)
    return found


@runs.worker(ItemRun.Kind.CLASSES)
def _chunk(run: ItemRun) -> bool:
    known = classes.get()
    items = list(
        ConfigurationItem.objects.select_for_update(no_key=True)
        .filter(ci_class__in=with_subclasses(run.params["code"]), pk__gt=run.cursor)
        .order_by("pk")[:CHUNK]
    )
    lines = []
    for item in items:
        found = bring(item, known[item.ci_class], run.params["renamed"], actor=run.actor)
        run.changed += found is not None
        if found and found.aside:
            run.failed += 1
            names = ", ".join(known[item.ci_class].label(name) for name in found.aside)
            message = _("Set aside: %(names)s") % {"names": names}
            lines.append(ItemRunRow(run=run, item=item, ok=False, message=message[:300]))
    ItemRunRow.objects.bulk_create(lines, ignore_conflicts=True)
    run.done += len(items)
    run.cursor = items[-1].pk if items else run.cursor
    if len(items) < CHUNK:
        versions.bump(VERSION)
        return False
    return True


@dataclass
class Forecast:
    """What saving a version would do to the items that are there."""

    items: int = 0
    seen: int = 0
    changed: int = 0
    aside: int = 0
    back: int = 0
    unfilled: int = 0
    examples: list[dict] = field(default_factory=list)


def forecast(specs: dict[str, ClassSpec], codes: Iterable[str], renamed: dict[str, str]) -> Forecast:
    """For the first thousands of items of some classes, as these `specs` would have them."""
    rows = ConfigurationItem.objects.filter(ci_class__in=list(codes))
    found = Forecast(items=rows.count())
    columns = ("name", "ci_class", "attributes", "set_aside")
    for name, code, attributes, set_aside in rows.order_by("pk").values_list(*columns)[:FORECAST]:
        spec = specs[code]
        each = brought(spec, attributes, set_aside, renamed)
        found.seen += 1
        found.changed += each.attributes != attributes
        found.aside += bool(each.aside)
        found.back += bool(each.back)
        found.unfilled += any(wanted not in each.attributes for wanted in spec.required)
        if each.aside and len(found.examples) < EXAMPLES:
            lost = [f"{key}: {value['value']}" for key, value in each.aside.items()]
            found.examples.append({"name": name, "values": lost})
    return found


def why(kept: dict) -> str:
    """Why a value was set aside, for the page of the item."""
    texts = {
        "gone": _("The class has no such attribute any more."),
        "taken": _("The attribute that took its place has a value already."),
        "misfit": _("It is not what the attribute asks for."),
    }
    return texts.get(kept.get("why", ""), "")
