"""What a print server tells is taken over, and the console hears of what does not work."""

from datetime import timedelta

import pytest

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError
from operations.control.printing import forgetting, polling
from operations.models import PageLine, PrintJob, PrintQueue, PrintServer

from ..told import told

pytestmark = pytest.mark.django_db


def stamp(minutes=0):
    return int((now() - timedelta(minutes=minutes)).timestamp())


def states():
    return dict(PrintQueue.objects.values_list("name", "state"))


def test_queues_become_items_and_one_that_is_known_is_taken(world, cups, server):
    known = cmdb.create_ci(actor=None, ci_class="print_queue", name="FILEQ", organisation=world.lumen)
    assert polling.poll(server.pk)
    assert states() == {"FILEQ": "idle", "DEADQ": "idle"}
    assert PrintQueue.objects.get(name="FILEQ").item == known
    assert ConfigurationItem.objects.filter(ci_class="print_queue").count() == 2


def test_jobs_come_change_and_go(world, cups, server):
    held, printed = cups.add("FILEQ", "held", state=4, at=stamp(3)), cups.add("DEADQ", "letter", state=5, at=stamp(1))
    polling.poll(server.pk)
    assert states() == {"FILEQ": "held", "DEADQ": "printing"}
    cups.job_rows[printed] |= {"job-state": 9, "time-at-completed": stamp(), "job-impressions-completed": 4}
    del cups.job_rows[held]
    polling.poll(server.pk, full=True)
    rows = {job.title: job for job in PrintJob.objects.all()}
    assert (rows["letter"].state, rows["letter"].pages, rows["held"].state) == ("completed", 4, "lost")
    assert states() == {"FILEQ": "idle", "DEADQ": "idle"}


def test_a_queue_that_stops_is_told_with_its_reason_and_cleared(world, cups, server):
    polling.poll(server.pk)
    cups.queue(0x10, "FILEQ", "bourrage papier")
    polling.poll(server.pk, full=True)
    queue = PrintQueue.objects.get(name="FILEQ")
    assert (queue.state, queue.message, told("printing")) == ("stopped", "bourrage papier", {queue.item.key: "minor"})
    polling.poll(server.pk, full=True)
    cups.queue(0x11, "FILEQ")
    polling.poll(server.pk, full=True)
    assert told("printing") == {}


def test_a_job_that_does_not_move_makes_its_queue_stuck(world, cups, server):
    cups.add("DEADQ", state=5, at=stamp(20))
    polling.poll(server.pk)
    queue = PrintQueue.objects.get(name="DEADQ")
    assert (queue.state, queue.waiting, list(told("printing"))) == ("stuck", 1, [queue.item.key])


def test_a_queue_gets_stuck_by_time_alone_though_the_server_tells_nothing_new(world, cups, server, monkeypatch):
    cups.add("DEADQ", state=5, at=stamp(10))
    polling.poll(server.pk)
    later = now() + timedelta(minutes=4)
    monkeypatch.setattr(polling, "now", lambda: later)
    polling.poll(server.pk)
    assert states()["DEADQ"] == "printing"
    later = later + timedelta(minutes=2)
    polling.poll(server.pk)
    assert states()["DEADQ"] == "stuck"


def test_while_nothing_happens_only_events_are_asked_for(world, cups, server):
    polling.poll(server.pk)
    polling.poll(server.pk)
    cups.asked.clear()
    polling.poll(server.pk)
    assert cups.asked == ["events"]
    cups.add("FILEQ", at=stamp())
    polling.poll(server.pk)
    assert "jobs" in cups.asked
    server.refresh_from_db()
    assert (server.subscription, server.next_event) == (7, 2)


def test_a_server_without_subscriptions_is_looked_at_each_time(world, cups, server):
    cups.events_kept = False
    for _n in range(2):
        cups.asked.clear()
        assert polling.poll(server.pk)
        assert "jobs" in cups.asked


def test_numbers_that_begin_again_are_other_jobs(world, cups, server):
    number = cups.add("FILEQ", "before", at=stamp(5))
    polling.poll(server.pk)
    cups.job_rows[number] |= {"job-name": "after", "job-uuid": "urn:uuid:other"}
    polling.poll(server.pk, full=True)
    assert dict(PrintJob.objects.values_list("title", "state")) == {"before": "lost", "after": "pending"}


