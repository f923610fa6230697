"""Attributes that name another item: kept as its id, typed as its key or name, shown by its name."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from itsm.core.errors import DomainError

from .models import ConfigurationItem
from .specs import ClassSpec, classes, with_subclasses

COLUMNS = ("id", "key", "name", "ci_class", "status")


def reach(actor, within: frozenset[int] | None = None) -> QuerySet:
    """The items that may be named: those that the person reads, else those of the organisations of a delivery (None: all)."""
    if actor is not None:
        return ConfigurationItem.objects.visible_to(actor)
    rows = ConfigurationItem.objects.all()
    return rows if within is None else rows.filter(Q(organisation_id__in=within) | Q(organisation_id=None))


def resolved(code: str, attributes: dict, among: QuerySet) -> dict:
    """The attributes with keys of referenced items replaced by their ids. DomainError for a key that nobody has (`among`)."""
    spec = classes.get().get(code)
    typed = {n: v for n in (spec.references if spec else ()) if isinstance(v := attributes.get(n), str) and v}
    if not typed or spec is None:
        return attributes
    found = dict(among.filter(key__in=set(typed.values())).values_list("key", "id"))
    for name, key in typed.items():
        if key not in found:
            text = _("“%(name)s”: no item has the key “%(key)s”.")
            raise DomainError(text % {"name": spec.label(name), "key": key[:80]}, field="attributes")
    return attributes | {name: found[key] for name, key in typed.items()}


def check(item: ConfigurationItem, among: QuerySet, before: dict | None = None) -> None:
    """DomainError when an attribute names no item (`among`), one of another class, a retired one, or the item itself."""
    wrong = next(faults([item], {item.pk: before or {}}, among=among), None)
    if wrong:
        raise DomainError(wrong, field="attributes")


def faults(
    items: Iterable[ConfigurationItem], before: dict | None = None, *, among: QuerySet | None = None
) -> Iterable[str]:
    """What is wrong with the references of several items, in one query; what was so already is not asked again."""
    known, named = classes.get(), []
    for item in items:
        spec = known.get(item.ci_class)
        was = (before or {}).get(item.pk, {})
        for name, wanted in (spec.references if spec else {}).items():
            value = item.attributes.get(name)
            if isinstance(value, int) and value != was.get(name):
                named.append((item, spec, name, wanted, value))
    rows = rows_of({value for *_rest, value in named}, among)
    for item, spec, name, wanted, value in named:
        text = _fault(item, rows.get(value), wanted, value)
        if text:
            yield text % {
                "name": spec.label(name),
                "class": _class_name(wanted),
                "item": rows.get(value, {}).get("name"),
            }


def _fault(item: ConfigurationItem, row: dict | None, wanted: str, value: int) -> str:
    if row is None:
        return _("“%(name)s” names an item that does not exist.")
    if item.pk == value:
        return _("“%(name)s” cannot be the item itself.")
    if row["ci_class"] not in with_subclasses(wanted):
        return _("“%(name)s” must be of the class “%(class)s”; “%(item)s” is not.")
    if row["status"] == ConfigurationItem.Status.RETIRED:
        return _("“%(name)s”: “%(item)s” is retired.")
    return ""


def _class_name(code: str) -> str:
    spec = classes.get().get(code)
    return spec.name if spec else code


def rows_of(ids: Iterable[int], among: QuerySet | None = None) -> dict[int, dict]:
    """Items by id, in one query; none for no ids. What is not `among` these is as unknown as what is not there."""
    wanted = {pk for pk in ids if isinstance(pk, int)}
    known = ConfigurationItem.objects.all() if among is None else among
    rows = known.filter(pk__in=wanted).values(*COLUMNS) if wanted else []
    return {row["id"]: row for row in rows}


def ids_in(spec: ClassSpec | None, attributes: dict) -> set[int]:
    """The items that the attributes of one item name."""
    names = spec.references if spec else {}
    return {attributes[n] for n in names if isinstance(attributes.get(n), int)}


def candidates(user, code: str):
    """The items that the reader may choose for a reference to a class."""
    return ConfigurationItem.objects.visible_to(user).in_use().filter(ci_class__in=with_subclasses(code))
