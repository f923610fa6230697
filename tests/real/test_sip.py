"""A real SIP exchange (kamailio), a softphone (baresip) and a caller (sipp): each call is one row, with its caller and its time."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.db import connection

from servicedesk.calls.models import Call, CallEvent, Operator
from servicedesk.calls.models.calls import State
from tests.servicedesk.calls.switchboard import build
from tests.snapshot import once

from .conftest import debian

pytestmark = pytest.mark.django_db(transaction=True)
RECIPE = Path(os.environ.get("VIGIE_SHARED", "") or "/nowhere") / "recipes" / "sip"
DOOR, SIP, PHONE, CONTROL, CALLER = "http://127.0.0.1:18904/api/v1/cti/TOKEN", 15060, 15070, 15444, 15080
# The flow of the recipe calls for these modules, which Debian keeps in packages of their own.
MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/http_client.so"


class Line:
    """The exchange and the telephones, as long as a test lasts."""

    def __init__(self, folder: Path, sipp: str):
        self.folder, self.sipp, self.processes = folder, sipp, []

    def start(self, *command, log: str) -> None:
        out = open(self.folder / log, "wb")  # noqa: SIM115 - it lives as long as the program
        self.processes.append(
            subprocess.Popen([str(part) for part in command], stdout=out, stderr=out, cwd=self.folder)
        )

    def call(self, extension: str, *, seconds: float = 1, calls: int = 1, fails: bool = False) -> None:
        """Have sipp call; it ends when all its calls have."""
        done = subprocess.run(
            [self.sipp, f"127.0.0.1:{SIP}", "-sf", self.folder / "uac.xml", "-s", extension, "-i", "127.0.0.1", "-p", str(CALLER), "-m", str(calls),
             "-l", str(calls), "-r", str(calls), "-rp", "1000", "-d", str(int(seconds * 1000)), "-nostdin", "-timeout", "40"],
            cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert fails or done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    def until(self, check, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < end, (self.folder / "kamailio.log").read_text(errors="replace")[-3000:]
            time.sleep(0.2)

    def stop(self) -> None:
        for each in reversed(self.processes):
            each.terminate()
        for each in self.processes:
            try:
                each.wait(10)
            except subprocess.TimeoutExpired:
                each.kill()


@pytest.fixture
def desk(transactional_db):
    """The company of the tests; the softphone is an operator's."""
    w = once(build)
    Operator.objects.filter(pk=w.nadia_operator.pk).update(extension="agent7")
    return w


@pytest.fixture
def line(desk, live_server, tmp_path):
    if not RECIPE.is_dir():
        pytest.skip("the recipe for kamailio, sipp and baresip is not here (VIGIE_SHARED)")
    kamailio = shutil.which("kamailio", path="/usr/sbin") or debian("kamailio", "kamailio")
    if not Path(MODULES).is_file():
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "kamailio-utils-modules"], stdout=subprocess.DEVNULL, check=False
        )
    if not Path(MODULES).is_file():
        pytest.skip("kamailio has no http_client: apt-get install kamailio-utils-modules")
    sipp, baresip = debian("sipp", "sip-tester"), debian("baresip", "baresip-core")
    for name in ("sip", "baresip"):
        (tmp_path / name).mkdir()
    # The first request of a process takes its time; the exchange waits three seconds, with a SIP worker of its own.
    address = live_server.url.replace("localhost", "127.0.0.1") + desk.path
    for event in ("newCall", "answer", "hangup"):
        with urlopen(address, f"event={event}&callId=first&from=1&to=2".encode(), timeout=30) as answer:  # noqa: S310
            assert answer.status == 200
    CallEvent.objects.all().delete()
    Call.objects.all().delete()
    flow = (RECIPE / "kamailio.cfg").read_text().replace(DOOR, address).replace("@WORK@", str(tmp_path))
    (tmp_path / "kamailio.cfg").write_text(flow)
    shutil.copyfile(RECIPE / "uac.xml", tmp_path / "uac.xml")
    for name in ("accounts", "config"):
        text = (RECIPE / "baresip" / name).read_text().replace("@WORK@", str(tmp_path))
        (tmp_path / "baresip" / name).write_text(text)
    made = Line(tmp_path, sipp)
    made.start(
        kamailio,
        "-f",
        tmp_path / "kamailio.cfg",
        "-DD",
        "-E",
        "-Y",
        tmp_path / "sip",
        "-P",
        tmp_path / "kamailio.pid",
        log="kamailio.log",
    )
    time.sleep(1)
    made.start(baresip, "-f", tmp_path / "baresip", log="baresip.log")
    made.until(lambda: "200 OK" in (tmp_path / "baresip.log").read_text(errors="replace"), 30)
    yield made
    made.stop()
    connection.close()


def test_each_call_is_one_row_with_its_caller_and_its_seconds(desk, line):
    line.call("agent7", seconds=3)
    line.until(lambda: Call.objects.filter(ended_at__isnull=False).count() == 1)
    call = Call.objects.get()
    assert (call.from_number, call.caller, call.caller_certain) == ("+33155000010", desk.jane, True)
    assert (call.state, call.operator.extension, call.cause) == (State.WRAP_UP, "agent7", "normalClearing")
    assert call.talk_seconds == 3
    assert list(CallEvent.objects.order_by("id").values_list("event", flat=True)) == ["ring", "answer", "hangup"]

    # An extension that nobody has: missed, and written down.
    line.call("nobody99", fails=True)
    line.until(lambda: Call.objects.filter(to_number="nobody99", ended_at__isnull=False).exists())
    missed = Call.objects.get(to_number="nobody99")
    assert (missed.state, missed.cause, missed.caller) == (State.MISSED, "notFound", desk.jane)

    # Ten at once are ten.
    before = Call.objects.count()
    line.call("agent7", seconds=2, calls=10, fails=True)
    line.until(lambda: Call.objects.filter(ended_at=None).count() == 0, 40)
    assert Call.objects.count() == before + 10
    assert not CallEvent.objects.filter(understood=False).exists()
