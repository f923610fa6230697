"""Deciding with the keyboard alone."""

import pytest

from itsm.people.models import User
from itsm.records.approvals import services
from itsm.records.models import Approval

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
