"""Columns of the list of items: what every item has, and the attributes of the class that is chosen."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from itsm.core import durations
from itsm.core.folding import fold
from itsm.people.directory import directory, names_of
from itsm.people.models import User

from . import looks, showing
from .attrfilters import PREFIX
from .models import ConfigurationItem, ItemColumns
from .specs import ClassSpec, classes

LABELS: dict[str, Any] = {
    "key": _("Key"), "state": _("State"), "status": _("Status"), "class": _("Class"), "site": _("Site"), "team": _("Team"), "criticality": _("Criticality"),
    "environment": _("Environment"), "organisation": _("Organisation"), "serial": _("Serial number"), "asset_tag": _("Asset tag"), "owner": _("Owner"),
    "user": _("User"), "live_on": _("In service since"), "end_of_support": _("End of support"), "updated": _("Last change"),
}  # fmt: skip
DEFAULTS = ("key", "state", "class", "site", "team", "criticality")
READS = {
    "key": "key", "state": "state", "status": "status", "class": "ci_class", "site": "site_id", "team": "support_team_id", "criticality": "criticality",
    "environment": "environment", "organisation": "organisation_id", "serial": "serial", "asset_tag": "asset_tag", "owner": "owner_id",
    "user": "user_id", "live_on": "live_on", "end_of_support": "end_of_support_on", "updated": "updated_at",
}  # fmt: skip
ALWAYS = ("id", "name", "ci_class", "state", "status", "sort_key")
RIGHT = {"criticality"}
ORDERS = {
    "name": ("sort_key", "id"), "-name": ("-sort_key", "-id"), "class": ("ci_class", "sort_key", "id"),
    "-class": ("-ci_class", "-sort_key", "-id"), "state": ("state", "sort_key", "id"), "-state": ("-state", "-sort_key", "-id"),
}  # fmt: skip
MOST = 12


def offered(spec: ClassSpec | None) -> dict[str, str]:
    """Every column that may be shown, by key; those of the class last."""
    found = {name: str(label) for name, label in LABELS.items()}
    return found | ({PREFIX + name: spec.titled(name) for name in spec.properties} if spec else {})


def shown(user, asked: str, spec: ClassSpec | None) -> tuple[str, ...]:
    """What the address asks for, else what the person chose for this class, else what everybody gets."""
    names: Iterable[str] = asked.split(",") if asked else ()
    if not asked:
        kept = ItemColumns.objects.filter(user=user, ci_class=spec.code if spec and spec.lineage else "").first()
        names = kept.names if kept else DEFAULTS
    known = offered(spec)
    return tuple(name for name in dict.fromkeys(names) if name in known)[:MOST]


def choose(user, code: str, names: list[str]) -> None:
    """Keep what a person wants to see for a class; nothing means what everybody gets."""
    known = offered(classes.get().get(code))
    wanted = [name for name in dict.fromkeys(names) if name in known][:MOST]
    if wanted:
        ItemColumns.objects.update_or_create(user=user, ci_class=code, defaults={"names": wanted})
    else:
        ItemColumns.objects.filter(user=user, ci_class=code).delete()


def reads(columns: Iterable[str]) -> list[str]:
    """The columns of the table that these need, beside those that every row does."""
    wanted = {READS.get(name, "attributes") for name in columns}
    return [*ALWAYS, *sorted(wanted - set(ALWAYS))]


def cells(values: list[dict], columns: tuple[str, ...], user, *, plain: bool = False) -> list[list]:
    """What each row shows under each column. `plain`: for a file, without markup, numbers as numbers."""
    book, known = directory.get(), classes.get()
    wanted = {v.get(f"{who}_id") for v in values for who in ("owner", "user") if who in columns}
    people = _telling(names_of(wanted)) if plain else names_of(wanted)
    by_attribute = any(name.startswith(PREFIX) for name in columns)
    named = showing.named([(known.get(v["ci_class"]), v["attributes"]) for v in values], user) if by_attribute else {}
    same: dict[tuple, str] = {}
    status = {value: str(label) for value, label in ConfigurationItem.Status.choices}

    def once(name: str, value):
        if (name, value) not in same:
            same[name, value] = _class(known, value, plain) if name == "class" else _place(book, name, value, plain)
        return same[name, value]

    def cell(v: dict, name: str):
        if name.startswith(PREFIX):
            return _attribute(known.get(v["ci_class"]), name.removeprefix(PREFIX), v["attributes"], named, plain)
        value = v.get(READS[name])
        match name:
            case "state":
                look = looks.of(v["state"], v["status"])
                return look.label if plain else look.chip_in_list
            case "status":
                return status.get(value, value)
            case "class":
                return once(name, value)
            case "site" | "organisation":
                return once(name, value)
            case "team":
                return book.teams[value].code if value in book.teams else ""
            case "owner" | "user":
                return people.get(value, "")
            case "live_on" | "end_of_support":
                return value if plain else showing.day(value)
            case "updated":
                return value if plain else durations.date_text(value)
        return value

    return [[cell(v, name) for name in columns] for v in values]


def _place(book, kind: str, pk: int | None, plain: bool) -> str:
    """The name; in a file its code where the name is not its alone, so that the file can be read back."""
    rows, codes = (
        (book.sites, book.sites_by_code) if kind == "site" else (book.organisations, book.organisations_by_code)
    )
    row = rows.get(pk)
    if row is None or not plain:
        return row.name if row else ""
    alone = row.name not in codes and sum(each.name.casefold() == row.name.casefold() for each in rows.values()) == 1
    return row.name if alone else row.code


def _class(known: dict[str, ClassSpec], code: str, plain: bool) -> str:
    name = known[code].name if code in known else code
    same = (
        [spec for spec in known.values() if fold(name) in map(fold, (spec.code, *spec.names.values()))] if plain else []
    )
    return code if len(same) > 1 else name


def _telling(names: dict[int, str]) -> dict[int, str]:
    """Names of people for a file; the login of those who share theirs."""
    from .intake.naming import people_by_name

    lower = {name.lower() for name in names.values()}
    counted = Counter(people_by_name().filter(_name__in=lower).values_list("_name", flat=True)) if lower else {}
    shared = [pk for pk, name in names.items() if counted.get(name.lower(), 0) > 1]
    return names | dict(User.objects.filter(pk__in=shared).values_list("pk", "username")) if shared else names


def _attribute(spec: ClassSpec | None, name: str, attributes: dict, named: dict, plain: bool):
    value = attributes.get(name)
    if spec is None or value is None or name not in spec.properties:
        return ""
    if name in spec.references:
        row = named.get(value)
        return (row["key"] if row else "") if plain else showing.link(row)
    if plain and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return value if plain and spec.kind(name) == "date" else showing.text(spec, name, value, unit=False)


def heads(columns: Iterable[str], spec: ClassSpec | None, order: str) -> list[dict]:
    """The heads of the table: those that sort say how."""
    known = offered(spec)
    return [{"key": name, "label": known[name], "right": right(name, spec), **sorting(name, order)} for name in columns]


def sorting(name: str, order: str) -> dict:
    """How a head sorts: the order that a press asks for, and how the list is sorted now."""
    if name not in ORDERS:
        return {"sorts": "", "sorted": ""}
    now = {name: "ascending", f"-{name}": "descending"}.get(order, "")
    return {"sorts": f"-{name}" if order == name else name, "sorted": now}


def right(name: str, spec: ClassSpec | None) -> bool:
    """Does the column hold numbers?"""
    attribute = name.removeprefix(PREFIX)
    return name in RIGHT or bool(
        spec and attribute in spec.properties and spec.kind(attribute) in ("integer", "number")
    )


def style(name: str, spec: ClassSpec | None) -> str:
    """How the cells of a column look; on a phone the state alone stays beside the name."""
    if name == "state":
        return ""
    more = {"key": " mono muted"}.get(name, " r" if right(name, spec) else "")
    return f"nowrap opt-s{more}"
