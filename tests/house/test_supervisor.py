"""`make demo` keeps its processes together: real processes, stand-ins for the product's own."""

import json
import os
import signal

import pytest

from ..processes import wait_until
from .conftest import runs

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_a_signal_stops_everything_in_reverse_order_and_leaves_nothing(house, number):
    supervisor = house.start()
    wait_until(lambda: len(house.names("child")) == 3)
    supervisor.send_signal(number)
    assert supervisor.wait(20) == 0
    assert house.names("start") == ["first", "second", "third"]
    assert house.names("stop") == ["third", "second", "first"]
    assert house.alive() == []
    assert not (house.data / "running.json").exists()


def test_a_second_signal_does_not_cut_the_stopping_short(house):
    supervisor = house.start()
    for _again in range(5):
        supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(20) == 0
    assert sorted(house.names("stop")) == ["first", "second", "third"]
    assert house.alive() == []


def test_a_killed_child_is_started_again_and_its_own_children_are_ended(house):
    house.start()
    wait_until(lambda: len(house.names("child")) == 3)
    victim = next(pid for what, name, pid in house.book() if (what, name) == ("start", "second"))
    orphan = next(pid for what, name, pid in house.book() if (what, name) == ("child", "second"))
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: house.names("start").count("second") == 2 and not runs(orphan), 20)
    assert "second ended (killed by SIGKILL); starting it again" in house.words()
    fresh = [pid for what, name, pid in house.book() if (what, name) == ("start", "second")][-1]
    noted = house.data / "running.json"
    wait_until(lambda: fresh in [row["pid"] for row in json.loads(noted.read_text())], 20)


def test_a_child_that_keeps_dying_ends_the_house_with_a_clear_message(house):
    supervisor = house.start("dies")
    assert supervisor.wait(30) == 1
    assert " keeps dying: see" in house.words()
    assert "exit status 3" in house.words()
    assert house.alive() == []


def test_after_a_killed_supervisor_the_next_start_ends_what_it_left(house):
    house.start("stubborn")
    wait_until(lambda: len(house.names("child")) == 3)
    left = house.alive()
    assert len(left) == 6
    first = house.runs[0]
    first.kill()
    first.wait()
    # The orphans ignore SIGTERM: the start asks, waits (here one second), and insists.
    house.start()
    assert "An earlier run was killed: ended what it had left (first, second, third)" in house.words()
    assert [pid for pid in left if runs(pid)] == []


def test_a_stale_note_never_ends_a_process_that_has_taken_the_number(house):
    rows = [{"name": "web", "pid": os.getpid(), "began": "1", "stop": int(signal.SIGKILL)}]
    (house.data / "running.json").write_text(json.dumps(rows))
    house.start()
    assert "An earlier run" not in house.words()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"pid": 1}', '[{"name": "web"}]'])
def test_a_broken_note_does_not_keep_the_house_from_starting(house, text):
    (house.data / "running.json").write_text(text)
    house.start(wait=False)
    wait_until(lambda: "ready" in house.words(), 20)


def test_a_second_start_in_the_same_folder_is_refused_and_the_first_goes_on(house):
    first = house.start()
    second = house.start(wait=False)
    assert second.wait(20) == 1
    assert "Another Vigie runs on" in house.words()
    assert first.poll() is None
    assert house.names("stop") == []
