"""Real curl and real cron tell of their runs: ok, failed with its log, hung, silent, two side by side, repeated."""

import os
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from itsm.core import now
from operations.control.scheduling import services, sweep
from operations.models import Job, JobPing
from tests.operations.scheduling.factories import states

from .conftest import debian

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(world, live_server):
    """`told("name", …)`: a job and its address on a real server."""

    def made(name, **more):
        one = services.register_job(actor=None, name=name, organisation=world.lumen, **more)
        return one, live_server.url + one.ping_path

    return made


def curl(*words: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [debian("curl", "curl"), "-fsS", "-m", "10", "--retry", "5", *words], capture_output=True, check=False, **more
    )


def shell(script: str, tmp_path: Path) -> int:
    return subprocess.run(["sh", "-c", script], cwd=tmp_path, check=False).returncode


def test_a_script_tells_of_its_start_its_log_and_its_exit_status(told, tmp_path):
    debian("curl", "curl")
    one, url = told("SAUVEGARDE")
    rid = uuid4()
    shell(
        f'curl -fsS "{url}/start?rid={rid}"; tar cf x.tar /nonexist/x > log 2>&1; curl -fsS --data-binary @log "{url}/$??rid={rid}"',
        tmp_path,
    )
    run = one.runs.get()
    assert (run.state, run.exit_status, run.rid) == ("failed", 2, rid)
    assert b"nonexist" in bytes(one.pings.get(kind="fail").body)


def test_binary_bodies_arrive_as_they_are_and_long_ones_are_cut(told, tmp_path):
    one, url = told("BINAIRE")
    file = tmp_path / "dump"
    file.write_bytes(os.urandom(35_664))
    assert curl("--data-binary", f"@{file}", f"{url}/log").stdout == b"OK"
    assert bytes(one.pings.get().body) == file.read_bytes()
    file.write_bytes(b"x" * 300_000)
    assert curl("--data-binary", f"@{file}", f"{url}/fail").returncode == 0
    assert (len(one.pings.get(kind="fail").body), one.pings.get(kind="fail").size) == (100_000, 300_000)
    # In chunks, of unknown length: what a pipe gives.
    assert (
        shell(f'echo piped | curl -fsS -T - -X POST -H "Transfer-Encoding: chunked" "{url}" > /dev/null', tmp_path) == 0
    )


def test_head_wget_and_a_wrong_address(told):
    one, url = told("TETE")
    assert b"200" in curl("-I", url).stdout.splitlines()[0]
    assert (
        subprocess.run(
            [debian("wget", "wget"), "-q", "-O", "-", f"{url}/start"], capture_output=True, check=False
        ).stdout
        == b"OK"
    )
    assert states(one) == ["ok", "running"]
    assert curl("--retry", "0", url[:-4] + "0000").returncode == 22


def test_two_runs_side_by_side(told, tmp_path):
    one, url = told("DOUBLE")
    run = 'curl -fsS "{url}/start?rid={rid}" >/dev/null; sleep {wait}; curl -fsS "{url}/{status}?rid={rid}" >/dev/null'
    first, second = (run.format(url=url, rid=uuid4(), wait=wait, status=status) for wait, status in ((1, 0), (0.3, 3)))
    shell(f"({first}) & ({second}) & wait", tmp_path)
    assert sorted(states(one)) == ["failed", "ok"]


def test_a_hung_one_and_a_silent_one_are_found(told):
    hung, url = told("PENDU", expected_seconds=60, max_seconds=120)
    silent, _address = told("MUET", schedule="* * * * *", grace_seconds=60)
    curl(f"{url}/start")
    later = now() + timedelta(minutes=5)
    Job.objects.update(next_check_at=now())
    sweep.sweep(at=later)
    assert states(hung) == ["too_long"]
    assert "late" in states(silent)


def test_real_cron_runs_a_job_that_tells_of_itself(told):
    program = debian("cron", "cron")
    if os.geteuid():
        pytest.skip("cron reads /etc/cron.d only for root")
    one, url = told("CRON_MINUTE", schedule="* * * * *")
    table = Path(f"/etc/cron.d/vigie-heartbeat-{os.getpid()}")
    table.write_text(
        f'* * * * * root RID=$(cat /proc/sys/kernel/random/uuid); curl -fsS "{url}/start?rid=$RID"; true; curl -fsS "{url}/$??rid=$RID"\n'
    )
    table.chmod(0o644)
    daemon = subprocess.Popen([program, "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 90
        while not JobPing.objects.filter(job=one, kind="success").exists():
            assert time.monotonic() < deadline
            time.sleep(1)
    finally:
        table.unlink()
        daemon.terminate()
        daemon.wait(10)
    run = one.runs.filter(state="ok").order_by("-ended_at").first()
    assert run.planned_at is not None
    assert run.rid is not None
