"""The filtered list as a file: at once while it is short, by a worker with progress when it is long."""

import json
from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from itsm.core.paging import keyset_page
from itsm.core.tablefiles import csv_lines, write_xlsx

from . import columns, runs
from .filters import ItemFilter
from .listing import found_by, order_of
from .models import ItemRun

AT_ONCE = 3_000
CHUNK = 1_000
FORMATS = ("csv", "xlsx")


def begin(user, params: QueryDict, form: str, *, total: int, language: str, back: str) -> ItemRun:
    """A run that writes the file of an address."""
    found = ItemFilter(params)
    names = columns.shown(user, params.get("columns", ""), found.about)
    given = {"query": params.urlencode(), "format": form, "columns": list(names), "language": language, "back": back}
    return ItemRun.objects.create(kind=ItemRun.Kind.EXPORT, actor=user, total=total, params=given)


def head(user, params: QueryDict) -> list[str]:
    """The first row of the file."""
    found = ItemFilter(params)
    known = columns.offered(found.about)
    return [_("Name"), *(known[name] for name in columns.shown(user, params.get("columns", ""), found.about))]


def rows(user, params: QueryDict) -> Iterator[list[Any]]:
    """Every row of an address, its head first, a thousand at a time."""
    yield head(user, params)
    place = None
    while True:
        found, place = _page(user, params, place)
        yield from found
        if place is None:
            return


def _page(user, params: QueryDict, place: str | None) -> tuple[list[list[Any]], str | None]:
    found, queryset = found_by(user, params)
    names = columns.shown(user, params.get("columns", ""), found.about)
    page = keyset_page(
        queryset.values(*columns.reads(names)), ordering=columns.ORDERS[order_of(params)], cursor=place, size=CHUNK
    )
    cells = columns.cells(page.rows, names, user, plain=True)
    lines = [[row["name"], *each] for row, each in zip(page.rows, cells, strict=True)]
    return lines, page.next if len(page.rows) == CHUNK else None


@runs.worker(ItemRun.Kind.EXPORT)
def _chunk(run: ItemRun) -> bool:
    """Append a thousand rows to what is there; what a dead process wrote beyond the last chunk is cut off."""
    params = _params(run)
    part = runs.folder() / f"{run.pk}.part"
    lines, place = _page(run.actor, params, run.params.get("place"))
    size = run.params.get("size", 0)
    with part.open("r+b" if size else "w+b") as file:
        file.truncate(size)
        file.seek(size)
        for line in lines:
            file.write(json.dumps(line, default=_plain).encode() + b"\n")
        run.params["size"] = file.tell()
    run.params["place"] = place
    run.done += len(lines)
    if place is not None:
        return True
    run.file = f"{run.pk}.{run.params['format']}"
    _finish(run, params, part)
    return False


def _params(run: ItemRun) -> QueryDict:
    params = QueryDict(run.params["query"], mutable=True)
    params["columns"] = ",".join(run.params["columns"])
    return params


def _finish(run: ItemRun, params: QueryDict, part) -> None:
    def lines() -> Iterator[list[Any]]:
        yield head(run.actor, params)
        with part.open(encoding="utf-8") as file:
            for line in file:
                yield [_read(cell) for cell in json.loads(line)]

    path = runs.folder() / run.file
    if run.params["format"] == "xlsx":
        with path.open("wb") as file:
            write_xlsx(file, lines(), title=_("Items"))
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(csv_lines(lines()))
    part.unlink(missing_ok=True)


def _plain(value):
    return {"at": value.isoformat()} if hasattr(value, "isoformat") else str(value)


def _read(cell):
    if not isinstance(cell, dict):
        return cell
    text = cell["at"]
    return parse_datetime(text) if "T" in text else parse_date(text)
