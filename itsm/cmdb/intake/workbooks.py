"""Workbooks, read with bounds: a few kilobytes may say that they hold two thousand million rows, or unfold to gigabytes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from django.utils.translation import gettext as _
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from itsm.core.errors import DomainError

MEGABYTE = 1024 * 1024
LARGEST_UNZIPPED, LARGEST_STRINGS, LARGEST_REST = 500 * MEGABYTE, 50 * MEGABYTE, 20 * MEGABYTE
# A spreadsheet has no more rows.
MOST_ROWS = 1_048_576
MOST_COLUMNS = 300
MOST_STRINGS, STRINGS_OF_THE_HEAD = 2_000_000, 5_000
LONGEST_SECONDS = 30 * 60
# Parts that nobody reads here.
UNREAD = ("xl/worksheets/", "xl/media/", "xl/drawings/", "xl/charts/", "xl/embeddings/", "xl/pivotCache/", "xl/vba")
ENTRY = f"{{{SHEET_MAIN_NS}}}si"
PROTECTED = b"\xd0\xcf\x11\xe0"


def unreadable() -> DomainError:
    return DomainError(_("This is not a workbook that can be read: save it again, or as CSV."))


class _Strings(list):
    """The first texts of a workbook; those that were not read are no fault."""

    def __getitem__(self, place):
        return super().__getitem__(place) if place < len(self) else "…"


class _Reader(ExcelReader):
    """`most`: how many shared texts are read. `is_head`: what lies behind them does not matter."""

    def __init__(self, path: Path, *, is_head: bool):
        super().__init__(path, read_only=True, data_only=True, keep_links=False)
        self.is_head = is_head

    def read_strings(self):
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return
        found, most = _Strings(), STRINGS_OF_THE_HEAD if self.is_head else MOST_STRINGS
        with self.archive.open(part.PartName[1:]) as source:
            for _event, node in iterparse(source):
                if node.tag != ENTRY:
                    continue
                if len(found) >= most:
                    if self.is_head:
                        break
                    raise DomainError(_("This workbook is too large: save it as CSV."))
                found.append(Text.from_tree(node).content.replace("x005F_", ""))
                node.clear()
        self.shared_strings = found if self.is_head else list(found)


def _refuse_large(path: Path) -> None:
    with ZipFile(path) as archive:
        parts = archive.infolist()
    strings = sum(part.file_size for part in parts if part.filename.startswith("xl/sharedStrings"))
    rest = sum(
        part.file_size for part in parts if not part.filename.startswith((*UNREAD, "xl/sharedStrings", "xl/_rels"))
    )
    whole = sum(part.file_size for part in parts)
    if whole > LARGEST_UNZIPPED or strings > LARGEST_STRINGS or rest > LARGEST_REST:
        raise DomainError(_("This workbook is too large: save it as CSV."))


@contextmanager
def lines(path: Path, *, is_head: bool = False):
    """Lines of cells of the first sheet. Whatever its reader stumbles over is one DomainError: such a file says anything."""
    book = None
    try:
        _refuse_large(path)
        reader = _Reader(path, is_head=is_head)
        reader.read()
        book = reader.wb
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of them is often wrong
    except DomainError:
        raise
    except Exception as error:
        raise unreadable() from error
    try:
        yield _capped(sheet)
    finally:
        book.close()


def _capped(sheet) -> Iterator[list]:
    until = time.monotonic() + LONGEST_SECONDS
    rows = iter(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True))
    number = 0
    while True:
        try:
            row = next(rows, None)
        except Exception as error:
            raise unreadable() from error
        if row is None:
            return
        number += 1
        if number > MOST_ROWS:
            raise DomainError(_("There are more than %(count)s lines in this file.") % {"count": MOST_ROWS})
        if time.monotonic() > until:
            raise DomainError(_("This workbook is too large: save it as CSV."))
        filled = next((n for n in range(len(row), 0, -1) if row[n - 1] is not None), 0)
        yield list(row[:filled])
