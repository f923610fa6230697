"""Deciding with the keyboard alone."""

import pytest

from itsm.people.models import User
from itsm.records.approvals import services
from itsm.records.models import Approval
from servicedesk.incidents import services as incidents

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FOCUS = "document.activeElement.value"


@pytest.fixture
def approval(world, record):
    User.objects.filter(pk=world.customer.pk).update(manager=world.colleague)
    return ask(world, record)


def ask(world, record) -> Approval:
    services.begin(record.pk, {"stages": [{"ask": [{"who": "manager"}]}]}, actor=world.customer)
    return Approval.objects.get(record_id=record.pk)


def test_sending_a_remark_leads_to_the_answers_and_chooses_none(browse, approval):
    page = browse(login="colleague", language="en")
    page.goto(f"/approvals/{approval.pk}/")
    page.locator("[name=reason]").press_sequentially("Fine")
    page.keyboard.press("Control+Enter")
    assert page.evaluate(FOCUS) == "approve"
    assert Approval.objects.get().state == "pending"
    page.keyboard.press("Enter")
    page.get_by_text("Approved.").first.wait_for()
    assert (Approval.objects.get().state, Approval.objects.get().reason) == ("approved", "Fine")


def test_j_and_k_move_in_the_list_and_a_decision_leads_to_the_next_question(browse, world, approval):
    others = [
        ask(world, incidents.open_incident(actor=world.customer, requester=world.customer, title=each, urgency=3))
        for each in ("Un écran", "Un clavier")
    ]
    page = browse(login="colleague", language="en")
    page.goto("/approvals/")
    focus = "document.activeElement.textContent"
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert "Un écran" in page.evaluate(focus)
    page.keyboard.press("k")
    assert "Une licence" in page.evaluate(focus)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/approvals/{others[0].pk}/")
    page.locator("button[value=approve]").click()
    page.wait_for_url(f"**/approvals/{others[1].pk}/")
    page.get_by_text("Approved.").first.wait_for()
    page.locator("button[value=approve]").click()
    page.wait_for_url("**/approvals/")
    page.get_by_text("Une licence").wait_for()
