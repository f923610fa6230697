"""snmpsim plays walks of real devices; a discovery finds them, and a second one is silent."""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time

import pytest

from itsm.audit.models import Entry
from itsm.cmdb.models import ConfigurationItem, DataSource
from technical.inventory import devices, snmp
from technical.models import Interface

from .conftest import from_pypi

WALKS = {"apc-8932": "UPS", "apc-8641": "UPS", "tripplite-poweralert": "network/appliance"}


@pytest.fixture
def simulator(aside, tmp_path):
    """The port on which the devices answer, each under its own community."""
    programs = from_pypi(aside / "snmpsim", "snmpsim==1.1.7", "snmpsim-data==1.0.1")
    data = next(programs.parent.glob("lib/python*/site-packages/snmpsim_data/data"))
    records = tmp_path / "records"
    records.mkdir()
    for name, folder in WALKS.items():
        shutil.copy(data / folder / f"{name}.snmprec", records)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        programs / "snmpsim-command-responder-lite", f"--data-dir={records}", f"--agent-udpv4-endpoint=127.0.0.1:{port}",
        f"--cache-dir={tmp_path / 'cache'}", f"--process-user={pwd.getpwuid(os.geteuid()).pw_name}", f"--process-group={grp.getgrgid(os.getegid()).gr_name}",
    ]  # fmt: skip
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 90
    while not snmp.poll([snmp.Access("127.0.0.1", "apc-8932", port, timeout=1)])[0]:
        assert process.poll() is None
        assert time.monotonic() < deadline
    yield port
    process.terminate()
    process.wait(10)


@pytest.mark.django_db(transaction=True)
def test_three_devices_are_discovered_and_a_second_look_is_silent(world, simulator):
    from itsm.cmdb.intake import runs

    source = DataSource.objects.create(code="scan", name="Scan", organisation=world.lumen)
    before = None
    for _n in range(2):
        found = [snmp.poll([snmp.Access("127.0.0.1", name, simulator)])[0] for name in WALKS]
        runs.take(source, [devices.candidate(scan) for scan in found], format="snmp", name="Lab")
        if before is not None:
            assert Entry.objects.count() == before
        before = Entry.objects.count()
    told = set(ConfigurationItem.objects.values_list("name", "ci_class", "serial"))
    assert {("pwr-dc01-pdu-rack3-01", "pdu", "3F503A169043"), ("pwr-dc01-pdu-rack1-01", "pdu", "5A26833B4526")} <= told
    assert len(told) == 3
    assert Interface.objects.count() == 6
