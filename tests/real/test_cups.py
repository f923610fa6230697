"""A private CUPS of Debian: its queues, their jobs and events, and what the buttons of our pages do to it."""

import os
import pwd
import shutil
import socket
import subprocess
import time

import pytest

from itsm.cmdb import classes
from itsm.gateway.sources import services as sources
from operations.control.printing import polling, services
from operations.models import PageLine, PrintJob, PrintQueue, PrintServer
from tests.operations.told import told
from tests.world import person

from .conftest import debian

pytestmark = pytest.mark.django_db
CONF = """Listen 127.0.0.1:{port}
LogLevel info
Browsing Off
DefaultAuthType None
WebInterface No
PreserveJobHistory Yes
PreserveJobFiles Yes
PageLogFormat %p %u %j %T %P %C %{{job-billing}} %{{job-originating-host-name}} %{{job-name}} %{{media}} %{{sides}}
<Location />
 Order allow,deny
 Allow from 127.0.0.1
</Location>
<Location /admin>
 Order allow,deny
 Allow from 127.0.0.1
</Location>
<Policy default>
<Limit All>
 Order deny,allow
</Limit>
</Policy>
"""
FILES = """ServerRoot {work}/etc
RequestRoot {work}/spool
CacheDir {work}/cache
StateDir {work}/run
ErrorLog {work}/log/error_log
AccessLog {work}/log/access_log
PageLog {work}/log/page_log
SystemGroup root lpadmin
FileDevice Yes
"""


class Cups:
    """The server and the programs that talk to it."""

    def __init__(self, port, folder):
        self.port, self.folder = port, folder
        self.environment = os.environ | {"CUPS_SERVER": f"127.0.0.1:{port}"}

    def run(self, *command):
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def until(self, check, seconds=20):
        end = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < end
            time.sleep(0.2)


@pytest.fixture
def cups():
    debian("cupsd", "cups") if not shutil.which("cupsd", path="/usr/sbin") else None
    daemon = shutil.which("cupsd", path=f"/usr/sbin:{os.environ.get('PATH', '')}")
    debian("lp", "cups-client")
    if os.geteuid() != 0:
        pytest.skip("cupsd with a spool of its own wants to be root")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # The daemon works as another user, who may not enter the folders of tests.
    folder = f"/var/tmp/vigie-cups-{port}"  # noqa: S108
    for name in ("etc/ppd", "spool", "cache", "run", "log"):
        os.makedirs(f"{folder}/{name}")
    group = pwd.getpwnam("lp").pw_gid
    for place, _folders, _files in os.walk(folder):
        os.chmod(place, 0o755)
        os.chown(place, 0, group)
    with open(f"{folder}/etc/cupsd.conf", "w") as file:
        file.write(CONF.format(port=port))
    with open(f"{folder}/etc/cups-files.conf", "w") as file:
        file.write(FILES.format(work=folder))
    process = subprocess.Popen([daemon, "-f", "-c", f"{folder}/etc/cupsd.conf", "-s", f"{folder}/etc/cups-files.conf"])
    made = Cups(port, folder)
    made.until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
    for name, device in (
        ("FILEQ", "file:///dev/null"),
        ("OTHERQ", "file:///dev/null"),
        ("DEADQ", "socket://127.0.0.1:9"),
    ):
        subprocess.run(
            ["lpadmin", "-p", name, "-E", "-v", device], env=made.environment, check=True, capture_output=True
        )
    yield made
    process.terminate()
    process.wait(20)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(world, cups):
    classes.load_files()
    row = PrintServer.objects.create(
        name="CUPS", organisation=world.lumen, url=f"http://127.0.0.1:{cups.port}", user="root", allow_private=True
    )
    assert polling.poll(row.pk)
    return row


@pytest.fixture
def text(tmp_path):
    file = tmp_path / "paie.txt"
    file.write_text("Hello\n" * 100)
    return file


def state_at_cups(server, number):
    return polling.client_of(server).job(number, ["job-state"])["job-state"]


def test_queues_jobs_and_the_buttons_have_their_real_effect(world, client, cups, server, text):
    ops = person(world, "ops", "Sara", "Diallo", [("ops", world.lumen)], [])
    client.force_login(ops)
    assert set(PrintQueue.objects.values_list("name", flat=True)) == {"FILEQ", "OTHERQ", "DEADQ"}
    cups.run("lp", "-d", "FILEQ", "-H", "hold", "-t", "paie éàü", text)
    server.refresh_from_db()
    assert server.subscription is not None
    polling.poll(server.pk)
    job = PrintJob.objects.get()
    assert (job.title, job.owner, job.state, job.queue.state) == ("paie éàü", "root", "held", "held")
    url = f"{job.queue.get_absolute_url()}jobs/{job.pk}/"
    client.post(f"{url}release/")
    cups.until(lambda: state_at_cups(server, job.number) == 9)
    polling.poll(server.pk)
    job.refresh_from_db()
    assert job.state == "completed"
    client.post(f"{url}reprint/")
    cups.until(lambda: state_at_cups(server, job.number) == 9)

    cups.run("lp", "-d", "FILEQ", "-H", "hold", "-t", "second", text)
    polling.poll(server.pk, full=True)
    second = PrintJob.objects.get(title="second")
    client.post(
        f"{second.queue.get_absolute_url()}jobs/{second.pk}/move/", {"target": PrintQueue.objects.get(name="OTHERQ").pk}
    )
    second.refresh_from_db()
    assert second.queue.name == "OTHERQ"
    client.post(f"{second.queue.get_absolute_url()}jobs/{second.pk}/cancel/")
    assert state_at_cups(server, second.number) == 7
    second.refresh_from_db()
    assert second.state == "cancelled"


def test_a_queue_that_is_disabled_is_on_the_console_within_one_poll(world, cups, server):
    cups.run("cupsdisable", "-r", "bourrage papier", "FILEQ")
    polling.poll(server.pk)
    queue = PrintQueue.objects.get(name="FILEQ")
    assert (queue.state, queue.message, told("printing")) == ("stopped", "bourrage papier", {queue.item.key: "minor"})
    services.act_on_queue(queue, "resume", actor=world.admin)
    assert "disabled" not in cups.run("lpstat", "-p", "FILEQ")
    assert told("printing") == {}


def test_a_job_for_a_dead_printer_makes_its_queue_stuck(world, cups, server, text, monkeypatch):
    cups.run("lp", "-d", "DEADQ", text)
    polling.poll(server.pk, full=True)
    queue = PrintQueue.objects.get(name="DEADQ")
    assert queue.state in ("printing", "idle")
    later = polling.now() + polling.timedelta(minutes=16)
    monkeypatch.setattr(polling, "now", lambda: later)
    polling.poll(server.pk, full=True)
    queue.refresh_from_db()
    assert (queue.state, told("printing")) == ("stuck", {queue.item.key: "minor"})


def test_the_page_log_of_the_server_is_counted(world, client, cups, server, text):
    cups.run("lp", "-d", "FILEQ", text)
    log = f"{cups.folder}/log/page_log"
    cups.until(lambda: os.path.exists(log) and os.path.getsize(log) > 0)
    _made, url = sources.create_source(actor=world.admin, kind="printing", name="CUPS", organisation_id=world.lumen.pk)
    with open(log, "rb") as file:
        answer = client.post(
            "/hooks/printing/" + url.split("/hooks/printing/")[1], file.read(), content_type="text/plain"
        )
    assert answer.json() == {"kept": 1, "not_understood": 0}
    assert PageLine.objects.get().queue.name == "FILEQ"
