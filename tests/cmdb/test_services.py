"""What the services of the CMDB promise: rules, versions, audit, outbox, services and outages that follow."""

from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.cmdb import services
from itsm.cmdb.models import CIHistory, ConfigurationItem, Outage, Relation, RelationHistory, RelationType, Service
from itsm.core import now
from itsm.core.errors import DomainError, StaleVersion
from itsm.notify.models import Outbox
from tests.cmdb.factories import make_ci, make_service

pytestmark = pytest.mark.django_db


def refused(field=None):
    return pytest.raises(DomainError, check=lambda error: error.field == field)


def test_an_item_is_made_with_a_key_of_its_name_an_entry_and_a_fact(world):
    item = make_ci(actor=world.admin, name="Serveur Été 01", organisation=world.lumen)
    assert item.key == "serveur-ete-01"
    assert item.sort_key.startswith("serveur ete 01")
    entry = Entry.objects.get(verb="ci.created", subject_id=item.pk)
    assert entry.actor == world.admin
    assert Outbox.objects.get(topic="ci.created").payload["item"] == item.pk


def test_a_second_item_of_the_same_name_gets_a_key_of_its_own(world):
    make_ci(name="Imprimante", organisation=world.lumen)
    assert make_ci(name="Imprimante", organisation=world.finance).key == "imprimante-2"


def test_a_name_is_taken_once_in_a_class_and_organisation_until_it_is_retired(world):
    first = make_ci(name="SRV-1", organisation=world.lumen)
    with refused("name"):
        make_ci(name="SRV-1", organisation=world.lumen)
    services.retire_ci(first.pk, actor=world.admin, reason="end of life")
    assert make_ci(name="SRV-1", organisation=world.lumen).pk != first.pk


def test_the_same_name_of_nobody_in_particular_is_taken_once_too(world):
    make_ci(name="SRV-1")
    with refused("name"):
        make_ci(name="SRV-1")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"key": "srv-0"}, "key"),
        ({"criticality": 7}, "criticality"),
        ({"state": "asleep"}, "state"),
        ({"status": "lost"}, "status"),
        ({"source": "netbox", "external_id": "7"}, "external_id"),
        ({"ci_class": "spaceship"}, "ci_class"),
        ({"ci_class": "compute"}, "ci_class"),
        ({"attributes": {"colour": "red"}}, "attributes"),
        ({"colour": "red"}, None),
        ({"name": "   ", "key": "blank"}, "name"),
    ],
)
def test_bad_values_are_refused_with_the_name_of_their_field(world, fields, field):
    make_ci(key="srv-0", source="netbox", external_id="7")
    with refused(field):
        make_ci(**{"name": "SRV-NEW", **fields})
    assert ConfigurationItem.objects.count() == 1


def test_an_older_version_is_refused_and_changes_nothing(world):
    item = make_ci(name="SRV-1")
    services.update_ci(item.pk, actor=world.admin, version=1, serial="A")
    with pytest.raises(StaleVersion) as refusal:
        services.update_ci(item.pk, actor=world.agent, version=1, serial="B")
    item.refresh_from_db()
    assert (item.serial, item.version, refusal.value.data) == ("A", 2, {"version": 2})


def test_what_is_already_so_changes_neither_version_nor_history_nor_says_anything(world):
    item, seen = make_ci(name="SRV-1", serial="A"), now()
    services.update_ci(item.pk, actor=world.admin, serial="A", attributes={}, last_seen_at=seen)
    item.refresh_from_db()
    assert (item.version, item.last_seen_at) == (1, seen)
    assert CIHistory.objects.filter(item=item).count() == 1
    assert not Outbox.objects.filter(topic="ci.changed").exists()


def test_a_change_says_what_became_what(world):
    item = make_ci(name="SRV-1", attributes={"cpu_count": 4})
    services.update_ci(item.pk, actor=world.admin, reason="upgrade", name="SRV-2", attributes={"cpu_count": 8})
    changes = {"name": ["SRV-1", "SRV-2"], "attributes.cpu_count": [4, 8]}
    assert Entry.objects.get(verb="ci.changed").changes == changes
    assert Outbox.objects.get(topic="ci.changed").payload["changes"] == changes
    assert ConfigurationItem.objects.get(pk=item.pk).sort_key.startswith("srv-2")


def test_a_retired_item_takes_no_change_until_it_is_back(world):
    item = make_ci(name="SRV-1")
    services.retire_ci(item.pk, actor=world.admin, reason="sold")
    with refused():
        services.update_ci(item.pk, actor=world.admin, serial="A")
    with refused("target"):
        services.relate(item, make_ci(), "depends_on", actor=world.admin)
    services.update_ci(item.pk, actor=world.admin, status="live")
    assert services.update_ci(item.pk, actor=world.admin, serial="A").serial == "A"


def test_retiring_asks_for_a_reason(world):
    with refused("reason"):
        services.retire_ci(make_ci().pk, actor=world.admin, reason=" ")


@pytest.mark.parametrize(("kind", "field"), [("loves", "type"), ("depends_on", "target")])
def test_a_relation_needs_a_known_type_and_two_items(world, kind, field):
    item = make_ci()
    with refused(field):
        services.relate(item, item if kind == "depends_on" else make_ci(), kind, actor=world.admin)


def test_a_relation_is_made_once(world):
    source, target = make_ci(), make_ci()
    services.relate(source, target, "depends_on", actor=world.admin)
    with refused("target"):
        services.relate(source, target, "depends_on", actor=world.admin)


