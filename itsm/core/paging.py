"""Keyset paging: a page costs the same wherever it stands, because the place is one row comparison."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from .errors import DomainError


class BadCursor(DomainError):
    """A cursor that this product did not make."""

    status = 400
    code = "bad_cursor"

    def __init__(self):
        super().__init__(_("This page address is not valid any more. Start again from the first page."))


class After(Func):
    """`(a, b) > (x, y)` as one row comparison, so that an index on (a, b) gives the place at once."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, *expressions, operator: str = ">", **extra):
        super().__init__(*expressions, **extra)
        self.operator = operator

    def as_sql(self, compiler, connection, **context):  # type: ignore[override]
        half = len(self.source_expressions) // 2
        compiled = [compiler.compile(e) for e in self.source_expressions]
        left = ", ".join(sql for sql, _params in compiled[:half])
        right = ", ".join(sql for sql, _params in compiled[half:])
        return f"({left}) {self.operator} ({right})", [p for _sql, params in compiled for p in params]


@dataclass(frozen=True)
class Page:
    """Rows of one page and the cursors around it (None at the ends)."""

    rows: list
    next: str | None
    previous: str | None


def encode(values: list, *, backwards: bool) -> str:
    """An opaque cursor for the row that holds `values`."""
    plain = [v.isoformat() if isinstance(v, datetime | date) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps([int(backwards), *plain], default=str).encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[bool, list]:
    """The direction and values of a cursor; BadCursor when it is not one of ours."""
    try:
        back, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, TypeError, UnicodeError, RecursionError) as error:
        raise BadCursor from error
    if any(isinstance(value, str) and not _storable(value) for value in values):
        raise BadCursor
    return bool(back), values


def _storable(text: str) -> bool:
    """PostgreSQL holds neither NUL nor half a character, and refuses to compare with them."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def keyset_page(queryset: QuerySet, *, ordering: tuple[str, ...], cursor: str | None = None, size: int = 50) -> Page:
    """One page of `queryset` ordered by `ordering` (all ascending or all descending, unique together, not null).

    Works on model querysets and on `.values()` that include the ordering columns. Raises BadCursor.
    """
    descending = ordering[0].startswith("-")
    names = [name.lstrip("-") for name in ordering]
    if any(name.startswith("-") != descending for name in ordering):
        raise ValueError("A keyset needs one direction for all its columns.")
    backwards, values = decode(cursor) if cursor else (False, [])
    down = descending != backwards
    if cursor:
        if len(values) != len(names):
            raise BadCursor
        fields = [_field(queryset, name) for name in names]
        try:
            place = [
                Value(field.to_python(value), output_field=field) for field, value in zip(fields, values, strict=True)
            ]
        except Exception as error:
            raise BadCursor from error
        queryset = queryset.filter(After(*(F(n) for n in names), *place, operator="<" if down else ">"))
    rows: list[Any] = list(queryset.order_by(*(f"-{n}" if down else n for n in names))[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    first, last = _key(rows[0], names), _key(rows[-1], names)
    has_next = more or backwards if not backwards else True
    has_previous = bool(cursor) if not backwards else more
    return Page(
        rows,
        encode(last, backwards=False) if has_next else None,
        encode(first, backwards=True) if has_previous else None,
    )


def _field(queryset: QuerySet, name: str):
    annotation = queryset.query.annotations.get(name)
    if annotation is not None:
        return annotation.output_field
    try:
        field = queryset.model._meta.get_field(name)
    except FieldDoesNotExist:
        field = queryset.model._meta.pk
    return getattr(field, "target_field", field) if field.is_relation else field


def _key(row, names: list[str]) -> list:
    return [row[name] if isinstance(row, dict) else getattr(row, name) for name in names]
