"""5,000 jobs and 1,000,000 runs of history: the plan of the day, the list, a job, its runs over REST, a ping, the sweep, the forecast.

In process, on the product's own views, in a database of its own that is loaded once.
"""

import statistics
import time
from collections.abc import Callable

JOBS, RUNS, CHAIN, ROUNDS = 5_000, 1_000_000, 10, 15
ITEMS = """
INSERT INTO cmdb_configurationitem
  (id, ci_class, key, name, sort_key, status, state, criticality, environment, organisation_id, serial, asset_tag, attributes, source,
   external_id, version, created_at, updated_at, set_aside, status_since)
SELECT n, 'job', 'job-' || n, 'JOB_' || lpad(n::text, 5, '0'), 'job_' || lpad(n::text, 5, '0'), 'live', 'up', 1 + n %% 4, '', %(organisation)s,
  '', '', '{}', 'bench', 'job-' || n, 1, now(), now(), '{}', now()
FROM generate_series(1, %(jobs)s) n
"""
REGISTER = """
INSERT INTO operations_job
  (item_id, ping_code, slug, origin, command, chain, schedule, days, time_zone, expected_seconds, grace_seconds, learned, restart, windows,
   method, http_method, http_url, http_headers, http_body, http_timeout, http_retries, http_private, held_reason, is_active, alerting,
   forecast_alerting, last_state, last_run_at, next_run_at, planned_until, next_check_at, failures, version, created_at)
SELECT n, gen_random_uuid(), 'job-' || n, '', '', 'C' || n / %(chain)s, (n %% 60) || ' ' || (n %% 24) || ' * * *', 'every', 'Europe/Paris', 600, 300,
  '{}', '', 'hold', 'told', 'POST', '', '', '', 60, 0, false, '', true, false, false, 'ok', now() - interval '1 hour', now() + interval '1 hour',
  now() + interval '36 hours', now() + interval '1 hour', 0, 1, now()
FROM generate_series(1, %(jobs)s) n
"""
LINKS = """
INSERT INTO operations_joblink (job_id, predecessor_id, condition)
SELECT n, n - 1, 'ok' FROM generate_series(2, %(jobs)s) n WHERE n %% %(chain)s <> 0
"""
HISTORY = """
INSERT INTO operations_jobrun
  (job_id, organisation_id, state, reason, note, trigger, at, planned_at, due_at, deadline_told, started_at, ended_at, seconds, attempt)
SELECT 1 + n %% %(jobs)s, %(organisation)s, CASE WHEN n %% 97 = 0 THEN 'failed' WHEN n %% 211 = 0 THEN 'not_started' ELSE 'ok' END, '', '', 'schedule',
  at, at, at, false, CASE WHEN n %% 211 = 0 AND n %% 97 <> 0 THEN NULL ELSE at END, at + interval '10 minutes', 500 + n %% 200, 0
FROM (SELECT n, now() - interval '2 hours' - (n / %(jobs)s) * interval '1 day' - (n %% %(jobs)s) * interval '8 seconds' AS at
      FROM generate_series(1, %(runs)s) n) found
"""
AHEAD = """
INSERT INTO operations_jobrun (job_id, organisation_id, state, reason, note, trigger, at, planned_at, due_at, deadline_at, deadline_told, attempt)
SELECT n, %(organisation)s, 'planned', '', '', 'schedule', at, at, at, CASE WHEN n %% 20 = 0 THEN at + interval '3 hours' END, false, 0
FROM (SELECT n, now() + interval '5 minutes' + n * interval '4 seconds' AS at FROM generate_series(1, %(jobs)s) n) found
"""


def load() -> None:
    """Everything by set statements; the statistics of the planner with them."""
    from django.db import connection

    from itsm.people import services as people
    from itsm.people.defaults import ensure_default_roles

    ensure_default_roles()
    house = people.create_organisation(actor=None, code="BENCH", name="Bench")
    people.create_person(
        actor=None, username="bench", first_name="B", last_name="Ench", organisation=house, roles=[("ops", house)]
    )
    values = {"organisation": house.pk, "jobs": JOBS, "runs": RUNS, "chain": CHAIN}
    with connection.cursor() as cursor:
        for statement in (ITEMS, REGISTER, LINKS, HISTORY, AHEAD):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE operations_job, operations_jobrun, operations_joblink, cmdb_configurationitem")


def rows() -> list[tuple[str, int, list[float]]]:
    """(what, queries, milliseconds of each round)."""
    from django.test import Client

    from itsm.people.models import User
    from operations.control.scheduling import forecast, sweep
    from operations.models import Job

    client = Client(SERVER_NAME="127.0.0.1", headers={"Accept-Language": "fr"})
    client.force_login(
        User.objects.get(username="bench"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    one = Job.objects.order_by("pk")[JOBS // 2]

    def page(path: str) -> Callable[[], object]:
        def act():
            answer = client.get(path)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code}")

        return act

    def ping():
        client.get(f"/ping/{one.ping_code}/start")
        client.get(f"/ping/{one.ping_code}/0")

    return [
        _timed("plan of the day, 5,000 jobs", page("/operations/jobs/plan/")),
        _timed("plan, the last page", page("/operations/jobs/plan/?page=40")),
        _timed("plan of a whole day", page(f"/operations/jobs/plan/?day={time.strftime('%Y-%m-%d')}")),
        _timed("list of jobs", page("/operations/jobs/")),
        _timed("page of a job", page(f"/operations/jobs/{one.pk}/")),
        _timed("page of a chain", page(f"/operations/jobs/chains/{one.chain}/")),
        _timed("runs over REST, newest", page("/api/v1/job-runs/")),
        _timed("runs over REST, of a job", page(f"/api/v1/job-runs/?job={one.pk}")),
        _timed("two pings: start and end", ping),
        _timed("sweep with nothing due", sweep.sweep),
        _timed("forecast of all deadlines", forecast.warn, rounds=3),
    ]


def _timed(name: str, act: Callable[[], object], rounds: int = ROUNDS) -> tuple[str, int, list[float]]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    act()
    with CaptureQueriesContext(connection) as queries:
        act()
    found = []
    for _round in range(rounds):
        began = time.perf_counter()
        act()
        found.append((time.perf_counter() - began) * 1000)
    return name, len(queries), found


def show(found: list[tuple[str, int, list[float]]]) -> None:
    """The table."""
    print(f"\n{JOBS:,} jobs, {RUNS:,} runs, in process, milliseconds\n{'':<32}{'p50':>9}{'worst':>9}{'queries':>9}")
    for name, queries, times in found:
        print(f"{name:<32}{statistics.median(times):>9.1f}{max(times):>9.1f}{queries:>9}")
