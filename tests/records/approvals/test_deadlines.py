"""Reminders and deadlines by the sweep: each once, by however many workers, and nothing is lost."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection

from itsm.core import now
from itsm.notify.models import Message, Notice
from itsm.people.models import Absence, User
from itsm.records.approvals import services, sweep
from itsm.records.models import Approval, ApprovalRun, Record
from tests.records.conftest import settle

pytestmark = pytest.mark.django_db
HOURS = {"due": {"hours": 48, "business": False}, "remind": {"hours": 24, "business": False}}


@pytest.fixture
def later(tmp_path, settings):
    """Set the product's clock so many hours ahead."""

    def shift(hours: float) -> None:
        (tmp_path / "shift").write_text(str(hours * 3600))
        settings.CLOCK_SHIFT_FILE = str(tmp_path / "shift")

    return shift


def ask(record, world, **more):
    rule = {"stages": [{"ask": [{"who": "manager"}], **HOURS, **more}]}
    return services.begin(record.pk, rule, actor=world.customer)


def mails(template) -> list[str]:
    settle()
    return sorted(Message.objects.filter(template=template).values_list("to_address", flat=True))


def test_who_is_asked_gets_a_mail_with_a_link_of_their_own(world, record):
    ask(record, world)
    assert mails("approval_asked") == ["manager@example.org"]
    text = Message.objects.get(template="approval_asked").body_text
    assert re.search(r"/approve/[\w:-]+/", text)
    assert Notice.objects.get(template="approval_asked").user == world.manager


def test_substitutes_are_told_through_the_whole_chain(world, record):
    span = {"starts_at": now() - timedelta(days=1), "ends_at": now() + timedelta(days=1)}
    Absence.objects.create(user=world.manager, substitute=world.lead, **span)
    Absence.objects.create(user=world.lead, substitute=world.network, **span)
    ask(record, world)
    assert mails("approval_asked") == ["lead@example.org", "manager@example.org", "network@example.org"]


def test_a_reminder_goes_once_then_silence_refuses(world, record, asking, later):
    ask(record, world)
    assert sweep.sweep() == 0
    later(hours=25)
    assert [sweep.sweep(), sweep.sweep()] == [1, 0]
    assert mails("approval_reminder") == ["manager@example.org"]
    later(hours=49)
    assert [sweep.sweep(), sweep.sweep()] == [1, 0]
    assert ApprovalRun.objects.get().state == "refused"
    assert Record.objects.get(pk=record.pk).state == "cancelled"
    assert asking.refused == [""]
    assert mails("approval_refused") == ["customer@example.org"]


def test_silence_asks_further_up_and_the_answer_there_counts(world, record, asking, later):
    User.objects.filter(pk=world.manager.pk).update(manager=world.admin)
    ask(record, world, on_expiry="escalate")
    later(hours=49)
    assert sweep.sweep() == 1
    up = Approval.objects.get(state="pending")
    assert (up.approver, up.instead, up.instead_of) == (world.admin, "escalated", world.manager)
    services.answer(up.pk, actor=world.admin, approve=True)
    assert asking.approved == [record.number]


def test_silence_to_the_top_ends_in_a_refusal(world, record, later):
    ask(record, world, on_expiry="escalate")
    for day in (1, 2, 3):
        later(hours=49 * day)
        sweep.sweep()
    asked = Approval.objects.order_by("pk").values_list("approver__username", "state")
    assert list(asked) == [("manager", "expired"), ("lead", "expired")]
    assert ApprovalRun.objects.get().state == "refused"


@pytest.mark.django_db(transaction=True)
def test_two_workers_expire_once(world, record, asking, later):
    ask(record, world)
    later(hours=49)
    done, barrier = [], threading.Barrier(2)

    def work():
        barrier.wait(10)
        done.append(sweep.sweep())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(done) == 1
    assert asking.refused == [""]
