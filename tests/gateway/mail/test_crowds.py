"""More mails than a mailbox is to open within an hour: they wait their turn, say why, and none is lost."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from itsm.core import now
from itsm.gateway.mail import collecting, imap, intake, services
from itsm.gateway.mail.models import InboundMail
from itsm.notify.models import Notice
from itsm.records.models import Record

from .conftest import raw
from .postbox import install

pytestmark = pytest.mark.django_db
BASE = "/settings/mailboxes/"


def come(mailbox, *names, **more) -> list[str]:
    return [intake.take_in(raw(sender=f"{name}@flood.test", **more), mailbox).outcome for name in names]


def test_a_crowd_of_senders_waits_by_domain_and_by_mailbox_and_says_why(world, mailbox, arrives):
    mailbox.most_of_domain, mailbox.most_of_box = 2, 3
    assert come(mailbox, "a", "b", "c") == ["opened", "opened", "deferred"]
    assert arrives(sender="d@other.test").outcome == "opened"
    assert arrives(sender="e@another.test").outcome == "deferred"
    by_domain, by_box = InboundMail.objects.filter(outcome="deferred").order_by("pk")
    with override("en"):
        assert by_domain.why == "More than 2 tickets of flood.test within an hour: it waits its turn"
        assert by_box.why == "More than 3 tickets of this mailbox within an hour: it waits its turn"
    assert intake.raw_of(by_domain)


def test_an_answer_on_a_ticket_does_not_wait(world, mailbox, arrives):
    mailbox.most_of_box = 1
    opened = arrives()
    assert arrives(subject="Autre").outcome == "deferred"
    assert arrives(subject=f"Re: [{opened.record.number}] Écran").outcome == "commented"
    # A number that the sender may not read is no answer: it would open a ticket, so it waits.
    assert arrives(sender="x@far.test", subject=f"Re: [{opened.record.number}]").outcome == "deferred"


def test_what_waits_is_taken_up_when_there_is_room_oldest_first_and_once(world, mailbox):
    mailbox.most_of_domain = 2
    mailbox.save()
    assert come(mailbox, *"abcde") == ["opened"] * 2 + ["deferred"] * 3
    assert intake.take_up(mailbox) == 0
    InboundMail.objects.filter(outcome="opened").update(opened_at=now() - timedelta(minutes=61))
    assert [intake.take_up(mailbox), intake.take_up(mailbox)] == [2, 0]
    assert list(InboundMail.objects.order_by("pk").values_list("outcome", flat=True)) == ["opened"] * 4 + ["deferred"]
    InboundMail.objects.filter(outcome="opened").update(opened_at=now() - timedelta(minutes=61))
    assert intake.take_up(mailbox) == 1
    assert Record.objects.count() == 5


def test_a_full_domain_holds_up_no_other(world, mailbox):
    mailbox.most_of_domain, mailbox.most_of_box = 1, 2
    mailbox.save()
    come(mailbox, "a", "b")
    intake.take_in(raw(sender="c@near.test"), mailbox)
    intake.take_in(raw(sender="d@far.test"), mailbox)
    InboundMail.objects.filter(sender="c@near.test").update(opened_at=now() - timedelta(minutes=61))
    assert intake.take_up(mailbox) == 1
    assert dict(InboundMail.objects.values_list("sender", "outcome"))["d@far.test"] == "opened"
    assert InboundMail.objects.get(sender="b@flood.test").outcome == "deferred"


def test_what_waits_and_cannot_be_dealt_with_goes_to_the_quarantine(world, mailbox, monkeypatch):
    mailbox.most_of_box = 1
    mailbox.save()
    come(mailbox, "a", "b", "c")
    InboundMail.objects.filter(outcome="opened").update(opened_at=None)
    first, second = InboundMail.objects.filter(outcome="deferred").order_by("pk")
    InboundMail.objects.filter(pk=first.pk).update(tries=4)  # it stopped its reader three times
    assert intake.take_up(mailbox) == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.outcome, first.reason) == ("quarantined", intake.KILLER)
    assert second.outcome == "opened"


def test_what_waits_is_never_forgotten_and_may_be_decided_on(world, mailbox):
    mailbox.most_of_box = 1
    come(mailbox, "a", "b", "c")
    InboundMail.objects.update(received_at=now() - timedelta(days=900))
    services.forget(30, 365)
    first, second = InboundMail.objects.filter(outcome="deferred").order_by("pk")
    assert intake.raw_of(first)
    assert services.make_ticket(first.pk, actor=world.admin).outcome == "opened"
    assert services.discard(second.pk, actor=world.admin).outcome == "discarded"


def test_the_collector_takes_up_what_waits_and_tells_administrators_once_a_day(world, mailbox, tmp_path, monkeypatch):
    monkeypatch.setattr(imap, "open_box", imap.open_box)
    box = install(tmp_path / "post")
    mailbox.most_of_box = 1
    mailbox.processed_folder = "Done"
    mailbox.save()
    for name in "abc":
        box.put(raw(sender=f"{name}@flood.test"))
    assert collecting.collect(mailbox.pk) == 3
    assert box.lying() == []  # what waits is kept here, not in the box
    InboundMail.objects.filter(outcome="opened").update(opened_at=now() - timedelta(hours=2))
    assert collecting.collect(mailbox.pk) == 1
    assert Record.objects.count() == 2
    [notice] = Notice.objects.filter(template="mailbox_crowded")
    assert notice.user == world.admin


def test_the_pages_show_what_waits_and_the_limits(world, mailbox, client):
    mailbox.most_of_box = 1
    mailbox.save()
    come(mailbox, "a", "b")
    client.force_login(world.admin)
    assert f'href="{BASE}{mailbox.pk}/?outcome=deferred">1 ' in client.get(BASE).content.decode()
    with override("fr"):
        page = client.get(f"{BASE}{mailbox.pk}/").content.decode()
    assert "1 courriel attend" in page
    row = InboundMail.objects.get(outcome="deferred")
    assert "ticket/" in client.get(f"{BASE}{mailbox.pk}/mails/{row.pk}/").content.decode()


@pytest.mark.parametrize("name", ["most_of_domain", "most_of_box"])
def test_a_limit_of_none_is_refused_by_the_form(world, client, name):
    from .test_pages import GIVEN

    client.force_login(world.admin)
    made = client.post(f"{BASE}new/", GIVEN | {"organisation": world.lumen.pk, name: "0"})
    assert made.status_code == 422
