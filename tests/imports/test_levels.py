"""Imported cases under an agreement of ours: clocks out of their history, what was kept beside what their file says."""

import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command

from itsm.audit.models import Entry
from itsm.core.errors import DomainError
from itsm.escalation import sweep
from itsm.levels.models import Clock
from itsm.records.models import FAR, Record
from servicedesk.imports import levels
from servicedesk.imports.models import ImportedPromise
from servicedesk.incidents import services
from tests.levels.agreed import HOUR, agree

from .test_import import HEAD, SHARED, go, row

pytestmark = pytest.mark.django_db
SOURCE = "servicenow"
FILE = "kept, by the file"


def story(number: str, *told, met="TRUE", resolved="01-03-2016 12:00", closed="01-03-2016 13:00", **more) -> str:
    """Rows of one case opened at eight: (time, state) or (time, state, priority words, urgency)."""
    lines = []
    for at, state, *urgent in told:
        same = more | (dict(zip(("priority", "urgency"), urgent, strict=True)) if urgent else {})
        lines.append(row(number, state, f"01-03-2016 {at}", resolved=resolved, closed=closed, met=met, **same))
    return "".join(lines)


HELD = story(
    "HELD", ("08:05", "New"), ("08:30", "Active"), ("09:00", "Awaiting User Info"), ("11:00", "Active"), ("12:00", "Resolved"), ("13:00", "Closed"),
)  # fmt: skip
RAISED = story(
    "RAISED", ("08:05", "New", "4 - Low", "3 - Low"), ("09:00", "Active", "4 - Low", "3 - Low"), ("10:00", "Active", "3 - Moderate", "2 - Medium"),
    ("12:00", "Resolved", "3 - Moderate", "2 - Medium"),
)  # fmt: skip
REOPENED = story(
    "REOPENED", ("08:05", "New"), ("08:15", "Active"), ("09:00", "Resolved"), ("11:00", "Active"), ("12:00", "Resolved"), met="FALSE"
)  # fmt: skip
UNSOLVED = story("UNSOLVED", ("08:05", "New"), ("09:30", "Closed"), resolved="?", closed="01-03-2016 09:30")
OPEN = story("OPEN", ("08:05", "New"), ("09:00", "Active"), resolved="?", closed="?")


@pytest.fixture
def deal(world):
    """Three hours for P3, eight for P4, an hour to take it; for another organisation and from next year on."""
    targets = {(3, "resolve"): 3 * HOUR, (4, "resolve"): 8 * HOUR, (None, "own"): HOUR}
    return agree("DEAL", targets, organisation=world.other, valid_from="2030-01-01")


def replay(code="DEAL", **more) -> levels.Counted:
    return levels.replay(SOURCE, levels.agreement_of(code), actor=None, **more)


def clock(key: str, metric="resolve") -> Clock:
    return Clock.objects.filter(record__external_id=key, metric=metric).latest("cycle")


def hours(key: str, metric="resolve") -> float:
    return clock(key, metric).elapsed_seconds / HOUR


def test_the_clocks_come_out_of_the_history(table, deal):
    go(table(HEAD + HELD + RAISED + REOPENED + UNSOLVED))
    replay()
    assert [hours(key) for key in ("HELD", "RAISED", "REOPENED", "UNSOLVED")] == [2, 4, 2, 1.5]
    assert [hours(key, "own") for key in ("HELD", "RAISED", "REOPENED", "UNSOLVED")] == [0.5, 1, 0.25, 1.5]
    assert [clock(key).met for key in ("HELD", "RAISED", "REOPENED", "UNSOLVED")] == [True, False, True, True]
    assert [clock(key, "own").met for key in ("HELD", "UNSOLVED")] == [True, False]
    assert {each.agreement_id for each in Clock.objects.filter(record__source=SOURCE)} == {deal.pk}


