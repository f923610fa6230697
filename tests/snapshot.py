"""What is costly to make is made once a process and put back: rows by COPY, objects unpickled.

`once`: the world of a test, 350 statements to build and one a table to put back. `Baseline`: the database as migrations left
it, put back after a test that committed; Django's own flush empties every table there is and makes the reference data anew.
"""

import io
import pickle
from collections.abc import Callable
from datetime import timedelta

from django.core.cache import cache
from django.db import connection, transaction

from itsm.core import now, reference

# Generated columns are computed again; partitions are reached through their parent.
TABLES = """
SELECT c.relname, array_agg(quote_ident(a.attname) ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname <> 'django_migrations'
GROUP BY c.relname ORDER BY c.relname
"""
_kept: dict[Callable, tuple[bytes, list[tuple[str, str]]]] = {}


def once(build: Callable):
    """What `build()` makes: built the first time, put back afterwards; built anew in a test that has moved the clock."""
    if _clock_is_moved():
        return build()
    with transaction.atomic(), connection.cursor() as cursor:
        if build not in _kept:
            # A write of this savepoint has its number: what other fixtures wrote before has a smaller one.
            cursor.execute("CREATE TEMP TABLE mark (n int) ON COMMIT DROP")
            cursor.execute("INSERT INTO mark VALUES (1) RETURNING xmin::text::bigint")
            since = cursor.fetchone()[0]
            made = build()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            # Everything that this transaction and its savepoints wrote.
            _kept[build] = pickle.dumps(made), _read(cursor, f"WHERE xmin::text::bigint >= {since}")
            return made
        whole, rows = _kept[build]
        _write(cursor, rows)
    cache.clear()
    reference.forget_everything()
    return pickle.loads(whole)


class Baseline:
    """The rows of every table at the start of the session."""

    def __init__(self):
        with connection.cursor() as cursor:
            self.rows = _read(cursor, "")

    def put_back(self) -> bool:
        """Leave exactly these rows; False, and nothing is done, where the account may not set triggers aside."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if not cursor.fetchone()[0]:
                return False
            cursor.execute(TABLES)
            tables = [table for table, _columns in cursor.fetchall()]
            filled = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables)
            cursor.execute(filled)
            emptied = "".join(f'DELETE FROM "{table}";' for (table,) in cursor.fetchall())
            cursor.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {emptied}")
            _write(cursor, self.rows)
            cursor.execute("COMMIT")
        return True


def _clock_is_moved() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return abs(cursor.fetchone()[0] - now()) > timedelta(minutes=1)


def _read(cursor, where: str) -> list[tuple[str, str]]:
    found = []
    cursor.execute(TABLES)
    for table, columns in cursor.fetchall():
        listed, text = ", ".join(columns), io.StringIO()
        cursor.copy_expert(f'COPY (SELECT {listed} FROM "{table}" {where}) TO STDOUT', text)
        if text.getvalue():
            found.append((f'"{table}" ({listed})', text.getvalue()))
    return found


def _write(cursor, rows: list[tuple[str, str]]) -> None:
    for target, text in rows:
        cursor.copy_expert(f"COPY {target} FROM STDIN", io.StringIO(text))
