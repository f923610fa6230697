"""A real dovecot: mails are appended, collected, moved; the numbering changes; the collector is killed. Its own words on refusals."""

import imaplib
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from itsm.core import sealing
from itsm.gateway.mail import collecting, imap
from itsm.gateway.mail.models import InboundMail, Mailbox
from itsm.records.models import Record
from tests import processes
from tests.conftest import SHARED
from tests.gateway.mail.conftest import raw

from .conftest import debian

CONFIGURATION = """
base_dir = {work}/run
log_path = {work}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = dovecot
default_login_user = dovenull
mail_location = maildir:{work}/mail/%n
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
passdb {{
  driver = static
  args = password=pw
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={work}/mail/%n
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
namespace inbox {{
  inbox = yes
}}
"""


@pytest.fixture
def port(tmp_path_factory):
    """Where dovecot listens; it needs root, as its own users read the mails."""
    if os.geteuid():
        pytest.skip("dovecot is started by root only")
    program = debian("dovecot", "dovecot-imapd")
    work = Path("/var/tmp") / f"vigie-dovecot-{os.getpid()}"  # noqa: S108 - other users must be able to walk into it
    (work / "mail").mkdir(parents=True)
    for each in (work, work / "mail"):
        each.chmod(0o777)
    port = processes.free_port()
    (work / "conf").write_text(CONFIGURATION.format(work=work, port=port))
    server = subprocess.Popen(
        [program, "-F", "-c", str(work / "conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 30
    while True:
        try:
            imaplib.IMAP4("127.0.0.1", port).logout()
            break
        except OSError:
            assert server.poll() is None, (work / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
    yield port, work
    server.terminate()
    server.wait(10)
    shutil.rmtree(work)


@pytest.fixture
def box(world, port, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return Mailbox.objects.create(
        name="Support", address="support@vigie.test", host="127.0.0.1", port=port[0], security="none", login="support",
        sealed=sealing.seal("pw", purpose=imap.PURPOSE), organisation=world.lumen, processed_folder="Done", quarantine_folder="Bad",
        most_an_hour=10_000, machines="open",
    )  # fmt: skip


def client(box) -> imaplib.IMAP4:
    found = imaplib.IMAP4(box.host, box.port)
    found.login(box.login, "pw")
    return found


def append(box, mails) -> None:
    server = client(box)
    for mail in mails:
        assert server.append("INBOX", None, None, mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))[0] == "OK"
    server.logout()


def lying(box, folder: str) -> int:
    server = client(box)
    kind, found = server.select(folder, readonly=True)
    server.logout()
    return int(found[0]) if kind == "OK" else 0


def mails() -> list[bytes]:
    place = Path(SHARED) / "data" / "mails"
    found = (
        [each.read_bytes() for each in sorted(place.rglob("*")) if each.is_file() and "LICENSE" not in each.name]
        if SHARED
        else []
    )
    # A server keeps no empty mail and none with a NUL; both come in by the tests that need no server.
    return [each for each in found if each.strip() and b"\0" not in each] or [raw(f"Mail {n}") for n in range(60)]


COLLECT = "from django.conf import settings\nsettings.MEDIA_ROOT = {uploads!r}\nfrom itsm.gateway.mail import collecting\ncollecting.collect({pk})"


@pytest.mark.django_db(transaction=True)
def test_everything_twice_through_dovecot_with_a_killed_collector(box, settings):
    sent = mails()
    append(box, sent)
    child = processes.python(COLLECT.format(uploads=str(settings.MEDIA_ROOT), pk=box.pk))
    until = time.monotonic() + 120
    while InboundMail.objects.count() < len(sent) // 3:
        assert child.poll() is None, child.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.02)
    child.kill()
    child.wait(10)
    assert InboundMail.objects.count() < len(sent)
    until = time.monotonic() + 180
    while lying(box, "INBOX"):
        collecting.collect(box.pk)
        assert time.monotonic() < until
    once = InboundMail.objects.exclude(outcome="duplicate").count()
    records = Record.objects.count()
    assert InboundMail.objects.count() == len(sent)
    # Who is killed while the server moves a mail may leave a second copy in the folder of what is done: never a second record.
    assert lying(box, "Done") + lying(box, "Bad") - len(sent) in (0, 1)
    append(box, sent)
    while lying(box, "INBOX"):
        collecting.collect(box.pk)
    assert InboundMail.objects.count() == 2 * len(sent)
    assert InboundMail.objects.exclude(outcome="duplicate").count() == once
    assert Record.objects.count() == records
    box.refresh_from_db()
    assert (box.error, box.failures) == ("", 0)


@pytest.mark.django_db(transaction=True)
def test_dovecot_numbers_anew_and_says_what_it_refuses(box, port):
    append(box, [raw("Un"), raw("Deux")])
    Mailbox.objects.update(processed_folder="")
    assert collecting.collect(box.pk) == 2
    box.refresh_from_db()
    before = box.uid_validity
    for file in (port[1] / "mail" / "support").glob("dovecot*"):
        file.unlink()
    time.sleep(1.1)  # the number of the numbering is a second of the clock
    collecting.collect(box.pk)
    box.refresh_from_db()
    assert box.uid_validity != before
    assert Record.objects.count() == 2
    assert collecting.probe(box) == 2
    Mailbox.objects.update(sealed=sealing.seal("wrong", purpose=imap.PURPOSE))
    collecting.collect(box.pk)
    box.refresh_from_db()
    assert "Authentication failed" in box.error
    Mailbox.objects.update(sealed=sealing.seal("pw", purpose=imap.PURPOSE), folder="Nowhere")
    collecting.collect(box.pk)
    box.refresh_from_db()
    assert "Nowhere" in box.error or "exist" in box.error
