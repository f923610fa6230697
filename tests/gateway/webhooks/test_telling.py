"""Which webhook is told of which fact: filters, organisations, confidentiality, items, each once."""

import pytest

from itsm.cmdb import classes
from itsm.cmdb import services as cmdb
from itsm.core import reference
from itsm.core.errors import DomainError
from itsm.gateway.webhooks import queueing, services
from itsm.gateway.webhooks.models import Delivery
from itsm.notify import outbox
from itsm.notify.models import Outbox
from itsm.records.models import Record
from servicedesk.incidents import services as incidents

pytestmark = pytest.mark.django_db


def make(world, name="Out", **more):
    values = {"organisation_id": world.lumen.pk, "url": "https://hooks.example/", "events": ["record.*"]} | more
    made, _secret = services.create_webhook(actor=world.admin, name=name, **values)
    reference.forget_everything()
    return made


def told(webhook) -> list[str]:
    reference.forget_everything()
    outbox.drain()
    return list(Delivery.objects.filter(webhook=webhook).order_by("pk").values_list("event", flat=True))


def opened(world, **more):
    values = {"actor": world.customer, "requester": world.customer, "title": "The printer is silent"} | more
    return incidents.open_incident(**values)


def test_each_event_is_chosen_by_name_or_family(world):
    exact, family, every, none = (
        make(world, name, events=events)
        for name, events in (
            ("Exact", ["record.acknowledged"]), ("Family", ["record.*"]), ("Every", ["*"]), ("None", []),
        )
    )  # fmt: skip
    incident = opened(world)
    incidents.acknowledge(incident.pk, actor=world.agent)
    assert told(exact) == ["record.acknowledged"]
    assert told(family) == told(every) == ["record.opened", "record.acknowledged"]
    assert told(none) == []


def test_filters_by_kind_priority_and_team(world):
    urgent = make(world, "P1", priorities=[1])
    network = make(world, "Network", teams=[world.n2.pk])
    kind = make(world, "Kind", kinds=["incident"])
    opened(world, urgency=1, impact=1, actor=world.agent)
    opened(world, team=world.n2, actor=world.agent)
    assert told(urgent) == ["record.opened"]
    assert told(network) == ["record.opened"]
    assert told(kind) == ["record.opened"] * 2


def test_an_organisation_hears_of_itself_and_of_those_below_only(world):
    group, department, other = (
        make(world, name, organisation_id=org.pk)
        for name, org in (("Group", world.lumen), ("Finance", world.finance), ("Other", world.other))
    )
    opened(world)
    incidents.open_incident(actor=world.stranger, requester=world.stranger, title="Elsewhere")
    assert (told(group), told(department), told(other)) == (["record.opened"], ["record.opened"], ["record.opened"])
    assert Delivery.objects.get(webhook=other).body.count("Elsewhere") == 1


def test_a_confidential_ticket_is_never_told(world):
    webhook = make(world)
    incident = opened(world)
    world.circle.members.add(world.lead)
    incidents.edit(Record.objects.get(pk=incident.pk).pk, actor=world.lead, confidentiality=world.circle)
    assert told(webhook) == []


def test_items_and_outages_are_told(world):
    classes.load_files()
    webhook = make(world, events=["ci.*", "outage.*"])
    item = cmdb.create_ci(
        actor=world.network, ci_class="physical_server", name="SV", key="SV", organisation=world.lumen
    )
    foreign = {"ci_class": "physical_server", "name": "X", "key": "X", "organisation": world.other}
    cmdb.create_ci(actor=world.admin, **foreign)
    cmdb.open_outage(item, actor=world.network)
    events = told(webhook)
    assert events.count("ci.created") == 1
    assert "outage.opened" in events
    outage = Delivery.objects.get(event="outage.opened")
    assert ('"key":"SV"' in outage.body, outage.subject) == (True, "SV")


def test_a_fact_told_twice_is_one_delivery(world):
    webhook = make(world)
    opened(world)
    assert told(webhook) == ["record.opened"]
    Outbox.objects.update(processed_at=None, delivered=[])
    assert told(webhook) == ["record.opened"]


def test_without_webhooks_a_fact_costs_no_query(world, django_assert_num_queries):
    opened(world)
    told(make(world, events=[]))
    row = Outbox.objects.filter(topic="record.opened").first()
    fact = outbox.Fact(row.pk, row.topic, row.record_id, row.payload, row.created_at)
    with django_assert_num_queries(0):
        queueing.tell(fact)


@pytest.mark.parametrize(
    "bad",
    [
        {"events": ["record.nothing"]}, {"kinds": ["nothing"]}, {"priorities": [9]}, {"code": "with space"}, {"name": " "},
        {"organisation_id": 0}, {"url": "nowhere"}, {"teams": [0]},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_field(world, bad):
    with pytest.raises(DomainError) as refused:
        make(world, **({"name": "X"} | bad))
    assert refused.value.field in (*bad, "organisation")


def test_codes_are_made_from_names_and_stay_unique(world):
    assert [make(world, "Café d'été").code for _n in range(2)] == ["CAFE-D-ETE", "CAFE-D-ETE-2"]
    with pytest.raises(DomainError):
        make(world, "Other", code="CAFE-D-ETE")
