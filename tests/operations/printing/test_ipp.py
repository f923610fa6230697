"""The protocol, against what a real CUPS 2.4 answered."""

import http.client
import socket
import ssl
import struct
import threading
from pathlib import Path

import pytest
from django.utils import translation

from operations.control.printing import ipp
from operations.control.printing.ipp import IppError, Op

CAPTURES = Path(__file__).parent / "captures"


def answer(name):
    return ipp.decode((CAPTURES / f"{name}.ipp").read_bytes())


def test_queues_are_read_with_their_state_and_reasons():
    found = {row["printer-name"]: row for row in answer("printers").of(ipp.PRINTER)}
    assert (
        found["FILEQ"]["printer-state"],
        found["FILEQ"]["printer-state-reasons"],
        found["FILEQ"]["printer-state-message"],
    ) == (5, "paused", "bourrage papier")
    assert (
        found["DEADQ"]["printer-state"],
        found["DEADQ"]["queued-job-count"],
        found["DEADQ"]["printer-is-accepting-jobs"],
    ) == (4, 1, True)


def test_jobs_are_read_with_accents_and_times():
    jobs = answer("jobs").of(ipp.JOB)
    assert [(job["job-name"], job["job-state"]) for job in jobs] == [("paie éàü", 5), ("held", 4)]
    assert (jobs[0]["time-at-completed"], jobs[0]["time-at-creation"] > 10**9) == (None, True)


def test_events_have_their_numbers():
    numbers = [each["notify-sequence-number"] for each in answer("events").of(ipp.EVENT)]
    assert numbers == sorted(numbers)
    assert len(numbers) == 8


def test_an_answer_with_every_kind_of_value_is_read():
    everything = answer("all").of(ipp.PRINTER)[0]
    assert len(everything) == 100
    assert "retry-job" in everything["printer-error-policy-supported"]


def test_a_refusal_has_its_words():
    refused = answer("refused")
    assert (refused.status, refused.words) == (0x0406, "Job #999 does not exist.")


@pytest.mark.parametrize("name", ["printers", "jobs", "events", "all"])
def test_an_answer_that_is_cut_off_anywhere_is_an_error_and_nothing_worse(name):
    whole = (CAPTURES / f"{name}.ipp").read_bytes()
    for length in range(0, len(whole) - 1, 7):
        with pytest.raises(IppError):
            ipp.decode(whole[:length])


def test_a_request_is_written_as_the_protocol_wants():
    body = ipp.encode(
        Op.GET_JOBS,
        5,
        [(ipp.OPERATION, {"attributes-charset": "utf-8", "requested-attributes": ["job-id", "job-name"]})],
    )
    assert body[:9] == b"\x02\x00\x00\x0a\x00\x00\x00\x05\x01"
    assert body.endswith(b"\x44\x00\x00\x00\x08job-name\x03")


def test_a_server_that_is_not_there_and_one_that_speaks_otherwise_are_errors():
    with pytest.raises(IppError):
        ipp.Printing("http://127.0.0.1:9", allow_private=True, seconds=1).printers(["printer-name"])
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: _hang_up(listener), daemon=True)
    thread.start()
    with pytest.raises(IppError):
        ipp.Printing(f"http://127.0.0.1:{listener.getsockname()[1]}", allow_private=True, seconds=2).printers(
            ["printer-name"]
        )
    thread.join(2)
    listener.close()


def _hang_up(listener):
    connection, _address = listener.accept()
    connection.recv(1000)
    connection.sendall(b"nonsense\r\n\r\n")
    connection.close()


@pytest.mark.parametrize(
    ("url", "host", "port", "secure"),
    [
        ("http://cups:8631", "cups", 8631, False),
        ("ipps://cups.example.org", "cups.example.org", 631, True),
        ("ipp://[::1]/", "::1", 631, False),
    ],
)
def test_addresses(url, host, port, secure):
    server = ipp.Printing(url, allow_private=True)
    assert (server.host, server.port, server.secure) == (host, port, secure)


def test_a_server_that_drips_is_cut_off():
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()
    thread = threading.Thread(target=lambda: _drip(listener, done), daemon=True)
    thread.start()
    with pytest.raises(IppError):
        ipp.Printing(f"http://127.0.0.1:{listener.getsockname()[1]}", allow_private=True, seconds=0.2).printers(
            ["printer-name"]
        )
    done.set()
    thread.join(2)
    listener.close()


def _drip(listener, done):
    """A byte of a header at a time, each within the time that a read may take."""
    connection, _address = listener.accept()
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not done.wait(0.05):
            connection.sendall(b"x")
    except OSError:
        pass
    connection.close()


def test_an_address_inside_the_private_network_is_not_called_unless_it_was_allowed():
    for url in ("http://127.0.0.1:9", "http://localhost:9"):
        with pytest.raises(IppError, match="private|privé"):
            ipp.Printing(url, seconds=1).printers(["printer-name"])
        with pytest.raises(IppError, match="Nothing answers at its port 9|Rien ne répond"):
            ipp.Printing(url, seconds=1, allow_private=True).printers(["printer-name"])


def test_an_address_where_clouds_keep_their_secrets_is_not_called():
    with pytest.raises(IppError, match="Nothing may be sent"):
        ipp.Printing("http://169.254.169.254:80").printers(["printer-name"])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "name"),
        (TimeoutError("timed out"), "in time"),
        (ConnectionRefusedError(111, "refused"), "port 631"),
        (ssl.SSLCertVerificationError("bad"), "certificate"),
        (ssl.SSLError("wrong version"), "encrypted"),
        (http.client.BadStatusLine("x"), "no print server"),
        (ConnectionResetError(104, "reset"), "broke"),
    ],
)
def test_why_a_server_is_not_reached_is_told_to_people(error, words):
    with translation.override("en"):
        told = str(ipp._unreached(error, 631))
    assert words in told
    assert "Error" not in told
    assert "rrno" not in told


def test_very_many_values_of_one_attribute_are_read_in_one_go():
    """Each value costs the same: a server that sends a million of them holds nobody up for hours."""
    head = struct.pack(">bbHI", 2, 0, 0, 1) + b"\x04"
    first = struct.pack(">BH", 0x44, 4) + b"many" + struct.pack(">H", 1) + b"a"
    more = (struct.pack(">BHH", 0x44, 0, 1) + b"b") * 400_000
    (group,) = ipp.decode(head + first + more + b"\x03").of(ipp.PRINTER)
    assert len(group["many"]) == 400_001