def test_each_clock_can_be_explained_as_if_the_engine_had_stood_beside_it(table, deal):
    go(table(HEAD + HELD + RAISED))
    replay()
    held = clock("HELD")
    assert [event["what"] for event in held.events] == ["started", "paused", "resumed", "stopped"]
    assert held.segments == [
        ["2016-03-01T08:00:00+00:00", "2016-03-01T09:00:00+00:00"],
        ["2016-03-01T11:00:00+00:00", "2016-03-01T12:00:00+00:00"],
    ]
    assert held.frozen_id
    raised = next(event for event in clock("RAISED").events if event["what"] == "retargeted")
    assert (raised["from"], raised["priority"], raised["old"], raised["target"]) == (4, 3, 8 * HOUR, 3 * HOUR)
    assert Record.objects.get(external_id="RAISED").due_at == datetime(2016, 3, 1, 11, tzinfo=UTC)


def test_a_wait_keeps_its_reason(world, table, deal):
    vendor = story(
        "VENDOR", ("08:05", "Active"), ("09:00", "Awaiting Vendor"), ("11:00", "Active"), ("12:00", "Resolved")
    )
    go(table(HEAD + vendor))
    replay()
    paused = next(event for event in clock("VENDOR").events if event["what"] == "paused")
    assert paused["hold"] == world.wait_supplier.pk


def test_what_the_log_leaves_open_is_neither_kept_nor_missed_and_nothing_of_it_is_due(table, deal):
    go(table(HEAD + OPEN))
    replay()
    left = clock("OPEN")
    assert (left.state, left.met, left.elapsed_seconds, left.next_step_at) == ("cancelled", None, HOUR, None)
    assert (clock("OPEN", "own").state, clock("OPEN", "own").met) == ("stopped", True)
    assert Record.objects.get(external_id="OPEN").queue_at == FAR
    assert sweep.sweep() == 0


def test_the_result_of_the_file_is_kept_beside_ours(table, deal):
    go(table(HEAD + HELD + RAISED + REOPENED + UNSOLVED + OPEN))
    assert set(ImportedPromise.objects.values_list("theirs", "ours")) == {(True, None), (False, None)}
    replay()
    lines = levels.table(SOURCE)
    assert [line.priority for line in lines] == [3, None]
    whole = lines[-1]
    assert (whole.n, whole.file_kept, whole.file_told, whole.here_kept, whole.here_promised) == (5, 4, 5, 3, 4)
    assert (whole.only_file, whole.only_here) == (1, 1)


def test_a_second_replay_changes_nothing_and_another_agreement_counts_from_the_history_again(table, deal):
    go(table(HEAD + HELD + RAISED))
    first = replay()
    before = list(Clock.objects.order_by("pk").values())
    assert (first.done, replay().done) == (2, 0)
    assert list(Clock.objects.order_by("pk").values()) == before
    agree("HARD", {(None, "resolve"): HOUR})
    assert replay("HARD").done == 2
    assert [clock(key).met for key in ("HELD", "RAISED")] == [False, False]
    assert {(each.theirs, each.ours) for each in ImportedPromise.objects.all()} == {(True, False)}
    replay()
    same = list(Clock.objects.order_by("pk").values())
    ignored = {"id", "frozen_id"}
    assert [{k: v for k, v in each.items() if k not in ignored} for each in same] == [
        {k: v for k, v in each.items() if k not in ignored} for each in before
    ]


def test_it_goes_on_where_it_stood(table, deal, monkeypatch):
    monkeypatch.setattr(levels, "BATCH", 2)
    go(table(HEAD + HELD + RAISED + REOPENED + UNSOLVED))

    def killed(counted):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay(tell=killed)
    assert ImportedPromise.objects.filter(counted_at__isnull=False).count() == 2
    assert replay().done == 2
    assert levels.table(SOURCE)[-1].n == 4


def test_an_agreement_whose_targets_were_edited_is_counted_again(table, deal):
    go(table(HEAD + HELD))
    replay()
    deal.targets.filter(metric="resolve").update(seconds=HOUR)
    from itsm.core import reference, versions

    versions.bump("levels")
    reference.forget_everything()
    assert replay().done == 1
    assert clock("HELD").met is False


