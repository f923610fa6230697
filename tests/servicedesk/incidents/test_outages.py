"""An incident says that its service is down: an outage that ends, goes on and moves with the incident."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from itsm.audit.models import Entry
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem, Outage
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.records.timeline import timeline
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests.cmdb.factories import make_service

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NINE, tick=False) as traveller, translation.override("en"):
        yield traveller


@pytest.fixture
def mail(world):
    return make_service(name="Messagerie", organisation=world.lumen)


def opened(world, service, **more) -> Incident:
    return services.open_incident(
        actor=world.customer, requester=world.customer, title="Plus de courrier", service=service, **more
    )


@pytest.fixture
def incident(world, mail):
    return opened(world, mail)


def state(mail) -> str:
    return ConfigurationItem.objects.get(pk=mail.pk).state


def resolve(world, incident, **more) -> Incident:
    return services.resolve(
        incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Disque vidé.", **more
    )


def told(incident) -> list[str]:
    return [line.sentence for line in timeline(incident, agent=True, show="history")]


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def act(incident) -> str:
    return f"/desk/incidents/{incident.number}/outage/"


def test_an_outage_begins_when_it_began_and_ends_with_the_resolution(world, mail, incident, clock):
    services.outage(incident.pk, actor=world.agent, state="down", since=NINE - 30 * MINUTE)
    outage = Outage.objects.get()
    assert (outage.item_id, outage.record_id, outage.starts_at, outage.ends_at) == (
        mail.pk, incident.pk, NINE - 30 * MINUTE, None,
    )  # fmt: skip
    assert state(mail) == "down"
    clock.shift(60 * MINUTE)
    done = resolve(world, incident)
    outage.refresh_from_db()
    assert outage.ends_at == done.resolved_at == NINE + 60 * MINUTE
    assert state(mail) == "up"
    history = told(done)
    assert "“Messagerie” works again after 1h 30m." in history[0]
    assert any("“Messagerie” does not work since" in line for line in history)
    verbs = Entry.objects.filter(subject_kind="ci", subject_id=mail.pk, verb__startswith="outage").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["outage.opened", "outage.closed"]


def test_a_cancelled_ticket_takes_its_outage_along(world, mail, incident, clock):
    services.outage(incident.pk, actor=world.agent, state="degraded")
    clock.shift(MINUTE)
    services.cancel(incident.pk, actor=world.agent, reason="Fausse alerte")
    assert Outage.objects.get().ends_at == NINE + MINUTE
    assert state(mail) == "up"


def test_children_that_are_resolved_with_their_parent_end_what_they_reported(world, mail, clock):
    parent, child = opened(world, None), opened(world, mail)
    services.link(child.pk, actor=world.agent, to=parent, type="child_of")
    services.outage(child.pk, actor=world.agent, state="down")
    clock.shift(MINUTE)
    resolve(world, parent)
    assert Outage.objects.get().ends_at == NINE + MINUTE


def test_a_requester_who_reopens_does_not_break_the_service_for_all(world, mail, incident, clock):
    services.outage(incident.pk, actor=world.agent, state="down")
    clock.shift(10 * MINUTE)
    resolve(world, incident)
    clock.shift(10 * MINUTE)
    services.reopen(incident.pk, actor=world.customer, reason="Toujours rien chez moi")
    assert state(mail) == "up"
    resolve(world, incident)
    services.reopen(incident.pk, actor=world.agent, reason="Rien chez elle seule")
    assert Outage.objects.get().ends_at == NINE + 10 * MINUTE


def test_reopened_by_an_agent_it_goes_on_from_its_first_minute(world, mail, incident, clock):
    services.outage(incident.pk, actor=world.agent, state="down")
    clock.shift(10 * MINUTE)
    resolve(world, incident)
    clock.shift(10 * MINUTE)
    reopened = services.reopen(incident.pk, actor=world.agent, reason="Toujours en panne")
    outage = Outage.objects.get()
    assert (outage.starts_at, outage.ends_at, state(mail)) == (NINE, None, "down")
    assert "The outage of “Messagerie” goes on." in told(reopened)[0]


def test_it_does_not_go_on_over_another_one_that_began_since(world, mail, incident, clock):
    services.outage(incident.pk, actor=world.agent, state="down")
    clock.shift(10 * MINUTE)
    resolve(world, incident)
    clock.shift(10 * MINUTE)
    second = opened(world, mail)
    services.outage(second.pk, actor=world.agent, state="down")
    services.reopen(incident.pk, actor=world.agent, reason="Toujours en panne")
    assert Outage.objects.get(record_id=incident.pk).ends_at == NINE + 10 * MINUTE
    assert Outage.objects.get(record_id=second.pk).ends_at is None


def test_better_or_worse_ends_one_and_begins_the_next_without_a_gap(world, mail, incident, clock):
    services.outage(incident.pk, actor=world.agent, state="down")
    clock.shift(20 * MINUTE)
    services.outage(incident.pk, actor=world.agent, state="degraded", since=NINE + 15 * MINUTE)
    assert list(Outage.objects.order_by("starts_at").values_list("starts_at", "ends_at", "degraded")) == [
        (NINE, NINE + 15 * MINUTE, False), (NINE + 15 * MINUTE, None, True),
    ]  # fmt: skip
    assert state(mail) == "degraded"
    services.outage(incident.pk, actor=world.agent, state="up")
    assert state(mail) == "up"
    assert Incident.objects.get(pk=incident.pk).phase == "open"


def test_the_same_again_changes_what_users_read(world, mail, incident):
    services.outage(incident.pk, actor=world.agent, state="down", public_fr="On cherche.")
    services.outage(incident.pk, actor=world.agent, state="down", public_fr="On a trouvé.")
    assert Outage.objects.get().public_fr == "On a trouvé."
    assert told(incident)[0] == "What users read about “Messagerie” was changed."


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "down", "since": NINE + 60 * MINUTE}, "still to come"),
        ({"state": "up"}, "reported no outage"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(world, mail, incident, values, words):
    with pytest.raises(DomainError, match=words):
        services.outage(incident.pk, actor=world.agent, **values)
    assert not Outage.objects.exists()
    assert Incident.objects.get(pk=incident.pk).version == incident.version


def test_time_that_belongs_to_another_outage_is_refused_with_its_name(world, mail, incident, clock):
    first = opened(world, mail)
    services.outage(first.pk, actor=world.agent, state="down")
    with pytest.raises(DomainError, match=f"reported by {first.number}"):
        services.outage(incident.pk, actor=world.agent, state="degraded")
    clock.shift(10 * MINUTE)
    resolve(world, first)
    with pytest.raises(DomainError, match="choose a later moment"):
        services.outage(incident.pk, actor=world.agent, state="down", since=NINE + 5 * MINUTE)
    clock.shift(MINUTE)
    cmdb.open_outage(mail.item, actor=world.network)
    with pytest.raises(DomainError, match="by hand"):
        services.outage(incident.pk, actor=world.agent, state="down")


def test_without_a_service_or_once_over_there_is_nothing_to_say(world, mail, incident):
    with pytest.raises(DomainError, match="which service"):
        services.outage(opened(world, None).pk, actor=world.agent, state="down")
    resolve(world, incident)
    with pytest.raises(IllegalMove):
        services.outage(incident.pk, actor=world.agent, state="down")


def test_a_double_press_is_harmless(world, mail, incident):
    services.outage(incident.pk, actor=world.agent, state="down", version=incident.version)
    with pytest.raises(StaleVersion):
        services.outage(incident.pk, actor=world.agent, state="down", version=incident.version)
    assert Outage.objects.count() == 1


def test_a_merge_hands_the_outage_on_and_its_undo_hands_it_back(world, mail, incident, clock):
    target = opened(world, mail)
    services.outage(incident.pk, actor=world.agent, state="down")
    services.merge(incident.pk, actor=world.agent, into=target)
    outage = Outage.objects.get()
    assert (outage.record_id, outage.ends_at, state(mail)) == (target.pk, None, "down")
    services.unmerge(incident.pk, actor=world.agent)
    outage.refresh_from_db()
    assert (outage.record_id, outage.ends_at) == (incident.pk, None)


def test_the_page_offers_it_shows_it_and_takes_it_back(world, mail, incident, clock):
    client = signed(world.agent)
    page = client.get(f"/desk/incidents/{incident.number}/").content.decode()
    assert act(incident) in page
    assert "Messagerie" in client.get(act(incident)).content.decode()
    wrong = client.post(act(incident), {"state": "down", "since": "2026-11-25T09:00"})
    assert wrong.status_code == 422
    done = client.post(act(incident), {"state": "down", "since": "2026-11-24T09:30", "public_fr": "On cherche."})
    assert done.status_code == 302
    assert Outage.objects.get().starts_at == datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    page = client.get(f"/desk/incidents/{incident.number}/").content.decode()
    assert 'id="act-restored"' in page
    assert 'id="act-works-again"' in page.split('id="act-more"')[1]
    clock.shift(5 * MINUTE)
    client.post(act(incident), {"state": "up"})
    assert Outage.objects.get().ends_at == NINE + 5 * MINUTE
    page = client.get(f"/desk/incidents/{incident.number}/").content.decode()
    assert 'id="act-restored"' not in page
    assert 'id="act-works-again"' not in page


def test_a_major_incident_asks(world, mail, incident):
    client = signed(world.agent)
    services.edit(incident.pk, actor=world.agent, major=True)
    assert "depuis quand" in client.get(f"/desk/incidents/{incident.number}/").content.decode()


def test_who_may_not_work_the_incident_may_not_say_it(world, mail, incident):
    for person in (world.customer, world.foreign_agent):
        assert signed(person).post(act(incident), {"state": "down"}).status_code == 404
    assert not Outage.objects.exists()
