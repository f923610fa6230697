"""CSV and XLSX: read row by row, whatever program wrote them; columns named in the mapping, guessed from their headings."""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from itsm.core.errors import DomainError
from itsm.core.folding import fold
from itsm.core.tablefiles import unguarded

from .. import columns
from ..classes import ClassSpec, classes
from . import workbooks
from .candidates import ATTRIBUTE, COLUMNS, Candidate, identifiers
from .kinds import Format, form
from .workbooks import MOST_COLUMNS, MOST_ROWS

RELATION = "relation."
LONGEST_CELL = 10_000
# So many rows are looked at for the classes that they name.
LOOKED_AT = 2_000
COLUMN_LABELS = {
    "name": gettext_lazy("Name"), "serial": gettext_lazy("Serial number"), "asset_tag": gettext_lazy("Asset tag"),
    "status": gettext_lazy("Status"), "environment": gettext_lazy("Environment"),
    "organisation": gettext_lazy("Organisation (code or name)"), "site": gettext_lazy("Site (code or name)"),
    "support_team": gettext_lazy("Support team (code or name)"), "owner": gettext_lazy("Owner (login or name)"),
    "user": gettext_lazy("User (login or name)"), "criticality": gettext_lazy("Criticality"),
    "end_of_support_on": gettext_lazy("End of support"),
}  # fmt: skip
OTHER_LABELS = {
    "key": gettext_lazy("Key"), "external_id": gettext_lazy("Identifier in the source"), "class": gettext_lazy("Class"),
    "uuid": gettext_lazy("UUID"), "mac": gettext_lazy("MAC address"), "fqdn": gettext_lazy("Full host name"),
}  # fmt: skip
# What other programs call these columns.
SYNONYMS = {
    "name": ("nom", "hostname", "host", "display name", "libelle", "ci name"), "serial": ("serial", "numero de serie", "s/n", "sn", "n serie", "no serie", "serial no", "serial number"),
    "asset_tag": ("asset", "inventaire", "numero d'inventaire", "etiquette", "otherserial"), "external_id": ("id", "external id", "sys_id", "identifiant"),
    "site": ("lieu", "location", "site"), "class": ("type", "ci class", "classe", "sys_class_name"), "status": ("statut",),
    "user": ("utilisateur", "assigned to"), "owner": ("proprietaire", "responsable"), "organisation": ("entite", "entity", "company", "organization"),
}  # fmt: skip


# What our own list of items calls what an import takes under another name; nothing for what it does not take.
OWN_HEADINGS = {
    "team": "support_team",
    "end_of_support": "end_of_support_on",
    "state": "",
    "live_on": "",
    "updated": "",
}


def targets(*specs: ClassSpec) -> dict[str, str]:
    """Everything that a column may become, with its label in the reader's language."""
    found = {name: str(label) for name, label in (COLUMN_LABELS | OTHER_LABELS).items()}
    for spec in specs:
        found |= {ATTRIBUTE + name: spec.label(name) for name in spec.properties if ATTRIBUTE + name not in found}
    return found


def guess(headings: list[str], *specs: ClassSpec) -> dict[str, str]:
    """The likely mapping {heading: target}; each target once, the first heading that fits.

    What our own files call a column comes first, in whichever language they were written.
    """
    names = _own_headings(specs)
    for target, label in targets(*specs).items():
        bare = target.removeprefix(ATTRIBUTE)
        words = {bare, bare.replace("_", " "), target, label, *SYNONYMS.get(target, ())}
        for word in {_bare(word) for word in words if word}:
            names.setdefault(word, target)
    mapping: dict[str, str] = {}
    for heading in headings:
        target = names.get(_bare(heading))
        if target and target not in mapping.values():
            mapping[heading] = target
    return mapping


def _own_headings(specs: Iterable[ClassSpec]) -> dict[str, str]:
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for name, label in columns.LABELS.items():
                found.setdefault(_bare(str(label)), OWN_HEADINGS.get(name, name))
            for spec in specs:
                for name in spec.properties:
                    for label in (spec.titled(name), spec.label(name)):
                        found.setdefault(_bare(label), ATTRIBUTE + name)
    return found


def _bare(heading: str) -> str:
    """A heading as headings are compared: "N° série" is "n serie"."""
    return " ".join(fold(heading.replace("’", "'").replace("°", " ").replace("º", " ")).split())


def classes_in(path: Path) -> list[ClassSpec]:
    """The classes that the rows of a file name, where it has a column of classes; nothing otherwise."""
    with _lines(path) as lines:
        names = [str(cell or "").strip() for cell in next(lines, [])]
        place = next((names.index(heading) for heading, target in guess(names).items() if target == "class"), None)
        if place is None:
            return []
        cells = {str(line[place] or "") for line, _n in zip(lines, range(LOOKED_AT), strict=False) if place < len(line)}
    known, codes = classes.get(), sorted({_class_of(cell, "") for cell in cells})
    return [known[code] for code in codes if code in known]


