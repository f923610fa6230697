"""Records come in from CSV: once, whole, with their history, and what stays out says why."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from itsm.audit.models import Entry
from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.records.models import Hop, Record
from kpis import query, rollup
from kpis.registry import KPIS
from servicedesk.imports import services
from servicedesk.imports.models import ImportReject, ImportRun

pytestmark = pytest.mark.django_db
SHARED = Path(os.environ.get("VIGIE_SHARED") or "/nonexistent") / "data"
HEAD = "number,incident_state,sys_updated_at,opened_at,resolved_at,closed_at,impact,urgency,priority,made_sla,assignment_group,caller_id\n"


def row(number="INC1", state="Closed", at="01-03-2016 10:00", opened="01-03-2016 08:00", resolved="01-03-2016 09:00", closed="01-03-2016 10:00", impact="2 - Medium", urgency="2 - Medium", priority="3 - Moderate", met="TRUE", group="Group 1"):  # fmt: skip
    return f"{number},{state},{at},{opened},{resolved},{closed},{impact},{urgency},{priority},{met},{group},Caller 1\n"


def go(path: Path, mapping="servicenow") -> ImportRun:
    return services.run(services.prepare(path, mapping, actor=None).pk)


def test_a_case_comes_in_with_its_history_into_an_organisation_of_its_own(world, table):
    text = (
        HEAD
        + row(state="New", at="01-03-2016 08:05", group="Group 1")
        + row(state="Active", at="01-03-2016 08:30", group="Group 2")
        + row()
    )
    run = go(table(text))
    record = Record.objects.get(external_id="INC1")
    assert (run.state, run.made, run.rejected) == ("done", 1, 0)
    assert (record.organisation.code, record.phase, record.priority, record.source) == (
        "IMP-SERVICENOW",
        "closed",
        3,
        "servicenow",
    )
    verbs = list(
        Entry.objects.filter(subject_kind="record", subject_id=record.pk).order_by("pk").values_list("verb", flat=True)
    )
    assert verbs == ["incident.opened", "incident.acknowledged", "incident.closed"]
    assert Hop.objects.filter(record=record).count() == 3
    assert not Record.objects.visible_to(world.agent).filter(pk=record.pk).exists()


def test_a_second_import_changes_nothing(world, table):
    path = table(HEAD + row() + row(number="INC2"))
    go(path)
    before = list(Record.objects.order_by("pk").values_list("pk", "version"))
    again = go(path)
    copy = go(table(HEAD + row() + row(number="INC2") + "\n", "copy.csv"))
    assert again.made == 2
    assert (copy.made, copy.known) == (0, 2)
    assert list(Record.objects.order_by("pk").values_list("pk", "version")) == before


def test_the_preview_says_what_would_happen_and_writes_nothing(world, table):
    text = (
        HEAD
        + row()
        + row(number="INC2", resolved="?")
        + row(number="INC3", at="soon")
        + row(number="INC4", priority="1 - Critical")
        + row(number="INC5", state="Strange")
    )
    found = services.preview(table(text), "servicenow")
    assert (found.rows, found.new, found.ambiguous, found.rejected) == (5, 2, 1, 3)
    assert len(found.reasons) == 3
    assert Record.objects.filter(source="servicenow").count() == 0


def test_what_stays_out_keeps_its_rows_and_a_reason(world, table):
    run = go(
        table(
            HEAD
            + row(number="INC1", opened="31-02-2016 08:00")
            + row(number="INC2")
            + row(number="?")
            + row(number="INC2", state="New")
        )
    )
    reasons = dict(ImportReject.objects.filter(run=run).values_list("line", "reason"))
    assert (run.made, run.rejected) == (1, 3)
    assert set(reasons) == {2, 4, 5}
    assert "31-02-2016" in reasons[2]
    assert ImportReject.objects.get(run=run, line=2).rows[0]["number"] == "INC1"


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        ("", "servicenow"),
        ("a,b\n1,2\n", "servicenow"),
        (HEAD + row(), "no-such-mapping"),
        ("\x00\x01\x02", "servicenow"),
    ],
)
def test_a_wrong_file_or_mapping_gets_a_clear_word(world, table, text, mapping):
    with pytest.raises(DomainError):
        services.preview(table(text), mapping)


def test_bytes_that_are_no_text_are_refused(world, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"number\xff\xfe,incident_state\n\xff\xff,\xfe\n")
    with pytest.raises(DomainError):
        services.preview(path, "servicenow")


@pytest.mark.needs_shared
def test_the_figures_of_the_servicenow_log_come_out_to_the_unit(world):
    run = go(SHARED / "incident_event_log.part1.csv")
    assert (run.made, run.rejected) == (600, 0)
    while outbox.drain(2000):
        continue
    rollup.roll_up()
    window = query.Window(date(2016, 1, 1), date(2017, 12, 31), (run.organisation_id,), {}, "calendar")
    numbers = {
        slug: query.number(KPIS.get(slug), window)
        for slug in ("mttr", "sla-compliance", "reassignments", "reopen-rate", "opened")
    }
    mttr, moves, reopened = numbers["mttr"], numbers["reassignments"], numbers["reopen-rate"]
    assert mttr.n == 583
    assert round(mttr.details["mean"] / 3600, 2) == 211.36
    assert round(mttr.details["median"] / 3600, 2) == 50.78
    assert (numbers["sla-compliance"].details["numerator"], numbers["sla-compliance"].n) == (383, 600)
    assert (round(moves.value, 4), moves.details["none"], moves.details["max"]) == (1.0367, 314, 18)
    assert (reopened.details["numerator"], reopened.details["total"]) == (6, 7)
    by_priority = {p["key"]: p["n"] for p in query.series(KPIS.get("opened"), window, by="priority")}
    assert by_priority == {3: 501, 4: 63, 2: 26, 1: 10}


@pytest.mark.needs_shared
def test_a_second_mapping_shows_that_the_importer_is_general(world):
    found = services.preview(SHARED / "helpdesk_italian.csv", "helpdesk_italian")
    assert (found.rows, found.new, found.rejected) == (21348, 4580, 0)


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_goes_on_where_it_stood_and_makes_nothing_twice(world, table):
    text = HEAD + "".join(row(number=f"INC{n}", group=f"Group {n % 5}") for n in range(3000))
    run = services.prepare(table(text), "servicenow", actor=None)
    child = _import_elsewhere(run.pk)
    _wait_until(lambda: ImportRun.objects.get(pk=run.pk).made >= 200)
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    stopped_at = ImportRun.objects.get(pk=run.pk).made
    assert 200 <= stopped_at < 3000
    _wait_until(lambda: _is_given_up(run.pk))
    assert services.run(run.pk).state == "done"
    assert Record.objects.filter(source="servicenow").count() == 3000
    assert ImportRun.objects.get(pk=run.pk).made == 3000


def _is_given_up(run_id: int) -> bool:
    """The database notices the death of a client a moment later, and only then gives its lock back."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [services.LOCK_SPACE, run_id])
        (free,) = cursor.fetchone()
        if free:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [services.LOCK_SPACE, run_id])
    return free


def _import_elsewhere(run_id: int) -> subprocess.Popen:
    from django.db import connection

    settings = connection.settings_dict
    url = f"postgres://{settings['USER']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    code = f"import django; django.setup(); from servicedesk.imports import services; services.run({run_id})"
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "itsm.settings"}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=Path(__file__).parents[2])


def _wait_until(true, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it takes too long"
