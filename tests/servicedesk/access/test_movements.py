"""Joiners, movers and leavers; reviews by owner."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify.models import Message
from itsm.people.directory import directory
from itsm.people.models import User
from servicedesk.access import movements, reviews, services, views
from servicedesk.access.models import Access, AccessReview, AccessReviewLine, AccessTemplate
from tests.cmdb.factories import make_ci

from .conftest import settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def templates(world, payroll):
    ledger = make_ci(name="Compta", key="compta", organisation=world.lumen, owner=world.lead)
    before = AccessTemplate.objects.create(code="clerk", name_fr="Gestionnaire", name_en="Clerk")
    after = AccessTemplate.objects.create(code="accountant", name_fr="Comptable", name_en="Accountant")
    before.lines.create(item=payroll, right="Lecture")
    before.lines.create(item=ledger, right="Lecture")
    after.lines.create(item=ledger, right="Lecture")
    after.lines.create(item=ledger, right="Saisie", days=90)
    return before, after


def rights(person) -> dict[tuple[str, str], str]:
    rows = Access.objects.filter(person=person).select_related("item").order_by("pk")
    return {(a.item.name, a.right): a.state for a in rows}


def test_a_joiner_is_asked_everything_of_the_template_once(world, templates):
    before, _after = templates
    done = movements.join(world.customer, before, actor=world.agent, reason="Arrivée")
    assert len(done.opened) == 2
    assert rights(world.customer) == {("Paie", "Lecture"): "awaiting", ("Compta", "Lecture"): "awaiting"}
    assert movements.join(world.customer, before, actor=world.agent, reason="Arrivée").opened == []


def test_a_mover_loses_what_only_the_job_before_needed(world, templates, granted):
    granted()
    before, after = templates
    movements.move(world.customer, before=before, after=after, actor=world.agent, reason="Mutation")
    assert rights(world.customer) == {
        ("Paie", "Lecture"): "to_revoke", ("Compta", "Lecture"): "awaiting", ("Compta", "Saisie"): "awaiting",
    }  # fmt: skip
    assert Access.objects.get(right="Saisie").until == timezone.localdate(now()) + timedelta(days=90)


def test_a_leaver_loses_everything_and_twice_changes_nothing(world, templates, granted):
    granted()
    movements.join(world.customer, templates[0], actor=world.agent, reason="Arrivée")
    assert len(movements.leave(world.customer, actor=world.agent, reason="Départ").ended) == 2
    assert rights(world.customer) == {("Paie", "Lecture"): "to_revoke", ("Compta", "Lecture"): "cancelled"}
    assert movements.leave(world.customer, actor=world.agent, reason="Départ").ended == []


@pytest.fixture
def review(world, granted):
    granted()
    granted(right="Saisie")
    rows = directory.get().organisations_by_code
    return reviews.start(
        actor=world.lead,
        name="Revue de printemps",
        organisation=rows["LUMEN"],
        due_on=timezone.localdate(now()) + timedelta(days=20),
    )


def test_the_owner_keeps_or_revokes_by_the_link_of_the_mail(client, world, review):
    text = Message.objects.get(template="access_review", to_user=world.manager).body_text
    address = re.search(r"/access-review/[\w:-]+/", text)[0]
    keep, drop = AccessReviewLine.objects.order_by("pk")
    assert "Lecture" in client.get(address).content.decode()
    refused = client.post(address, {f"answer-{keep.pk}": "keep", f"answer-{drop.pk}": "revoke"})
    assert refused.status_code == 422
    assert "Dites pourquoi" in refused.content.decode()
    assert AccessReviewLine.objects.get(pk=keep.pk).answer == "keep"
    assert client.post(address, {f"answer-{drop.pk}": "revoke", f"reason-{drop.pk}": "Plus utile"}).status_code == 302
    found = Access.objects.get(pk=drop.access_id)
    assert (found.state, found.ending, found.ending_reason) == ("to_revoke", "review", "Plus utile")
    assert AccessReview.objects.get().state == "done"
    assert client.get("/access-review/forged/").status_code == 404
    client.force_login(world.agent)
    assert client.get(address).status_code == 403


def test_who_reviews_more_than_a_page_comes_to_the_end_of_it(client, world, review, monkeypatch):
    monkeypatch.setattr(views, "LINES", 1)
    address = reviews.path(review, world.manager)
    for _n in range(2):
        key = re.search(r"answer-(\d+)", client.get(address).content.decode())[1]
        assert client.post(address, {f"answer-{key}": "keep"}).status_code == 302
    assert AccessReview.objects.get().state == "done"


def test_silence_is_reminded_of_once_then_told_to_the_manager(world, review, later):
    User.objects.filter(pk=world.manager.pk).update(manager=world.admin)
    assert reviews.sweep() == 0
    later(11)
    assert [reviews.sweep(), reviews.sweep()] == [1, 0]
    later(22)
    assert [reviews.sweep(), reviews.sweep()] == [1, 0]
    settle()
    sent = (
        Message.objects.filter(template__startswith="access_review")
        .order_by("pk")
        .values_list("template", "to_user__username")
    )
    assert list(sent) == [
        ("access_review", "manager"), ("access_review_reminder", "manager"), ("access_review_overdue", "admin"),
    ]  # fmt: skip
    assert AccessReview.objects.get().state == "overdue"


def test_what_was_asked_of_somebody_who_left_is_asked_of_the_owner_of_today(world, review, later):
    User.objects.filter(pk=world.manager.pk).update(is_active=False)
    item = AccessReviewLine.objects.first().access.item
    item.owner = world.network
    item.save(update_fields=["owner"])
    later(11)
    assert reviews.sweep() == 1
    assert set(AccessReviewLine.objects.values_list("owner__username", flat=True)) == {"network"}
    assert Message.objects.filter(template="access_review", to_user=world.network).count() == 1
    for line in AccessReviewLine.objects.all():
        reviews.answer(line.pk, actor=world.network, keep=True)
    assert AccessReview.objects.get().state == "done"


@pytest.mark.parametrize("days", [-1, 0, 181, 2_900_000])
def test_a_review_ends_while_its_links_live(world, granted, days):
    granted()
    rows, day = directory.get().organisations_by_code, timezone.localdate(now()) + timedelta(days=days)
    with pytest.raises(DomainError) as refused:
        reviews.start(actor=world.lead, name="x", organisation=rows["LUMEN"], due_on=day)
    assert refused.value.field == "due_on"


@pytest.mark.parametrize("day", [date.max, date.min])
def test_a_last_day_that_nobody_will_see_is_refused(world, granted, day):
    with pytest.raises(DomainError) as refused:
        services.prolong(granted().pk, actor=world.agent, until=day, reason="Mission")
    assert refused.value.field == "until"


def test_a_review_of_nothing_is_refused(world):
    rows = directory.get().organisations_by_code
    with pytest.raises(DomainError):
        reviews.start(
            actor=world.lead,
            name="x",
            organisation=rows["LUMEN"],
            due_on=timezone.localdate(now()) + timedelta(days=20),
        )
