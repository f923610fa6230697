"""The collector: empties a mailbox, is stopped by no mail, is killed and loses nothing, says what a server says."""

import time

import pytest
from django.db import connection

from itsm.audit.models import Entry
from itsm.gateway import tasks
from itsm.gateway.mail import collecting, imap, intake, services
from itsm.gateway.mail.models import InboundMail, Mailbox
from itsm.notify.models import Notice
from itsm.records.models import Comment, Record
from tests import processes

from .conftest import raw
from .postbox import Postbox, install

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(tmp_path, monkeypatch, mailbox):
    monkeypatch.setattr(imap, "open_box", imap.open_box)
    mailbox.processed_folder, mailbox.quarantine_folder = "Done", "Bad"
    mailbox.save()
    return install(tmp_path / "post")


def test_a_mailbox_is_emptied_into_its_folders(mailbox, box):
    box.put(raw("Un"))
    box.put(b"broken")
    box.put(raw("Deux"))
    assert tasks.collect_mailbox(mailbox.pk) == 3
    assert (box.lying(), box.lying("Done"), box.lying("Bad")) == ([], [1, 3], [2])
    mailbox.refresh_from_db()
    assert mailbox.collected_at is not None
    assert (mailbox.error, mailbox.busy_uid, mailbox.uid_validity) == ("", None, 1)
    assert collecting.collect(mailbox.pk) == 0


def test_where_mails_stay_only_new_ones_are_read(mailbox, box):
    Mailbox.objects.update(processed_folder="", quarantine_folder="")
    box.put(raw("Un"))
    assert collecting.collect(mailbox.pk) == 1
    box.put(raw("Deux"))
    assert collecting.collect(mailbox.pk) == 1
    assert box.lying() == [1, 2]
    assert Record.objects.count() == 2


@pytest.mark.parametrize("folder", ["", "Done"])
def test_mails_numbered_anew_are_known_again(mailbox, box, folder):
    Mailbox.objects.update(processed_folder=folder)
    mails = [raw(f"Mail {n}") for n in range(3)]
    for mail in mails:
        box.put(mail)
    collecting.collect(mailbox.pk)
    (box.place / "validity").write_text("2")
    for n, mail in enumerate([*mails, raw("Neu")]):
        box.put(mail, n + 1)
    collecting.collect(mailbox.pk)
    assert Record.objects.count() == 4
    assert InboundMail.objects.filter(outcome="duplicate").count() == 3
    mailbox.refresh_from_db()
    assert mailbox.uid_validity == 2


def test_a_server_that_refuses_is_shown_with_its_words_and_since_when_until_it_takes_us_again(world, mailbox, box):
    install(box.place, words="[AUTHENTICATIONFAILED] Wrong password")
    for _time in range(4):
        assert collecting.collect(mailbox.pk) == 0
    mailbox.refresh_from_db()
    since = mailbox.error_since
    assert (mailbox.error, mailbox.failures) == ("[AUTHENTICATIONFAILED] Wrong password", 4)
    assert since is not None
    [notice] = Notice.objects.filter(template="mailbox_failing")
    assert notice.user == world.admin
    assert Entry.objects.filter(verb="mailbox.failing").count() == 1
    install(box.place)
    collecting.collect(mailbox.pk)
    mailbox.refresh_from_db()
    assert (mailbox.error, mailbox.error_since, mailbox.failures) == ("", None, 0)


def test_a_folder_that_takes_nothing_stops_the_mailbox_but_doubles_nothing(mailbox, box):
    box.put(raw("Un"))
    (box.place / "refuses").touch()
    for _time in range(3):
        collecting.collect(mailbox.pk)
    mailbox.refresh_from_db()
    assert "OVERQUOTA" in mailbox.error
    (box.place / "refuses").unlink()
    collecting.collect(mailbox.pk)
    assert (Record.objects.count(), box.lying()) == (1, [])


def test_a_mail_that_stops_its_collector_three_times_is_put_aside_unread(mailbox, box, monkeypatch):
    box.put(raw("Tödlich"))
    box.put(raw("Harmlos"))
    real = Postbox.fetch

    def fatal(self, uid, *more):
        if uid == 1:
            raise SystemExit
        return real(self, uid, *more)

    monkeypatch.setattr(Postbox, "fetch", fatal)
    for _time in range(3):
        with pytest.raises(SystemExit):
            collecting.collect(mailbox.pk)
    assert collecting.collect(mailbox.pk) == 2
    assert (box.lying(), box.lying("Bad"), Record.objects.count()) == ([], [1], 1)


def test_a_mailbox_that_is_switched_off_is_left_alone(world, mailbox, box):
    box.put(raw("Un"))
    services.switch(mailbox.pk, actor=world.admin, on=False)
    assert collecting.collect(mailbox.pk) == 0
    assert box.lying() == [1]


def test_somebody_else_took_the_mail_away(mailbox, box, monkeypatch):
    box.put(raw("Un"))
    monkeypatch.setattr(Postbox, "fetch", lambda *_given: None)
    assert collecting.collect(mailbox.pk) == 1
    assert not InboundMail.objects.exists()


COLLECT = """
from tests.gateway.mail.postbox import install
from itsm.gateway.mail import collecting
from django.conf import settings
settings.MEDIA_ROOT = {uploads!r}
install({place!r})
collecting.collect({pk})
"""


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["fetch 3", "take 3", "move 3"])
def test_a_collector_that_is_killed_loses_and_doubles_nothing(world, mailbox, box, act, settings):
    first = intake.take_in(raw("Zuerst", message_id="<first@example.org>"), mailbox)
    for n in range(6):
        box.put(raw(f"Antwort {n}", in_reply_to="<first@example.org>"))
    box.put(raw("Neu"))
    (box.place / "hang").write_text(act)
    code = COLLECT.format(place=str(box.place), uploads=str(settings.MEDIA_ROOT), pk=mailbox.pk)
    child = processes.python(code)
    try:
        until = time.monotonic() + 60
        while not (box.place / "hangs").exists():
            assert child.poll() is None, child.stderr.read()
            assert time.monotonic() < until
            time.sleep(0.05)
        assert collecting.collect(mailbox.pk) == 0, "two collectors at one mailbox"
    finally:
        child.kill()
        child.wait(10)
    (box.place / "hang").unlink()
    until = time.monotonic() + 30
    while collecting.collect(mailbox.pk) == 0:  # PostgreSQL gives the lock back once it sees that its holder is gone
        assert time.monotonic() < until
        time.sleep(0.1)
    assert box.lying() == []
    assert box.lying("Done") == [1, 2, 3, 4, 5, 6, 7]
    said = sorted(Comment.objects.filter(record_id=first.record_id).values_list("body", flat=True))
    assert said == [f"Antwort {n}" for n in range(6)]
    assert Record.objects.count() == 2
    assert not InboundMail.objects.filter(outcome="duplicate").exists()
    assert connection.in_atomic_block is False
