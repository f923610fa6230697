"""How many rows stand behind several lists at once: one statement, each part of it stopped above the cap."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from .tabs import CAP

K = TypeVar("K", bound=Hashable)


def counts(lists: Mapping[K, QuerySet]) -> dict[K, int]:
    """Rows of each list, at most `CAP` + 1."""
    found = dict.fromkeys(lists, 0)
    parts: list[str] = []
    parameters: list = []
    keys = list(lists)
    for place, key in enumerate(keys):
        try:
            sql, given = lists[key].order_by().values("pk")[: CAP + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT {place}, count(*) FROM ({sql}) part{place}")  # noqa: S608 - Django's own SQL
        parameters += given
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), parameters)
            found |= {keys[place]: n for place, n in cursor.fetchall()}
    return found
