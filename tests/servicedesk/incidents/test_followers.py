"""Who follows a ticket: who may be made to, who is told, and what the ticket says of it."""

import threading

import pytest
from django.db import connections
from django.test import Client

from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.notify.models import Message, Notice
from itsm.people import services as people
from itsm.people.houses import house_of, same_house
from itsm.records import following
from itsm.records.models import Record, Watch
from itsm.records.timeline import timeline
from servicedesk.incidents import services
from tests.world import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir")


def follows(incident, person) -> bool:
    return Watch.objects.filter(record_id=incident.pk, user=person).exists()


def sentences(incident, *, agent=True) -> list[str]:
    return [line.sentence for line in timeline(incident, agent=agent) if line.kind == "event"]


def test_a_colleague_of_the_requester_reads_and_is_told_once(world, incident):
    assert not Record.objects.visible_to(world.colleague).exists()
    assert following.follow(incident.pk, actor=world.agent, person=world.colleague)
    assert not following.follow(incident.pk, actor=world.agent, person=world.colleague)
    outbox.drain()
    outbox.drain()
    assert Record.objects.visible_to(world.colleague).count() == 1
    assert Notice.objects.filter(user=world.colleague, template="followed").count() == 1
    mail = Message.objects.get(to_user=world.colleague)
    assert (mail.template, "Léa Morel vous a abonné" in mail.body_text) == ("ticket_followed", True)


def test_who_follows_by_themselves_is_told_nothing(world, incident):
    following.follow(incident.pk, actor=world.mainframe, person=world.mainframe)
    outbox.drain()
    assert not Notice.objects.filter(user=world.mainframe).exists()
    assert "Suit ce ticket." in sentences(incident)


def test_who_was_removed_before_the_news_went_out_hears_nothing(world, incident):
    following.follow(incident.pk, actor=world.agent, person=world.colleague)
    following.unfollow(incident.pk, actor=world.agent, person=world.colleague)
    outbox.drain()
    assert not Message.objects.filter(to_user=world.colleague).exists()


def test_the_history_says_who_was_added_and_removed_to_agents_only(world, incident):
    following.follow(incident.pk, actor=world.agent, person=world.colleague)
    following.unfollow(incident.pk, actor=world.agent, person=world.colleague)
    assert not following.unfollow(incident.pk, actor=world.agent, person=world.colleague)
    assert sentences(incident)[:2] == [
        "Paul Meyer a été retiré des abonnés.", "Paul Meyer a été ajouté aux abonnés.",
    ]  # fmt: skip
    assert len(sentences(incident, agent=False)) == 1


def test_people_of_another_house_may_not_follow(world, incident):
    for somebody in (world.stranger, world.foreign_agent):
        with pytest.raises(DomainError):
            following.follow(incident.pk, actor=world.admin, person=somebody)
    assert not Watch.objects.exists()


def test_neither_the_requester_nor_somebody_who_left(world, incident):
    world.colleague.is_active = False
    world.colleague.save(update_fields=["is_active"])
    for somebody in (world.customer, world.colleague):
        with pytest.raises(DomainError):
            following.follow(incident.pk, actor=world.agent, person=somebody)


def test_a_confidential_ticket_is_followed_by_its_circle_only(world, incident):
    world.circle.members.add(world.agent, world.teammate)
    following.follow(incident.pk, actor=world.agent, person=world.colleague)
    services.edit(incident.pk, actor=world.agent, confidentiality=world.circle)
    assert not Record.objects.visible_to(world.colleague).exists()
    with pytest.raises(DomainError):
        following.follow(incident.pk, actor=world.agent, person=world.mainframe)
    assert following.follow(incident.pk, actor=world.agent, person=world.teammate)


def test_a_ticket_has_only_so_many_followers(world, incident, monkeypatch):
    monkeypatch.setattr(following, "MOST", 1)
    following.follow(incident.pk, actor=world.agent, person=world.colleague)
    with pytest.raises(DomainError):
        following.follow(incident.pk, actor=world.agent, person=world.network)


def test_two_customers_below_one_provider_are_two_houses(world):
    one = people.create_organisation(actor=None, code="C1", name="One", kind="customer", parent=world.lumen)
    two = people.create_organisation(actor=None, code="C2", name="Two", kind="customer", parent=world.lumen)
    below = people.create_organisation(actor=None, code="C1-A", name="One A", kind="customer", parent=one)
    assert same_house(one.pk, below.pk)
    assert not same_house(one.pk, two.pk)
    assert not same_house(one.pk, world.lumen.pk)
    assert (house_of(world.finance.pk), house_of(None)) == (world.lumen.pk, None)
    assert not same_house(None, None)


@pytest.mark.django_db(transaction=True)
def test_two_agents_add_the_same_person_once(world, incident):
    barrier, made = threading.Barrier(2), []

    def add(actor):
        barrier.wait(timeout=10)
        made.append(following.follow(incident.pk, actor=actor, person=world.colleague))
        connections.close_all()

    threads = [threading.Thread(target=add, args=(actor,)) for actor in (world.agent, world.lead)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(made) == [False, True]


def address(incident, rest=""):
    return f"/desk/incidents/{incident.number}/{rest}"


def signed(somebody) -> Client:
    client = Client()
    client.force_login(somebody)
    return client


def test_followers_are_added_and_removed_on_the_page(world, incident):
    desk = signed(world.agent)
    page = desk.post(address(incident, "followers/"), {"person": "Paul Meyer"}, follow=True).content.decode()
    assert "Paul Meyer suit ce ticket et en est informé." in page
    assert 'value="colleague"' in page
    again = desk.post(address(incident, "followers/"), {"person": "colleague"}, follow=True).content.decode()
    assert "suit déjà" in again
    desk.post(address(incident, "followers/"), {"person": "Colleague", "remove": "1"})
    assert not follows(incident, world.colleague)


@pytest.mark.parametrize("text", ["", "nobody", "stranger", "customer", "a\x00b"])
def test_a_person_who_cannot_be_added_is_said(world, incident, text):
    page = signed(world.agent).post(address(incident, "followers/"), {"person": text}, follow=True)
    assert 'role="alert"' in page.content.decode()
    assert not Watch.objects.exists()


def test_who_only_reads_follows_but_adds_nobody(world, incident):
    desk = signed(world.mainframe)
    assert desk.post(address(incident, "followers/"), {"person": "network"}).status_code == 403
    desk.post(address(incident, "watch/"))
    assert follows(incident, world.mainframe)
    desk.post(address(incident, "followers/"), {"person": "mainframe", "remove": "1"})
    assert not follows(incident, world.mainframe)


def test_a_requester_who_is_an_agent_is_told_why(world):
    own = services.open_incident(actor=world.agent, requester=world.agent, title="Own")
    page = signed(world.agent).post(address(own, "watch/"), follow=True).content.decode()
    assert "lit déjà le ticket" in page


def test_many_followers_cost_no_query_more(world, incident, django_assert_max_num_queries):
    for n in range(12):
        one = person(world, f"p{n}", "Pat", str(n), [("requester", world.lumen)], [])
        following.follow(incident.pk, actor=world.agent, person=one)
    desk = signed(world.agent)
    desk.get(address(incident))
    with django_assert_max_num_queries(12):
        assert desk.get(address(incident)).content.decode().count('name="remove"') == 12
