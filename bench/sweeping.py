"""What the sweep of clocks costs: against the number of open clocks and of due ones, alone and with two workers side by side.

Runs in a scratch copy of a size's database, which is thrown away: the clocks are set so that they are open and due.
"""

import subprocess
import sys
import time

import django

FEW, MANY = (50, 500), 10_000
# The newest resolution clock of each record runs, its next step lies some days ahead.
OPEN = """UPDATE levels_clock c SET state = 'running', since = c.started_at, stopped_at = NULL, met = NULL, frozen_id = NULL, step = 0,
  repeats = 0, failures = 0, elapsed_seconds = 0, segments = '[]', target_seconds = coalesce(target_seconds, 57600),
  next_step_at = now() + interval '1 day' + random() * interval '20 days'
FROM (SELECT DISTINCT ON (record_id) id FROM levels_clock WHERE kind = 'sla' AND metric = 'resolve' ORDER BY record_id, cycle DESC) newest
WHERE c.id = newest.id"""
WORKABLE = """UPDATE records_record SET state = 'in_progress', phase = 'open', closed_at = NULL, resolved_at = NULL, hold_reason_id = NULL, hold_supplier_id = NULL,
  hold_until = NULL, resolution_code_id = NULL WHERE id IN (SELECT record_id FROM levels_clock WHERE id = ANY(%s))"""
# Round the clock, and so far that this step is due and the one after it is not: what is timed is one step a clock.
DUE = """UPDATE levels_clock SET next_step_at = now(), step = %s, repeats = 0, elapsed_seconds = 0, segments = '[]',
  calendar_id = (SELECT id FROM calendars_calendar WHERE code = 'ONCALL24'), since = now() - target_seconds * %s * interval '1 second',
  counted_from = now() - target_seconds * %s * interval '1 second', started_at = now() - target_seconds * %s * interval '1 second'
WHERE id = ANY(%s)"""
USED = {0: 0.8, 75: 1.2, 100: 1.6}
CHOSEN = "SELECT id FROM levels_clock WHERE next_step_at > now() ORDER BY id DESC LIMIT %s"


def run() -> list[dict]:
    """Rows of the table: name, and milliseconds of each sample."""
    django.setup()
    from django.db import connection

    from itsm.escalation import sweep
    from itsm.levels.models import Clock

    with connection.cursor() as cursor:
        cursor.execute(OPEN)
        opened = Clock.objects.filter(next_step_at__isnull=False).count()
        cursor.execute(CHOSEN, [MANY])
        chosen = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(WORKABLE, [chosen])
        cursor.execute("VACUUM ANALYZE levels_clock, records_record")
    found = [_row(f"sweep, {opened} open, none due", lambda: sweep.sweep(), 20)]
    for few in FEW:
        samples = []
        for _round in range(10):
            _make_due(chosen[:few], 0)
            samples.append(_timed(sweep.sweep))
        found.append({"name": f"sweep, {opened} open, {few} due", "limit": None, "c1": samples, "c8": []})
    for step, what in ((0, "warnings"), (75, "alerts"), (100, "escalations")):
        _make_due(chosen, step)
        spent = _timed(lambda: _side_by_side(2))
        left = sweep.due(MANY)
        found.append({"name": f"{len(chosen) - left} {what}, 2 workers", "limit": 60_000, "c1": [spent], "c8": []})
    return found


def _make_due(pks: list[int], step: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(DUE, [step, USED[step], USED[step], USED[step], pks])


def _side_by_side(workers: int) -> None:
    code = "import django; django.setup()\nfrom itsm.escalation import sweep\nsweep.sweep_for(600)"
    started = [subprocess.Popen([sys.executable, "-c", code]) for _worker in range(workers)]
    if any(worker.wait() for worker in started):
        raise SystemExit("a worker failed")


def _row(name: str, act, rounds: int) -> dict:
    return {"name": name, "limit": None, "c1": [_timed(act) for _round in range(rounds)], "c8": []}


def _timed(act) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000
