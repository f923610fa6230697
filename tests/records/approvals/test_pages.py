"""The pages of approvals: the list, one question, the signed link of a mail, the panel, REST, and who sees none of it."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.template.loader import render_to_string
from django.utils.translation import override

from itsm.core import now
from itsm.notify.models import Message
from itsm.people.models import Absence, User
from itsm.records.approvals import links, services, showing
from itsm.records.models import Approval, ApprovalRun, Record
from tests.api.client import Rest
from tests.records.conftest import settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def approval(world, record):
    """Asked of a colleague without any role at the desk."""
    User.objects.filter(pk=world.customer.pk).update(manager=world.colleague)
    services.begin(record.pk, {"stages": [{"ask": [{"who": "manager"}]}]}, actor=world.customer)
    return Approval.objects.get()


def test_the_list_holds_what_waits_for_me_and_for_whom_i_stand_in(client, world, approval):
    for person, seen in (
        (world.colleague, True),
        (world.customer, False),
        (world.stranger, False),
        (world.lead, False),
    ):
        client.force_login(person)
        assert ("Une licence" in client.get("/approvals/").content.decode()) is seen, person
    Absence.objects.create(
        user=world.colleague, substitute=world.lead, starts_at=now() - timedelta(1), ends_at=now() + timedelta(1)
    )
    client.force_login(world.lead)
    page = client.get("/approvals/").content.decode()
    assert "à la place de Paul Meyer" in page


def test_a_refusal_without_a_reason_keeps_the_page_and_says_so(client, world, approval):
    client.force_login(world.colleague)
    address = f"/approvals/{approval.pk}/"
    answer = client.post(address, {"answer": "refuse", "reason": " "})
    assert answer.status_code == 422
    assert "Dites pourquoi vous refusez." in answer.content.decode()
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"answer": "refuse", "reason": "Trop cher"}).status_code == 302
    assert Approval.objects.get().reason == "Trop cher"
    assert "Trop cher" in client.get("/approvals/?tab=answered").content.decode()
    late = client.post(address, {"answer": "approve"})
    assert late.status_code == 409


def test_the_number_leads_an_approver_to_the_question(client, world, record, approval):
    client.force_login(world.colleague)
    assert client.get(f"/r/{record.number}").url == f"/approvals/{approval.pk}/"
    client.force_login(world.customer)
    assert client.get(f"/r/{record.number}").url == f"/portal/tickets/{record.number}/"
    client.force_login(world.stranger)
    assert client.get(f"/r/{record.number}").status_code == 404
    assert client.get(f"/approvals/{approval.pk}/").status_code == 404


def test_the_link_of_a_mail_asks_and_only_the_button_answers(client, world, approval):
    settle()
    text = Message.objects.get(template="approval_asked").body_text
    address = re.search(r"/approve/[\w:-]+/", text)[0]
    for _scan in range(3):
        assert client.get(address).status_code == 200
        assert client.head(address).status_code in (200, 405)
    assert Approval.objects.get().state == "pending"
    page = client.post(address, {"answer": "approve", "reason": "Oui"})
    assert "Merci, votre réponse est enregistrée." in page.content.decode()
    row = Approval.objects.get()
    assert (row.state, row.decided_by) == ("approved", world.colleague)
    assert ApprovalRun.objects.get().state == "granted"
    # The link answered once: it now only tells what was said.
    again = client.post(address, {"answer": "refuse", "reason": "Non"})
    assert again.status_code == 409
    assert 'value="refuse"' not in client.get(address).content.decode()


def test_a_link_of_somebody_else_out_of_date_or_forged_answers_nothing(client, world, approval, monkeypatch):
    token = links.token(approval, world.colleague)
    client.force_login(world.lead)
    page = client.post(f"/approve/{token}/", {"answer": "approve"})
    assert page.status_code == 403
    assert "Une licence" not in page.content.decode()
    client.logout()
    assert client.get("/approve/forged/").status_code == 404
    assert client.get(f"/approve/{signing.dumps([approval.pk, world.colleague.pk], salt='other')}/").status_code == 404
    monkeypatch.setattr(links, "DAYS", -1)
    assert client.get(f"/approve/{token}/").status_code == 404
    assert Approval.objects.get().state == "pending"


def test_the_link_of_who_was_never_asked_reads_nothing(client, world, approval):
    page = client.get(f"/approve/{links.token(approval, world.stranger)}/")
    assert page.status_code == 403
    assert "Une licence" not in page.content.decode()


def test_the_secret_of_the_link_does_not_stand_in_the_log(client, world, approval, settings):
    settle()
    client.force_login(world.admin)
    settings.DEMO = False
    message = Message.objects.get(template="approval_asked")
    assert links.token(approval, world.colleague) not in client.get(f"/mailbox/{message.pk}/").content.decode()


def test_the_portal_says_that_something_waits(client, world, approval):
    client.force_login(world.colleague)
    assert "1 demande attend votre approbation" in client.get("/portal/").content.decode()
    client.force_login(world.customer)
    assert "attend votre approbation" not in client.get("/portal/").content.decode()


def test_rest_lists_and_answers(world, record, approval):
    found = Rest(world.colleague).get("/api/v1/approvals/?state=pending").json()["results"]
    assert [(row["record"], row["approver"], row["answerable"], row["why"]) for row in found] == [
        (record.number, "colleague", True, "manager")
    ]
    address = f"/api/v1/approvals/{approval.pk}/"
    assert Rest(world.stranger).get(address).status_code == 404
    assert Rest(world.stranger).post(address + "approve/").status_code == 404
    assert Rest(world.agent).get(address).json()["answerable"] is False
    assert Rest(world.agent).post(address + "approve/").status_code == 404
    assert Rest(world.colleague).post(address + "refuse/", {}).status_code == 400
    refused = Rest(world.colleague).post(address + "refuse/", {"reason": "Trop cher"})
    assert (refused.status_code, refused.json()["state"], refused.json()["decided_by"]) == (200, "refused", "colleague")
    assert Rest(world.colleague).post(address + "approve/").status_code == 409
    of_record = Rest(world.customer).get(f"/api/v1/approvals/?record={record.number}").json()["results"]
    assert [row["id"] for row in of_record] == [approval.pk]
    assert Rest(world.stranger).get(f"/api/v1/approvals/?record={record.number}").json()["results"] == []


def test_the_list_costs_the_same_however_long(client, world, record, approval, django_assert_max_num_queries):
    Approval.objects.bulk_create(
        Approval(record_id=record.pk, approver=world.colleague, stage=10 + n, why="person") for n in range(25)
    )
    client.force_login(world.colleague)
    client.get("/approvals/")
    with django_assert_max_num_queries(16):
        page = client.get("/approvals/")
    assert page.content.decode().count("Une licence") == 26


def test_the_one_read_of_visibility_holds_watched_and_asked(world, approval, django_assert_num_queries):
    from itsm.people.scope import scope_of

    scope_of(world.colleague)
    with django_assert_num_queries(2):
        assert list(Record.objects.visible_to(world.colleague).values_list("pk", flat=True)) == [approval.record_id]


def test_a_stage_that_the_answers_do_not_ask_for_is_named_with_the_reason(world, record):
    dear = {
        "name": {"en": "Finance"},
        "ask": [{"who": "person", "login": "lead"}],
        "when": {"field": "cost", "above": 1000},
    }
    rule = {"stages": [{"name": {"en": "Manager"}, "ask": [{"who": "manager"}]}, dear]}
    services.begin(record.pk, rule, actor=world.customer, facts={"cost": 20})
    with override("en"):
        shown = render_to_string("records/approvals/_blocks.html", {"blocks": showing.blocks(record)})
    assert [(block.name, block.applies) for block in showing.blocks(record)][1][1] is False
    assert "Finance" in shown
    assert "Not needed for these answers" in shown
    assert "Not asked yet" not in shown
