"""snmpsim plays walks of real devices; a discovery finds them, and a second one is silent. Version 3 against Debian's snmpd, too."""

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
from technical.inventory import devices, discovering, snmp
from technical.inventory.snmp_login import SnmpUser
from technical.models import Discovery, Interface

from .conftest import debian, from_pypi

WALKS = {"apc-8932": "UPS", "apc-8641": "UPS", "tripplite-poweralert": "network/appliance"}
# Users of version 3: our words for their protocols, then the simulator's.
USERS = {
    "strong-one": ("sha512", "aes256", "SHA512", "AES256BLMT"), "usual-one": ("sha256", "aes", "SHA256", "AES"),
    "cisco-one": ("sha384", "aes256c", "SHA384", "AES256"), "middle-one": ("sha224", "aes192", "SHA224", "AES192BLMT"),
    "cisco-two": ("sha", "aes192c", "SHA", "AES192"), "older-one": ("sha", "3des", "SHA", "3DES"), "oldest-one": ("md5", "des", "MD5", "DES"),
    "open-one": ("sha", "", "SHA", ""), "nobody-one": ("", "", "", ""),
}  # fmt: skip


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
        programs / "snmpsim-command-responder", f"--process-user={pwd.getpwuid(os.geteuid()).pw_name}", f"--process-group={grp.getgrgid(os.getegid()).gr_name}",
        f"--cache-dir={tmp_path / 'cache'}", "--v3-engine-id=auto", f"--data-dir={records}", f"--agent-udpv4-endpoint=127.0.0.1:{port}",
    ]  # fmt: skip
    for name, (auth, priv, its_auth, its_priv) in USERS.items():
        command += [f"--v3-user={name}"]
        command += [f"--v3-auth-key=auth-{name}", f"--v3-auth-proto={its_auth}"] if auth else []
        command += [f"--v3-priv-key=priv-{name}", f"--v3-priv-proto={its_priv}"] if priv else []
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


def user_of(who: str, **more) -> SnmpUser:
    auth, priv, *_its = USERS[who]
    keys = {"auth_key": auth and f"auth-{who}", "priv_key": priv and f"priv-{who}"}
    return SnmpUser(**({"name": who, "auth": auth, "priv": priv, "context": "apc-8932"} | keys | more))


def test_users_of_version_3_are_let_in_with_each_protocol_and_refused_with_wrong_keys(simulator):
    def asked(user):
        return snmp.poll([snmp.Access("127.0.0.1", port=simulator, timeout=5, user=user)])[0]

    told = {name: asked(user_of(name)) for name in USERS}
    assert {name: getattr(scan, "serial", scan) for name, scan in told.items()} == dict.fromkeys(USERS, "3F503A169043")
    wrong = [
        user_of("usual-one", name="stranger"), user_of("usual-one", auth_key="another-key"), user_of("usual-one", priv_key="another-key"),
        user_of("usual-one", auth="sha"), user_of("usual-one", priv="", priv_key=""),
    ]  # fmt: skip
    assert [type(asked(user)).__name__ for user in wrong] == ["Refused"] * len(wrong)


@pytest.mark.django_db(transaction=True)
def test_a_discovery_of_version_3_finds_a_device_and_its_keys_stay_secret(world, simulator, caplog):
    caplog.set_level("DEBUG")
    source = DataSource.objects.create(code="scan", name="Scan", organisation=world.lumen)
    row = Discovery(
        name="Lab", source=source, ranges=["127.0.0.1/32"], port=simulator, version="3", user="usual-one", auth_protocol="sha256",
        priv_protocol="aes", context="apc-8641",
    )  # fmt: skip
    discovering.save(row, actor=world.admin, auth_key="auth-usual-one", priv_key="priv-usual-one")
    discovering.ask(row, actor=world.admin)
    done = discovering.discover(row.pk)
    assert (done.state, done.asked, done.answered, done.refused) == ("idle", 1, 1, 0)
    assert ConfigurationItem.objects.get().serial == "5A26833B4526"
    discovering.save(done, actor=world.admin, auth_key="no-such-key")
    discovering.ask(done, actor=world.admin)
    assert (discovering.discover(row.pk).refused, ConfigurationItem.objects.count()) == (1, 1)
    told = caplog.text + str(list(Entry.objects.values())) + str(Discovery.objects.values().get())
    assert not [key for key in ("auth-usual-one", "priv-usual-one", "no-such-key") if key in told]


@pytest.fixture
def snmpd(tmp_path):
    """Debian's own agent, a program that shares no line with ours: the port on which it knows a user of version 3."""
    program = debian("snmpd", "snmpd")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = tmp_path / "snmpd.conf"
    settings.write_text(
        f"agentaddress udp:127.0.0.1:{port}\nsysName real-host\ncreateUser reader SHA-256 auth-of-reader AES priv-of-reader\n"
        "createUser older SHA auth-of-older DES priv-of-older\nrouser reader priv\nrouser older priv\n"
    )
    command = [program, "-f", "-Lf", str(tmp_path / "log"), "-C", "-c", str(settings), "-I", "-smux"]
    environment = os.environ | {"SNMP_PERSISTENT_DIR": str(tmp_path), "MIBS": ""}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    deadline = time.monotonic() + 30
    while not snmp.poll([snmp.Access("127.0.0.1", port=port, timeout=1, user=SnmpUser("anybody"))])[0]:
        assert process.poll() is None, (tmp_path / "log").read_text()
        assert time.monotonic() < deadline
    yield port
    process.terminate()
    process.wait(10)


def test_an_agent_of_another_hand_lets_the_user_in(snmpd):
    reader = SnmpUser("reader", auth="sha256", auth_key="auth-of-reader", priv="aes", priv_key="priv-of-reader")
    older = SnmpUser("older", auth="sha", auth_key="auth-of-older", priv="des", priv_key="priv-of-older")
    for user in (reader, older):
        scan = snmp.poll([snmp.Access("127.0.0.1", port=snmpd, timeout=5, user=user)])[0]
        assert (scan.name, bool(scan.ports)) == ("real-host", True)
    wrong = SnmpUser("reader", auth="sha256", auth_key="another-key", priv="aes", priv_key="priv-of-reader")
    assert isinstance(snmp.poll([snmp.Access("127.0.0.1", port=snmpd, timeout=5, user=wrong)])[0], snmp.Refused)
