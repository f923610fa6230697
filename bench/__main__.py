"""`python -m bench [records …]`: how long the product takes at each size (20,000 unless told), on the product's own gunicorn.

Each size has a database of its own beside that of DATABASE_URL; it is loaded once and kept. Docs: docs/how-to/measure.md.
"""

import argparse
import os
import subprocess
import sys
from contextlib import closing
from urllib.parse import urlsplit

from .dataset import BASE, url_of


def main() -> int:
    """Exit 0 whatever the figures are: a slow row is marked, it does not fail the run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("records", nargs="*", type=int, default=[BASE], help="sizes, for example 20000 100000 1000000")
    parser.add_argument("--rounds", type=int, default=40, help="how often each piece of work is done at concurrency 1")
    parser.add_argument("--only", default="", help="only the work whose name holds this text")
    parser.add_argument("--count", action="store_true", help="only business time: calls a second, no database is made")
    parser.add_argument(
        "--estate", action="store_true", help="only the CMDB: impact, the past and comparisons at two sizes"
    )
    parser.add_argument(
        "--events", action="store_true", help="only what taking events in costs, in the first size's database, undone"
    )
    parser.add_argument("--events-one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--calls", action="store_true", help="only telephone events: 50 a second over HTTP for a minute"
    )
    parser.add_argument("--calls-one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--jobs", action="store_true", help="only jobs: 5,000 of them with 1,000,000 runs")
    parser.add_argument("--jobs-one", default="", help=argparse.SUPPRESS)
    parser.add_argument("--estate-one", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--sweep", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")
    if given.count:
        return _count()
    if given.events_one:
        return _events_one()
    if given.events:
        base = os.environ["DATABASE_URL"]
        _ensure_loaded(base, given.records[0])
        _python("manage.py", "migrate", "--verbosity", "0", url=url_of(base, given.records[0]))
        _python("-m", "bench", "--events-one", url=url_of(base, given.records[0]))
        return 0
    if given.calls_one:
        return _calls_one(given.records[0])
    if given.calls:
        base = os.environ["DATABASE_URL"]
        _ensure_loaded(base, given.records[0])
        _python("manage.py", "migrate", "--verbosity", "0", url=url_of(base, given.records[0]))
        _python("-m", "bench", str(given.records[0]), "--calls-one", url=url_of(base, given.records[0]))
        return 0
    if given.jobs_one:
        return _jobs_one(given.jobs_one)
    if given.jobs:
        return _jobs(os.environ["DATABASE_URL"])
    if given.estate_one:
        return _estate_one(given.estate_one, given.rounds)
    if given.estate:
        return _estate(os.environ["DATABASE_URL"], given.rounds)
    if given.sweep:
        from .run import run_sweep

        run_sweep(given.records[0])
        return 0
    if given.one:
        from .run import run

        run(given.records[0], rounds=given.rounds, only=given.only)
        return 0
    base = os.environ["DATABASE_URL"]
    if given.only in "business time":
        _count()
    for records in given.records:
        _ensure_loaded(base, records)
        _python("manage.py", "migrate", "--verbosity", "0", url=url_of(base, records))
        more = ["--rounds", str(given.rounds), "--only", given.only, "--one"]
        _python("-m", "bench", str(records), *more, url=url_of(base, records))
        if given.only in "events":
            _python("-m", "bench", "--events-one", url=url_of(base, records))
        if given.only in "telephone events" and records == given.records[0]:
            _python("-m", "bench", str(records), "--calls-one", url=url_of(base, records))
        if given.only in "sweep":
            scratch = f"{url_of(base, records)}_scratch"
            _copy(base, url_of(base, records), scratch)
            try:
                _python("-m", "bench", str(records), "--sweep", url=scratch)
            finally:
                _drop(base, scratch)
    if given.only in "jobs":
        _jobs(base)
    return 0


def _count() -> int:
    from . import counting

    counting.show(counting.rows())
    return 0


def _events_one() -> int:
    import django

    django.setup()
    from . import consoles, events

    events.show(events.rows() + events.over_http())
    consoles.show(consoles.rows())
    return 0


def _calls_one(records: int) -> int:
    import django

    django.setup()
    from . import calls
    from .run import keep

    found = calls.rows()
    calls.show(found)
    keep(records, found, 0.0, kind="calls")
    return 0


def _jobs(base: str) -> int:
    """In a database of its own that is loaded once."""
    url = f"{base}_jobs"
    if not _is_whole(base, url):
        _drop(base, url)
        _admin(base, f'CREATE DATABASE "{urlsplit(url).path[1:]}"')
        print("Loading 5,000 jobs and 1,000,000 runs, once …", flush=True)
        _python("manage.py", "migrate", "--verbosity", "0", url=url)
        _python("-m", "bench", "--jobs-one", "load", url=url)
        _admin(base, f"COMMENT ON DATABASE \"{urlsplit(url).path[1:]}\" IS 'bench'")
    _python("-m", "bench", "--jobs-one", "time", url=url)
    return 0


def _jobs_one(act: str) -> int:
    import django

    django.setup()
    from . import jobs

    if act == "load":
        jobs.load()
    else:
        jobs.show(jobs.rows())
    return 0


def _estate(base: str, rounds: int) -> int:
    """Both sizes, each in a database of its own that is loaded once."""
    from .estate import SIZES

    for count in SIZES:
        url = f"{base}_estate_{count}"
        if not _is_whole(base, url):
            _drop(base, url)
            _admin(base, f'CREATE DATABASE "{urlsplit(url).path[1:]}"')
            print(f"Loading {count:,} items, once …", flush=True)
            _python("-c", f"from bench import estate; estate.load({count})", url=url)
        _python("manage.py", "migrate", "--verbosity", "0", url=url)
        _python("-m", "bench", "--rounds", str(rounds), "--estate-one", str(count), url=url)
    return 0


def _estate_one(count: int, rounds: int) -> int:
    from . import estate
    from .run import keep

    rows = estate.run(count, rounds=rounds)
    estate.show(count, rows)
    keep(count, rows, 0.0, kind="estate")
    return 0


def _is_whole(base: str, url: str) -> bool:
    """Is the database of this address there and marked as filled?"""
    import psycopg2

    with closing(psycopg2.connect(base)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [urlsplit(url).path[1:]]
        )
        return (cursor.fetchone() or [None])[0] == "bench"


def _ensure_loaded(base: str, records: int) -> None:
    """The base goes in through the demo's code; a larger size starts as a copy of it."""
    if records != BASE:
        _ensure_loaded(base, BASE)
    if _create(base, records):
        print(f"Loading {records:,} records, once …", flush=True)
        code = "from bench import load; load.main()"
        _python("-c", code, str(records), url=url_of(base, records))