def test_a_case_that_people_here_took_up_again_is_left_to_them(world, table, deal):
    reopened = HELD.replace(",Closed,", ",Resolved,")
    go(table(HEAD + reopened + RAISED))
    incident = Record.objects.get(external_id="HELD")
    services.reopen(incident.pk, actor=world.admin, reason="Again")
    counted = replay()
    assert (counted.done, counted.left) == (1, 1)
    assert clock("HELD").alive
    assert ImportedPromise.objects.get(record=incident).theirs is True


def test_results_of_before_they_were_kept_apart_are_taken_from_the_clock(table, deal):
    go(table(HEAD + HELD + REOPENED))
    ImportedPromise.objects.all().delete()
    replay()
    assert set(ImportedPromise.objects.values_list("record__external_id", "theirs")) == {
        ("HELD", True),
        ("REOPENED", False),
    }


def test_the_history_says_so(world, table, deal):
    go(table(HEAD + HELD))
    replay()
    record = Record.objects.get(external_id="HELD")
    entry = Entry.objects.filter(subject_kind="record", subject_id=record.pk).latest("pk")
    assert (entry.verb, entry.data) == ("incident.clocks_repaired", {"how": "history", "agreement": "DEAL"})


def test_the_command_imports_counts_and_shows_the_table(table, deal):
    path, told = table(HEAD + HELD + RAISED), io.StringIO()
    call_command("import_records", str(path), mapping="servicenow", under="DEAL", stdout=told)
    assert FILE in told.getvalue()
    assert "2 of 2  100.0 %" in told.getvalue()
    assert "1 of 2   50.0 %" in told.getvalue()
    again = io.StringIO()
    call_command("replay_levels", "servicenow", under="DEAL", stdout=again)
    assert "Under DEAL: 0 counted" in again.getvalue()
    assert "1 of 2   50.0 %" in again.getvalue()


@pytest.mark.parametrize("code", ["NONE", "OLA", "ONLY-OWN"])
def test_what_promises_no_resolution_to_users_is_refused_before_anything_is_read(world, table, code):
    agree("OLA", {(None, "resolve"): HOUR}, kind="ola", level=1)
    agree("ONLY-OWN", {(None, "own"): HOUR})
    with pytest.raises(DomainError):
        levels.agreement_of(code)
    with pytest.raises(CommandError):
        call_command("import_records", str(table(HEAD + HELD)), mapping="servicenow", under=code)
    assert not Record.objects.filter(source=SOURCE).exists()


def test_a_batch_costs_the_same_queries_whatever_it_holds(
    table, deal, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    go(table(HEAD + "".join(HELD.replace("HELD", f"HELD{n}") for n in range(40))))
    under = levels.agreement_of("DEAL")
    with django_capture_on_commit_callbacks(execute=True):
        levels.replay(SOURCE, under, actor=None)
    with django_assert_max_num_queries(30):
        assert levels.replay(SOURCE, under, actor=None, again=True).done == 40


@pytest.mark.needs_shared
def test_the_servicenow_log_under_the_standard_agreement(world):
    go(SHARED / "incident_event_log.part1.csv")
    counted = replay("STANDARD")
    lines = {line.priority: line for line in levels.table(SOURCE)}
    assert (counted.done, counted.left) == (600, 0)
    assert {priority: line.n for priority, line in lines.items()} == {1: 10, 2: 26, 3: 501, 4: 63, None: 600}
    assert (lines[None].file_kept, lines[None].file_told) == (383, 600)
    assert lines[None].here_promised == 600
    assert not Clock.objects.filter(record__source=SOURCE, state__in=["running", "paused"]).exists()
    for each in Clock.objects.filter(record__source=SOURCE, metric="resolve").select_related("record"):
        spans = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in each.segments]
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
        ran = sum((end - begin for begin, end in spans), timedelta())
        assert each.elapsed_seconds == pytest.approx(ran.total_seconds(), abs=1), (
            "round the clock: what ran is what counts"
        )
        assert each.met == (each.elapsed_seconds <= each.target_seconds)
        assert each.stopped_at == (each.record.resolved_at or each.record.closed_at)
