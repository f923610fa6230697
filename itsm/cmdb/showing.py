"""Values of attributes in the reader's words: on the page of an item, in lists, in files."""

from datetime import datetime

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from itsm.core import durations

from . import references
from .models import ConfigurationItem
from .specs import ClassSpec


def text(spec: ClassSpec, name: str, value, *, unit: bool = True) -> str:
    """A value that names no item."""
    if value is None or value == "":
        return ""
    kind = spec.kind(name) if name in spec.properties else ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if kind == "date":
        return day(value)
    if kind == "choice":
        return spec.word(name, value)
    if isinstance(value, int | float):
        shown = number_format(value, use_l10n=True, force_grouping=abs(value) >= 10_000)
        mark = spec.unit(name) if unit else ""
        return f"{shown}\u00a0{mark}" if mark else shown
    return str(value)


def day(value) -> str:
    """A day, given as one or as in the history; what is none, as it is."""
    if not value:
        return ""
    try:
        return durations.day_text(value if hasattr(value, "year") else datetime.fromisoformat(value))
    except (ValueError, TypeError):
        return str(value)


def named(rows, user) -> dict[int, dict]:
    """The items that the attributes of some items name, as far as the reader may see them: one query, none without any.

    `rows` are pairs of a class (or None) and attributes.
    """
    wanted = {pk for spec, attributes in rows for pk in references.ids_in(spec, attributes)}
    if not wanted:
        return {}
    visible = ConfigurationItem.objects.visible_to(user).filter(pk__in=wanted)
    return {row["id"]: row for row in visible.values("id", "key", "name")}


def link(row: dict | None) -> str:
    """An item that an attribute names; for who may not see it, only that there is one."""
    return format_html('<a href="/cmdb/{}/">{}</a>', row["id"], row["name"]) if row else "…"


def facts(spec: ClassSpec, attributes: dict, user, seen: dict | None = None) -> list[tuple[str, str]]:
    """The attributes that hold something, in the order of the class; those that it does not know last.

    `seen`: what `named` found for many items at once.
    """
    seen = named([(spec, attributes)], user) if seen is None else seen
    order = [*(n for n in spec.properties if n in attributes), *(n for n in attributes if n not in spec.properties)]
    return [
        (
            spec.label(name),
            link(seen.get(attributes[name])) if name in spec.references else text(spec, name, attributes[name]),
        )
        for name in order
    ]