def test_a_class_says_where_its_relations_may_go(world):
    lpar, cec, server = make_ci(ci_class="lpar"), make_ci(ci_class="mainframe_cec"), make_ci()
    with refused("target"):
        services.relate(lpar, server, "runs_on", actor=world.admin)
    assert services.relate(lpar, cec, "runs_on", actor=world.admin).pk


def test_a_relation_that_is_gone_goes_quietly_and_keeps_who_removed_it(world):
    relation = services.relate(make_ci(), make_ci(), "depends_on", actor=world.admin)
    services.unrelate(relation.pk, actor=world.agent, reason="moved")
    services.unrelate(relation.pk, actor=world.agent)
    last = RelationHistory.objects.filter(relation_id=relation.pk).latest("pk")
    assert (last.actor, last.reason, last.changes) == (world.agent, "moved", {"removed": [False, True]})
    assert not RelationHistory.objects.filter(relation_id=relation.pk, valid_to=None).exists()
    assert Entry.objects.filter(verb="relation.removed").count() == 1


def test_a_service_and_its_item_share_version_and_history(world):
    service = make_service(name="Paie", service={"customer": world.finance, "stage": "build"})
    services.update_service(service.pk, actor=world.admin, version=1, stage="live", public=False)
    item = ConfigurationItem.objects.get(pk=service.pk)
    last = CIHistory.objects.get(item=item, valid_to=None)
    assert item.version == 2
    assert last.changes == {"service.public": [True, False], "service.stage": ["build", "live"]}
    assert last.data["service"]["customer_id"] == world.finance.pk
    with pytest.raises(StaleVersion):
        services.update_service(service.pk, actor=world.admin, version=1, stage="sunset")


def test_a_change_of_the_item_keeps_the_service_in_the_snapshot(world):
    service = make_service(service={"customer": world.finance})
    services.set_state(service.pk, "degraded", actor=world.admin)
    assert CIHistory.objects.get(item_id=service.pk, valid_to=None).data["service"]["customer_id"] == world.finance.pk


def test_a_service_ends_and_comes_back_with_its_item(world):
    service = make_service(organisation=world.lumen)
    services.retire_ci(service.pk, actor=world.admin, reason="replaced")
    service.refresh_from_db()
    assert (service.stage, service.retired_on is None) == ("retired", False)
    assert service not in Service.objects.for_portal(world.customer)
    services.update_ci(service.pk, actor=world.admin, status="live")
    service.refresh_from_db()
    assert (service.stage, service.retired_on) == ("live", None)


def test_the_state_follows_the_worst_open_outage(world):
    item = make_ci()

    def state():
        return ConfigurationItem.objects.get(pk=item.pk).state

    works = services.open_outage(item, actor=world.admin, planned=True)
    assert state() == "maintenance"
    slow = services.open_outage(item, actor=world.admin, degraded=True)
    assert state() == "degraded"
    down = services.open_outage(item, actor=world.admin)
    assert (down.pk, state()) == (slow.pk, "down")
    services.close_outage(down.pk, actor=world.admin)
    assert state() == "maintenance"
    services.close_outage(works.pk, actor=world.admin)
    services.close_outage(works.pk, actor=world.admin)
    assert state() == "up"
    assert Outbox.objects.filter(topic="outage.closed").count() == 2


def test_an_outage_over_another_is_refused_in_words(world):
    item, start = make_ci(), now() - timedelta(hours=3)
    first = services.open_outage(item, actor=world.admin, starts_at=start)
    services.close_outage(first.pk, actor=world.admin, ends_at=start + timedelta(hours=1))
    with refused("starts_at"):
        services.open_outage(item, actor=world.admin, starts_at=start + timedelta(minutes=30))


def test_an_outage_to_come_does_not_bring_the_item_down_yet(world):
    item = make_ci()
    services.open_outage(item, actor=world.admin, starts_at=now() + timedelta(days=1), planned=True)
    assert ConfigurationItem.objects.get(pk=item.pk).state == "up"


def test_retiring_ends_the_outages(world):
    item = make_ci()
    services.open_outage(item, actor=world.admin)
    services.retire_ci(item.pk, actor=world.admin, reason="broken")
    assert not Outage.objects.filter(item=item, ends_at=None).exists()


def test_loading_many_keeps_history_and_links_to_what_is_there(world):
    there = make_ci(name="There")
    kind = RelationType.objects.get(code="depends_on")
    items = [
        ConfigurationItem(key=f"k{n}", name=f"N{n}", ci_class="laptop", organisation=world.lumen) for n in range(50)
    ]
    made = services.bulk_load(
        items, [(f"k{n}", there.key, kind, 0, 1) for n in range(50)], actor=world.admin, reason="import"
    )
    assert len(made) == 50
    assert CIHistory.objects.filter(item__in=items, valid_to=None, reason="import").count() == 50
    assert RelationHistory.objects.filter(target_id=there.pk, actor=world.admin).count() == 50


@pytest.mark.parametrize(
    ("items", "relations"),
    [
        ([("a", "A"), ("a", "B")], []),
        ([("a", "A"), ("b", "A")], []),
        ([("a", "A")], [("a", "nowhere")]),
        ([("a", "A")], [("a", "a")]),
        ([("a", "A"), ("b", "B")], [("a", "b"), ("a", "b")]),
    ],
)
def test_loading_is_all_or_nothing(world, items, relations):
    kind = RelationType.objects.get(code="depends_on")
    rows = [ConfigurationItem(key=key, name=name, ci_class="laptop") for key, name in items]
    with pytest.raises(DomainError):
        services.bulk_load(rows, [(s, t, kind, 0, 1) for s, t in relations], actor=None, reason="")
    assert not ConfigurationItem.objects.exists()
    assert not Relation.objects.exists()
