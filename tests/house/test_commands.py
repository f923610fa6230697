"""The commands refuse what cannot work with one clear line, and real servers come back after a kill."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2
import pytest
from django.core.cache import cache

from itsm.core.health import HEARTBEAT

from .conftest import HOUSE, runs

pytestmark = pytest.mark.processes


def command(*words: str, **environment: str) -> subprocess.CompletedProcess:
    """One of `make`'s commands, as make calls it."""
    return subprocess.run(
        [sys.executable, "-B", str(HOUSE), *words], env=os.environ | environment, capture_output=True, text=True, timeout=30
    )  # fmt: skip


def test_a_busy_port_is_named_with_a_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        number = busy.getsockname()[1]
        done = command("demo", PORT=str(number), ITSM_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert f"Port {number} is in use. Choose another one: PORT=" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", "8000.5"])
def test_a_wrong_port_is_said_in_one_line(tmp_path, port):
    done = command("demo", PORT=port, ITSM_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.strip() == f"vigie: PORT must be a number from 1 to 65535, not '{port}'."


def test_a_data_folder_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    done = command("demo", ITSM_DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_lists_those_that_there_are():
    done = command("dmeo")
    assert done.returncode == 1
    assert "demo, test, test-real, check, setup, bench" in done.stderr


@pytest.mark.parametrize(
    "text", ["", "words", "999999999\n", f"{os.getpid()}\n"], ids=["empty", "words", "nobody", "this process"]
)
def test_a_stale_pid_file_of_postgresql_is_removed_and_nobody_is_ended(tmp_path, text):
    import servers

    file = tmp_path / "postmaster.pid"
    file.write_text(text)
    servers._end_stale_server(tmp_path)
    assert not file.exists()


def test_postgresql_that_was_killed_starts_again_with_its_data():
    import servers

    started = []
    with tempfile.TemporaryDirectory(prefix="vigie-house-") as folder:
        try:
            url = servers.start_postgres(Path(folder), started)
            servers.make_database(url)
            with psycopg2.connect(url) as connection, connection.cursor() as cursor:
                cursor.execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')")
            connection.close()
            started[0].process.send_signal(signal.SIGKILL)
            started[0].process.wait()
            connection = psycopg2.connect(servers.start_postgres(Path(folder), started))
            with connection.cursor() as cursor:
                cursor.execute("SELECT word FROM kept")
                assert cursor.fetchall() == [("still here",)]
            connection.close()
        finally:
            for child in reversed(started):
                child.stop()
        assert not any(runs(child.process.pid) for child in started)


def test_valkey_does_not_keep_the_sign_of_life_of_a_worker_that_was_stopped(tmp_path):
    import servers

    assert cache.make_key(HEARTBEAT) == servers.HEARTBEAT
    started = []
    try:
        for _start in range(2):
            port = int(servers.start_valkey(tmp_path, started).rpartition(":")[2].split("/")[0])
            with socket.create_connection(("127.0.0.1", port), timeout=10) as valkey:
                valkey.sendall(f"EXISTS {servers.HEARTBEAT}\r\n".encode())
                assert valkey.recv(100) == b":0\r\n"
                valkey.sendall(f"SET {servers.HEARTBEAT} 1\r\n".encode())
                assert valkey.recv(100) == b"+OK\r\n"
                valkey.sendall(b"SAVE\r\n")
                assert valkey.recv(100) == b"+OK\r\n"
            started[-1].stop()
    finally:
        for child in started:
            child.stop()