def headings(path: Path) -> tuple[list[str], list[list[str]]]:
    """The first line, and the next three to look at. DomainError when there is none."""
    with _lines(path, is_head=True) as lines:
        first = next(lines, None)
        if first is None or not any(str(cell or "").strip() for cell in first):
            raise DomainError(_("There is nothing in this file."))
        names = [str(_plain(cell) or "").strip() for cell in first]
        doubles = sorted({name for name in names if name and names.count(name) > 1})
        if doubles:
            raise DomainError(_("Two columns are called “%(name)s”.") % {"name": doubles[0]})
        return names, [[_shown(cell) for cell in line] for line, _n in zip(lines, range(3), strict=False)]


def read(path: Path, options: dict) -> Iterator[Candidate]:
    """The candidates of a file. `options`: class (code), columns {heading: target}."""
    mapping: dict[str, str] = options.get("columns") or {}
    with _lines(path) as lines:
        names = [str(_plain(cell) or "").strip() for cell in next(lines, [])]
        missing = sorted(set(mapping) - set(names))
        if missing:
            raise DomainError(_("There is no column “%(name)s” in this file.") % {"name": missing[0]})
        places = [(names.index(heading), target) for heading, target in mapping.items() if target]
        for line in lines:
            if any(cell not in (None, "") for cell in line):
                yield _candidate({target: line[n] if n < len(line) else None for n, target in places}, options)


def _candidate(row: dict[str, Any], options: dict) -> Candidate:
    values = {n: _plain(v) for n, v in row.items() if n in COLUMNS or n.startswith(ATTRIBUTE)}
    code = _class_of(row.get("class"), options.get("class", ""))
    known_by = identifiers(
        serial=values.get("serial"), asset_tag=values.get("asset_tag"), uuid=row.get("uuid") or values.get("attributes.uuid"),
        mac=row.get("mac") or values.get("attributes.mac_address"), fqdn=row.get("fqdn") or values.get("attributes.fqdn"),
    )  # fmt: skip
    relations = [
        [target.removeprefix(RELATION), str(value).strip(), "to"]
        for target, value in row.items()
        if target.startswith(RELATION) and str(value or "").strip()
    ]
    key = str(_plain(row.get("key")) or "").strip()[:120]
    external = str(_plain(row.get("external_id")) or "").strip()[:120]
    label = str(values.get("name") or key or external or values.get("serial") or "")
    return Candidate(label[:200], "ci", code, external, known_by, values, relations, key=key)


def _class_of(cell, default: str) -> str:
    """A class by its code or its name in either language; the run's own where the cell says nothing."""
    text = fold(str(cell or "").strip())
    if not text:
        return default
    for spec in classes.get().values():
        if text in (fold(spec.code), *(fold(name) for name in spec.names.values())):
            return spec.code
    return str(cell).strip()[:40]


def _plain(value):
    if isinstance(value, datetime):
        return value.date().isoformat() if not (value.hour or value.minute) else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        if "\x00" in value:
            raise DomainError(_("There is a character in it that no text can hold. Write it again without."))
        return value.strip()[:LONGEST_CELL]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _shown(cell) -> str:
    return str("" if cell is None else _plain(cell))[:80]


@contextmanager
def _lines(path: Path, *, is_head: bool = False):
    """Lines of cells, for either kind of file, told apart by what is in it. `is_head`: only the first ones are wanted."""
    with path.open("rb") as file:
        start = file.read(4)
    if start == workbooks.PROTECTED:
        raise DomainError(
            _("This workbook is protected by a password, or of an old form: save it as XLSX or CSV without one.")
        )
    if start == b"PK\x03\x04":
        with workbooks.lines(path, is_head=is_head) as lines:
            yield lines
        return
    with path.open(encoding=_encoding(path), newline="") as file:
        sample = file.read(16_384)
        file.seek(0)
        yield _capped(csv.reader(file, delimiter=_delimiter(sample)))


def _capped(reader) -> Iterator[list]:
    try:
        for number, line in enumerate(reader, 1):
            if number > MOST_ROWS:
                raise DomainError(_("There are more than %(count)s lines in this file.") % {"count": MOST_ROWS})
            if len(line) > MOST_COLUMNS:
                raise DomainError(_("There are more than %(count)s columns in a line.") % {"count": MOST_COLUMNS})
            yield [unguarded(cell) for cell in line]
    except csv.Error as error:
        raise DomainError(_("This file cannot be read: %(why)s") % {"why": error}) from error


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
        file.seek(0)
        decoder = io.TextIOWrapper(file, encoding="utf-8-sig")
        try:
            while decoder.read(1 << 20):
                pass
        except UnicodeDecodeError:
            return "cp1252"
        finally:
            decoder.detach()
    return "utf-8-sig"


def _delimiter(sample: str) -> str:
    """That which cuts the first line into most cells."""
    first = sample.splitlines()[0] if sample else ""
    return max(";,\t|", key=first.count)


form(Format("table", gettext_lazy("Table (CSV, XLSX)"), (".csv", ".tsv", ".txt", ".xlsx"), read, is_mapped=True))
