"""A mapping is data: which column is what, how dates and values read, whose matrix applies. One TOML file each."""

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext as _

from itsm.core.errors import DomainError
from itsm.core.numbers import whole

SHIPPED = Path(__file__).parent / "mappings"
REQUIRED = ("key", "at", "state")


class Unreadable(ValueError):
    """A case that cannot come in; the message says why."""


@dataclass(frozen=True)
class Mapping:
    """How to read one kind of file."""

    name: str
    label: str
    source: str
    columns: dict[str, str]
    states: dict[str, str]
    organisation: dict
    dates: tuple[str, ...]
    null: frozenset[str]
    title: str
    values: dict[str, dict] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)
    matrix: dict[tuple[int, int], int] = field(default_factory=dict)
    delimiter: str = ","
    encoding: str = "utf-8-sig"

    def text(self, row: dict, name: str) -> str:
        """The cell of a field; empty for null or a column that the file lacks."""
        cell = (row.get(self.columns.get(name, "")) or "").replace("\x00", "").strip()
        return "" if cell in self.null else cell

    def when(self, row: dict, name: str) -> datetime | None:
        """The instant in a cell, None when empty. Unreadable for what no format reads."""
        text = self.text(row, name)
        if not text:
            return None
        for pattern in self.dates:
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=UTC)
            except ValueError:
                continue
        raise Unreadable(
            _("“%(text)s” is not a date (%(column)s).") % {"text": text[:40], "column": self.columns[name]}
        )

    def value(self, row: dict, name: str, default):
        """A cell through its table of values. Unreadable for a value that the table does not know."""
        text = self.text(row, name)
        if not text:
            return default
        table = self.values.get(name, {})
        if text not in table:
            raise Unreadable(_("“%(text)s” is unknown for %(name)s.") % {"text": text[:40], "name": name})
        return table[text]

    def number(self, row: dict, name: str) -> int | None:
        """A whole number, None when empty."""
        text = self.text(row, name)
        number = whole(text)
        if text and number is None:
            raise Unreadable(
                _("“%(text)s” is not a number (%(column)s).") % {"text": text[:40], "column": self.columns[name]}
            )
        return number


def load(name: str) -> Mapping:
    """A shipped mapping by name, or a TOML file by path. DomainError when it is not there or not complete."""
    path = SHIPPED / f"{name}.toml"
    if not path.exists():
        path = Path(name)
    if path.suffix != ".toml" or not path.is_file():
        known = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.toml")))
        raise DomainError(
            _("There is no mapping “%(name)s”. Shipped: %(known)s; or give a .toml file.")
            % {"name": name, "known": known}
        )
    try:
        data = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DomainError(_("The mapping cannot be read: %(why)s") % {"why": error}) from error
    missing = [c for c in REQUIRED if c not in data.get("columns", {})] + [
        k for k in ("source", "organisation", "states", "dates") if k not in data
    ]
    if missing:
        raise DomainError(_("The mapping lacks: %(names)s.") % {"names": ", ".join(missing)})
    return Mapping(
        name=path.stem, label=data.get("label", path.stem), source=data["source"], columns=data["columns"], states=data["states"],
        organisation=data["organisation"], dates=tuple(data["dates"]), null=frozenset(data.get("null", [""])),
        title=data.get("title", "{key}"), values={name: data[name] for name in ("impact", "urgency", "priority") if name in data} | {"channel": data.get("channels", {})},
        holds=data.get("holds", {}), matrix={tuple(int(p) for p in cell.split("/")): priority for cell, priority in data.get("matrix", {}).items()},
        delimiter=data.get("delimiter", ","), encoding=data.get("encoding", "utf-8-sig"),
    )  # fmt: skip
