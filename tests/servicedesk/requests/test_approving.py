"""What an approver reads of a request: the answers, on the page and behind the link of the mail."""

import pytest

from itsm.people.models import User
from itsm.records.approvals import links
from itsm.records.models import Approval
from servicedesk.requests import services

from .factories import make_item

pytestmark = pytest.mark.django_db


def test_an_approver_reads_the_answers_on_the_page_and_by_the_mail(client, world):
    User.objects.filter(pk=world.customer.pk).update(manager=world.colleague)
    version = make_item(approval={"stages": [{"ask": [{"who": "manager"}]}]})
    services.open_request(
        actor=world.customer, requester=world.customer, item_version=version, answers={"model": "l", "why": "Mobilité"}
    )
    question = Approval.objects.get()
    by_mail = client.get(f"/approve/{links.token(question, world.colleague)}/").content.decode()
    client.force_login(world.colleague)
    on_page = client.get(f"/approvals/{question.pk}/").content.decode()
    for page in (by_mail, on_page):
        for words in ("Grand", "Mobilité", "Ordinateur portable"):
            assert words in page
