"""What conditions of agreements may ask about a record: each field's value, what it may be, and how it is said."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.core.conditions import Condition, parse
from itsm.levels.conditions import ASKED, FIELD, FLAGS
from itsm.people.directory import directory

from . import processes
from .models import Channel, Impact, Phase, Priority, Record, Urgency
from .reference import categories, category_path, hold_reasons

# Changes of these may change what a condition says.
COLUMNS = frozenset(
    {
        "state", "phase", "hold_reason_id", "priority", "impact", "urgency", "category_id", "team_id", "level", "organisation_id",
        "requester_id", "major", "assignee_id", "reopen_count", "reassignment_count",
    }
)  # fmt: skip
SAME = {"priority", "impact", "urgency", "level", "state", "phase", "channel"}
COUNTS = {"reopenings": "reopen_count", "handovers": "reassignment_count"}


class Fields(Mapping[str, Any]):
    """The fields of a record as `was` gives its columns, each read when it is asked for. `vip`: of a record without requester."""

    def __init__(self, record: Record, was: Callable[[str], Any], *, vip: bool = False):
        self._record, self._was, self._vip = record, was, vip

    def __getitem__(self, name: str) -> Any:
        if name in SAME:
            return self._was(name)
        if name in COUNTS:
            return self._was(COUNTS[name])
        return getattr(self, f"_{name}_of")()

    def __iter__(self) -> Iterator[str]:
        return iter(ASKED)

    def __len__(self) -> int:
        return len(ASKED)

    def _hold_reason_of(self) -> str:
        row = hold_reasons.get().get(self._was("hold_reason_id")) if self._was("phase") == Phase.WAITING else None
        return row.code if row else ""

    def _category_of(self) -> list[str]:
        """With those above it: a condition on a category holds for all below."""
        rows = categories.get()
        row = rows.get(self._was("category_id"))
        return [rows[pk].code for pk in row.lineage or (row.pk,) if pk in rows] if row else []

    def _team_of(self) -> str:
        row = directory.get().teams.get(self._was("team_id"))
        return row.code if row else ""

    def _organisation_of(self) -> list[str]:
        """With those above it."""
        book = directory.get().organisations
        row = book.get(self._was("organisation_id"))
        return [book[pk].code for pk in row.lineage if pk in book] if row else []

    def _vip_of(self) -> bool:
        requester = self._was("requester_id")
        if requester is None:
            return self._vip
        if requester == self._record.requester_id and self._record.requester:
            return bool(self._record.requester.vip)
        return Record._meta.get_field("requester").related_model.objects.filter(pk=requester, vip=True).exists()

    def _major_of(self) -> bool:
        return bool(self._was("major"))

    def _assigned_of(self) -> bool:
        return self._was("assignee_id") is not None


def options(field: str) -> dict[Any, str]:
    """What a field may be, with its name in the reader's language; empty for a plain number."""
    match field:
        case "state":
            lifecycles = [process.lifecycle for process in processes.all_processes()]
            return {state: str(each.label(state)) for each in reversed(lifecycles) for state in each.states}
        case "phase":
            return {value: str(label) for value, label in Phase.choices}
        case "channel":
            return {value: str(label) for value, label in Channel.choices}
        case "hold_reason":
            return {row.code: row.name for row in hold_reasons.get().values()}
        case "category":
            return {row.code: category_path(row.pk) for row in categories.get().values()}
        case "team":
            return {row.code: row.name for row in directory.get().teams.values()}
        case "organisation":
            return {row.code: row.name for row in directory.get().organisations.values() if row.kind != "supplier"}
        case "priority":
            return {value: f"P{value}" for value, _label in Priority.choices}
        case "impact" | "urgency":
            choices = Impact.choices if field == "impact" else Urgency.choices
            return {value: str(label) for value, label in choices}
        case "level":
            return {value: str(value) for value in range(4)}
    return {}


HOW = {
    "equals": gettext_lazy("is"), "not_equals": gettext_lazy("is not"), "in": gettext_lazy("is one of"),
    "above": gettext_lazy("is more than"), "below": gettext_lazy("is less than"), "filled": pgettext_lazy("condition", "is given"),
}  # fmt: skip


def unknown(said: list[dict]) -> tuple[str, str] | None:
    """(field, value) of the first value that no record can have; None where all is known."""
    for each in parse(said, where="", field=FIELD):
        known = options(each.field)
        values = each.value if isinstance(each.value, list) else [each.value]
        if known and each.how in ("equals", "not_equals", "in"):
            wrong = next((value for value in values if value not in known), None)
            if wrong is not None:
                return str(ASKED[each.field][0]), str(wrong)[:60]
    return None


def words(said: list[dict]) -> str:
    """Conditions as a person reads them: `priority is P1 and hold reason is not “Supplier”`."""
    return _(" and ").join(_one(each) for each in parse(said, where="", field=FIELD))


def _one(each: Condition) -> str:
    asked = ASKED.get(each.field)
    name = str(asked[0] if asked else each.field)
    name = name if name[:2].isupper() else name[:1].lower() + name[1:]
    if asked and asked[1] is FLAGS:
        return _("%(field)s: yes") % {"field": name} if each.value else _("%(field)s: no") % {"field": name}
    if each.how == "filled":
        words_ = _("there is a value for “%(field)s”") if each.value else _("there is no value for “%(field)s”")
        return words_ % {"field": name}
    values = each.value if isinstance(each.value, list) else [each.value]
    given = {"field": name, "value": _(" or ").join(_value(each.field, value) for value in values)}
    match each.how:
        case "not_equals":
            return _("%(field)s is not %(value)s") % given
        case "above":
            return _("%(field)s is more than %(value)s") % given
        case "below":
            return _("%(field)s is less than %(value)s") % given
    return _("%(field)s is %(value)s") % given


def _value(field: str, value: Any) -> str:
    if field in ("priority", "level"):
        return options(field).get(value, str(value))
    found = options(field).get(value)
    return _("“%(value)s”") % {"value": found or value} if field not in COUNTS else str(value)