def test_a_server_that_does_not_answer_is_told_after_three_times_and_cleared(world, cups, server):
    polling.poll(server.pk)
    cups.down = True
    for _n in range(2):
        assert not polling.poll(server.pk)
    assert told("printing") == {}
    polling.poll(server.pk)
    assert told("printing") == {f"server-{server.pk}": "major"}
    assert set(states().values()) == {"unknown"}
    cups.down = False
    polling.poll(server.pk, full=True)
    assert told("printing") == {}
    assert set(states().values()) == {"idle"}


def test_the_sweep_asks_what_is_due_once(world, cups, server):
    assert polling.sweep() == 1
    assert polling.sweep() == 0
    PrintServer.objects.update(is_active=False, next_poll_at=None)
    assert polling.sweep() == 0


def test_a_queue_that_is_gone_leaves_the_lists_and_comes_back(world, cups, server):
    cups.queue(0x10, "DEADQ", "away")
    polling.poll(server.pk)
    kept = cups.queues.pop("DEADQ")
    polling.poll(server.pk, full=True)
    assert list(PrintQueue.objects.present().values_list("name", flat=True)) == ["FILEQ"]
    assert told("printing") == {}
    cups.queues["DEADQ"] = kept
    polling.poll(server.pk, full=True)
    assert PrintQueue.objects.present().count() == 2


def test_names_and_titles_go_after_a_month_and_pages_after_thirteen(world, cups, server):
    cups.add("FILEQ", "old", state=9, at=stamp(60 * 24 * 40), **{"time-at-completed": stamp(60 * 24 * 40)})
    polling.poll(server.pk)
    queue = PrintQueue.objects.get(name="FILEQ")
    PrintJob.objects.create(
        queue=queue,
        server=server,
        number=9,
        uid="x",
        state="completed",
        created_at=now(),
        over_at=now() - timedelta(days=31),
    )
    for days in (1, 40, 500):
        PageLine.objects.create(
            queue=queue, queue_name="FILEQ", organisation=world.lumen, at=now() - timedelta(days=days), job=days, user_name="claire", pages=2, title="letter",
            digest=str(days),
        )  # fmt: skip
    forgetting.forget()
    assert not PrintJob.objects.exists()
    assert list(PageLine.objects.order_by("-at").values_list("title", "pages")) == [("letter", 2), ("", 2)]


def test_while_nothing_changes_nothing_is_written(world, cups, server, django_assert_max_num_queries):
    cups.add("FILEQ", "held", state=4, at=stamp(3))
    for _n in range(2):
        polling.poll(server.pk)
    with django_assert_max_num_queries(12):
        polling.poll(server.pk)


def test_what_no_print_server_says_takes_nothing_else_with_it(world, cups, server, monkeypatch):
    odd = {"job-id": [1, 2], "job-state": [3, 5], "job-printer-uri": "ipp://cups/printers/DEADQ"}
    monkeypatch.setattr(cups, "jobs", lambda _wanted: [odd, odd | {"job-id": -1}, odd | {"job-id": 7}])
    cups.queues["FILEQ"]["printer-name"] = ["FILEQ", "X"]
    assert polling.poll(server.pk)
    assert set(states()) == {"DEADQ"}
    assert list(PrintJob.objects.values_list("number", "state")) == [(7, "pending")]


def test_a_server_whose_answers_cannot_be_taken_over_counts_as_silent(world, cups, server, monkeypatch):
    monkeypatch.setattr(cups, "printers", lambda _wanted: 1 / 0)
    assert polling.sweep() == 1
    server.refresh_from_db()
    assert (server.failures, server.fault) == (1, "ZeroDivisionError")


def test_a_queue_whose_name_no_item_can_have_keeps_none_of_the_others_away(world, cups, server, monkeypatch):
    cups.queues |= {
        "blank": {"printer-name": "  ", "printer-state": 3},
        "refused": {"printer-name": "odd", "printer-state": 3},
    }
    plain = cmdb.create_ci

    def create_ci(*, name, **more):
        if name == "odd":
            raise DomainError("Not this one.")
        return plain(name=name, **more)

    monkeypatch.setattr(cmdb, "create_ci", create_ci)
    assert polling.poll(server.pk)
    assert set(states()) == {"DEADQ", "FILEQ"}