def _create(base: str, records: int) -> bool:
    """Make the database of a size; True when it has to be filled. Half-filled ones are made anew."""
    import psycopg2

    name = urlsplit(url_of(base, records)).path[1:]
    with closing(psycopg2.connect(base)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
        row = cursor.fetchone()
        if row and row[0] == "bench":
            return False
        if row:
            cursor.execute(f'DROP DATABASE "{name}"')
        template = "" if records == BASE else f' TEMPLATE "{urlsplit(url_of(base, BASE)).path[1:]}"'
        cursor.execute(f'CREATE DATABASE "{name}"{template}')
    return True


def _copy(base: str, source: str, target: str) -> None:
    """A database with the rows of another."""
    _drop(base, target)
    _admin(base, f'CREATE DATABASE "{urlsplit(target).path[1:]}" TEMPLATE "{urlsplit(source).path[1:]}"')


def _drop(base: str, target: str) -> None:
    _admin(base, f'DROP DATABASE IF EXISTS "{urlsplit(target).path[1:]}"')


def _admin(base: str, statement: str) -> None:
    import psycopg2

    with closing(psycopg2.connect(base)) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


def _python(*arguments: str, url: str) -> None:
    environment = os.environ | {"DATABASE_URL": url, "API_RATE_PERSON": "1000000/min", "LOG_LEVEL": "ERROR"}
    done = subprocess.run([sys.executable, *arguments], env=environment)
    if done.returncode:
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    sys.exit(main())
