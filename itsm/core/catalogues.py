"""Catalogues without gettext's programs: extracted, merged and compiled by Babel. One catalogue an app.

The source language is English; French must be complete (`check`).
"""

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract as extract_stream
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

ROOT: Path = settings.BASE_DIR
LANGUAGE = "fr"
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
FIELD = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
# Templates of a folder belong to the app of that name (with or without "itsm_"), else as said here, else to the shell.
TEMPLATES = {"mail": "notify"}
SHELL = "web"


def own_apps() -> dict[str, Path]:
    """Our apps by label, with their folders."""
    return {
        a.label: Path(a.path)
        for a in apps.get_app_configs()
        if Path(a.path).is_relative_to(ROOT) and ".venv" not in a.path
    }


def po_file(label: str) -> Path:
    return own_apps()[label] / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def extract(label: str) -> Catalog:
    """Every message of an app's Python files and templates."""
    catalog = Catalog(locale=LANGUAGE, project="Vigie", charset="utf-8", header_comment="")
    for path in _python_files(label):
        _collect(catalog, extract_from_file("python", path, KEYWORDS))
    for path in _template_files(label):
        source = io.BytesIO(_as_python(path.read_text()).encode())
        _collect(catalog, extract_stream("python", source, KEYWORDS, options={"encoding": "utf-8"}))
    return catalog


def _as_python(template: str) -> str:
    """A template as calls of gettext. Django keeps its indentation, which Python's tokenizer would refuse."""
    return "\n".join(line.lstrip() for line in templatize(template).splitlines()) + "\n"


def _collect(catalog: Catalog, found) -> None:
    for _line, message, _comments, context in found:
        if message and message != ("", ""):
            catalog.add(message, context=context)


def _python_files(label: str) -> list[Path]:
    folder, nested = own_apps()[label], [p for other, p in own_apps().items() if other != label]
    found = (path for path in folder.rglob("*.py") if "migrations" not in path.parts)
    return sorted(
        p for p in found if not any(p.is_relative_to(n) and n.is_relative_to(folder) and n != folder for n in nested)
    )


def _template_files(label: str) -> list[Path]:
    folder = ROOT / "templates"
    return sorted(
        p for p in (*folder.rglob("*.html"), *folder.rglob("*.txt")) if _owner(p.relative_to(folder)) == label
    )


def _owner(path: Path) -> str:
    folder = path.parts[0].removeprefix("itsm_")
    return TEMPLATES.get(folder, folder if folder in own_apps() else SHELL) if len(path.parts) > 1 else SHELL


def read(label: str) -> Catalog:
    """The catalogue as it stands; empty when there is none."""
    file = po_file(label)
    if not file.exists():
        return Catalog(locale=LANGUAGE, charset="utf-8")
    with file.open("rb") as stream:
        return read_po(stream, locale=LANGUAGE)


def merge(label: str) -> Catalog:
    """The messages of the source with the translations that exist; what the source no longer says is dropped."""
    fresh, known = extract(label), read(label)
    for message in fresh:
        found = known.get(message.id, message.context) if message.id else None
        if found is not None:
            message.string = found.string
    return fresh


def write(label: str) -> bool:
    """Merge and save, sorted, without line numbers; an app without messages gets no catalogue. True when it changed."""
    catalog, file = merge(label), po_file(label)
    if len(catalog) == 0:
        return False
    text = _text(catalog)
    if file.exists() and file.read_bytes() == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text)
    return True


def _text(catalog: Catalog) -> bytes:
    stream = io.BytesIO()
    catalog.header_comment = ""
    write_po(stream, catalog, sort_output=True, no_location=True, omit_header=True, width=110)
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Language: {LANGUAGE}\\n"\n"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
    )
    return header.encode() + stream.getvalue()


def compile_all() -> int:
    """Write the .mo files that are older than their .po. Returns how many."""
    done = 0
    for label in own_apps():
        file = po_file(label)
        target = file.with_suffix(".mo")
        if not file.exists() or (target.exists() and target.stat().st_mtime >= file.stat().st_mtime):
            continue
        with target.open("wb") as stream:
            write_mo(stream, read(label))
        done += 1
    return done


def faults(label: str) -> list[str]:
    """What is missing, doubtful, or not what the source says."""
    found = []
    file = po_file(label)
    merged = merge(label)
    if len(merged) and (not file.exists() or file.read_bytes() != _text(merged)):
        found.append(f"{label}: the catalogue is not up to date; run `manage.py catalogues --app {label}`")
    for message in merged:
        if not message.id:
            continue
        strings, ids = _texts(message.string), _texts(message.id)
        if not all(strings):
            found.append(f"{label}: no French for {ids[0]!r}")
        elif message.fuzzy:
            found.append(f"{label}: fuzzy {ids[0]!r}")
        elif any(not _fields(s) <= _fields(ids[-1]) | _fields(ids[0]) for s in strings) or _fields(ids[-1]) - _fields(
            strings[-1]
        ):
            found.append(f"{label}: other variables in the French of {ids[0]!r}")
    return found


def quarrels(labels: list[str]) -> list[str]:
    """Messages with a different French in two apps: Django keeps only one of them, wherever it is shown."""
    known: dict[tuple, tuple[str, object]] = {}
    found = []
    for label in labels:
        for message in read(label):
            key = (message.context, message.id)
            if not message.id or not message.string:
                continue
            first, string = known.setdefault(key, (label, message.string))
            if string != message.string:
                found.append(
                    f"{label}: {message.id!r} is {message.string!r} here and {string!r} in {first}; give one a context"
                )
    return found


def missing(label: str) -> list[str]:
    """What has no French yet."""
    return [_texts(message.id)[0] for message in merge(label) if message.id and not all(_texts(message.string))]


def _texts(value) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _fields(text: str) -> set[str]:
    return {a or b for a, b in FIELD.findall(text)}
