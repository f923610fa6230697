"""A difference in the reader's words."""

from collections.abc import Iterable
from dataclasses import dataclass

from itsm.people.directory import names_of

from .itempage import PEOPLE, field_label, shown, spec_of
from .models import Drift


@dataclass(frozen=True)
class Words:
    """Names of the people that some rows are about, read once."""

    people: dict[int, str]

    @classmethod
    def of(cls, rows: Iterable[Drift]) -> "Words":
        found = [value for row in rows if row.field in PEOPLE for value in (row.said, row.kept)]
        return cls(names_of(value for value in found if isinstance(value, int)))

    def of_row(self, row: Drift) -> dict[str, str]:
        """`field`, `kept` and `said`."""
        spec = spec_of(row.item.ci_class)
        return {
            "field": field_label(row.field, spec),
            "kept": self._value(row.field, row.kept, spec),
            "said": self._value(row.field, row.said, spec),
        }

    def _value(self, name: str, value, spec) -> str:
        if name in PEOPLE:
            return self.people.get(value, "—")
        if name == "ci_class" and value:
            return spec_of(value).name
        if name.startswith("attributes.") and isinstance(value, str) and value:
            return spec.word(name.removeprefix("attributes."), value)
        return shown(name, value)


def lines(rows: list[Drift]) -> list[dict]:
    """For the page of an item: what each side says."""
    words = Words.of(rows)
    return [{"id": row.pk, "source": row.source, "last": row.last_seen_at, **words.of_row(row)} for row in rows]
