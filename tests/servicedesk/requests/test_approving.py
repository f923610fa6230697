"""What an approver reads of a request: the answers, on the page and behind the link of the mail."""

import re

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


def test_the_list_says_what_each_order_costs_and_asks_no_more_for_many(client, world, django_assert_max_num_queries):
    world.customer.manager = world.colleague
    world.customer.save(update_fields=["manager"])
    rule = {"stages": [{"ask": [{"who": "manager"}]}]}
    prices = {"laptop": {"cost": 900}, "line": {"monthly_cost": 12}, "chair": {}}
    for key, price in prices.items():
        services.open_request(
            actor=world.customer, requester=world.customer, answers={"model": "s"},
            item_version=make_item(key, approval=rule, **price),
        )  # fmt: skip
    client.force_login(world.colleague)
    client.get("/approvals/")
    with django_assert_max_num_queries(10):
        page = client.get("/approvals/").content.decode()
    assert re.findall(r"<strong>(\d+)\s€( par mois)?</strong>", page) == [("900", ""), ("12", " par mois")]
