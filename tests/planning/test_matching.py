"""What windows touch."""

from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.events import silencing
from itsm.events.services import raise_event
from itsm.people import services as people
from itsm.planning import services
from itsm.planning.matching import scope_of, touched, windows_at, windows_of, windows_touching
from tests.cmdb.factories import load_graph, make_ci, make_service

from .factories import MONDAY, make_window

DURING = MONDAY + timedelta(hours=1)


def names(window) -> list[str]:
    return sorted(touched(scope_of(window)).values_list("name", flat=True))


def test_an_item_in_its_window_is_told_apart_from_its_neighbour(world):
    inside, outside = make_ci(organisation=world.lumen), make_ci(organisation=world.lumen)
    window = make_window(world, scope={"items": [inside.pk]})
    found = windows_at([inside.pk, outside.pk], DURING)
    assert found == {inside.pk: window}
    assert found[inside.pk].ends == window.ends_at
    assert windows_at([inside.pk], MONDAY - timedelta(minutes=1)) == {}
    assert windows_at([inside.pk], window.ends_at) == {}


def test_a_class_means_those_below_it_too(world):
    make_ci(name="srv", organisation=world.lumen)
    make_ci(name="vm", ci_class="virtual_machine", organisation=world.lumen)
    make_ci(name="sw", ci_class="switch", organisation=world.lumen)
    assert names(make_window(world, scope={"classes": ["compute"]})) == ["srv", "vm"]
    assert names(make_window(world, scope={"classes": ["switch", "virtual_machine"]})) == ["sw", "vm"]


def test_a_site_means_the_places_in_it_too(world):
    room = people.create_site(actor=None, code="PAR-S1", name="Salle 1", organisation=world.lumen, parent=world.paris)
    make_ci(name="in the room", organisation=world.lumen, site=room)
    make_ci(name="elsewhere", organisation=world.lumen)
    assert names(make_window(world, scope={"sites": [world.paris.pk]})) == ["in the room"]


def test_a_service_means_all_that_it_stands_on(world):
    service = make_service(name="Paie", organisation=world.lumen)
    ids = load_graph(4, [(0, 1, 0, 1), (1, 2, 0, 1), (2, 0, 0, 1)], organisation=world.lumen)
    cmdb.relate(service.item, ConfigurationItem.objects.get(pk=ids[0]), "depends_on", actor=None)
    make_window(world, scope={"services": [service.pk]})
    assert {pk for pk in [*ids, service.pk] if windows_at([pk], DURING)} == {*ids[:3], service.pk}


def test_a_tag_is_one_of_the_tags_of_the_item(world):
    tagged = make_ci(organisation=world.lumen)
    other = make_ci(organisation=world.lumen)
    ConfigurationItem.objects.filter(pk=tagged.pk).update(attributes={"tags": ["paie", "lot-1"]})
    make_window(world, scope={"tags": ["lot-1"]})
    assert set(windows_at([tagged.pk, other.pk], DURING)) == {tagged.pk}


def test_the_aspects_must_all_hold_and_named_items_are_touched_in_any_case(world):
    make_ci(name="prod", organisation=world.lumen, environment="production")
    make_ci(name="test", organisation=world.lumen, environment="test")
    switch = make_ci(name="sw", ci_class="switch", organisation=world.lumen)
    scope = {"classes": ["compute"], "environments": ["production"], "items": [switch.pk]}
    assert names(make_window(world, scope=scope)) == ["prod", "sw"]


def test_a_freeze_of_nothing_in_particular_holds_for_the_organisation_and_those_below(world):
    mine, below = make_ci(organisation=world.lumen), make_ci(organisation=world.finance)
    shared, theirs = make_ci(), make_ci(organisation=world.other)
    freeze = make_window(world, kind="freeze", name="Fin d’année")
    found = windows_of([mine.pk, below.pk, shared.pk, theirs.pk], MONDAY, DURING)
    assert set(found) == {mine.pk, below.pk, shared.pk}
    assert found[mine.pk] == [freeze]
    assert windows_at([mine.pk], DURING) == {}, "a freeze is no maintenance"
    assert windows_at([mine.pk], DURING, kind="freeze") == {mine.pk: freeze}


def test_retired_items_are_in_no_window(world):
    item = make_ci(organisation=world.lumen, status="retired")
    make_window(world, scope={"classes": ["physical_server"]})
    assert windows_at([item.pk], DURING) == {}


def test_of_two_windows_the_one_that_ends_last_counts(world):
    item = make_ci(organisation=world.lumen)
    make_window(world, scope={"items": [item.pk]})
    longer = make_window(world, scope={"items": [item.pk]}, hours=8)
    make_window(world, scope={"items": [item.pk]}, hours=2)
    assert windows_at([item.pk], DURING)[item.pk] == longer


def test_windows_that_touch_an_item_come_in_order_with_their_first_occurrence(world):
    item = make_ci(organisation=world.lumen)
    late = make_window(world, scope={"items": [item.pk]}, starts_at=MONDAY + timedelta(days=2))
    weekly = make_window(world, scope={"items": [item.pk]}, repeats="weekly")
    make_window(world, scope={"items": [make_ci(organisation=world.lumen).pk]})
    week = MONDAY + timedelta(days=1), MONDAY + timedelta(days=15)
    found = windows_touching(item, *week)
    assert found == [late, weekly]
    assert found[1].begins == MONDAY + timedelta(days=7)
    assert windows_touching(item, *week, kind="freeze") == []


def test_what_was_called_off_touches_nothing(world):
    item = make_ci(organisation=world.lumen)
    window = make_window(world, scope={"items": [item.pk]})
    services.call_off(window.pk, actor=world.admin, reason="Reporté")
    assert windows_at([item.pk], DURING) == {}
    with pytest.raises(IllegalMove):
        services.change_window(window.pk, actor=world.admin, name="Encore")


def test_thousands_of_items_cost_two_queries_and_none_when_no_window_is_open(world, django_assert_num_queries):
    ids = load_graph(3000, [], organisation=world.lumen)
    make_window(world, scope={"classes": ["compute"]})
    make_window(world, scope={"items": ids[:400]}, hours=6)
    windows_at(ids[:1], DURING)
    with django_assert_num_queries(2):
        assert len(windows_at(ids, DURING)) == 3000
    with django_assert_num_queries(0):
        assert windows_at(ids, MONDAY - timedelta(days=1)) == {}


def test_conditions_on_services_sites_and_tags_are_part_of_the_same_statement(world, django_assert_num_queries):
    service = make_service(name="Paie", organisation=world.lumen)
    items = [make_ci(organisation=world.lumen, site=world.paris) for _n in range(3)]
    cmdb.relate(service.item, items[0], "depends_on", actor=None)
    for scope in ({"services": [service.pk]}, {"sites": [world.paris.pk]}, {"tags": ["x"]}, {"classes": ["switch"]}):
        make_window(world, scope=scope)
    ids = [item.pk for item in items]
    windows_at(ids, DURING)
    with django_assert_num_queries(2):
        assert set(windows_at(ids, DURING)) == set(ids)


def test_a_window_that_cannot_be_is_refused_with_its_field(world):
    for wrong, field in (
        ({"hours": -1}, "ends_at"), ({"hours": 30, "repeats": "daily"}, "ends_at"), ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"name": " "}, "name"), ({"repeats": "weekly", "until": MONDAY.date() - timedelta(days=1)}, "until"), ({}, "classes"),
    ):  # fmt: skip
        with pytest.raises(DomainError) as refused:
            make_window(world, **wrong)
        assert refused.value.field == field


def test_a_change_is_kept_with_its_conditions_and_refused_when_it_is_old(world):
    item = make_ci(organisation=world.lumen)
    window = make_window(world, scope={"items": [item.pk]})
    services.change_window(window.pk, actor=world.admin, version=1, name="Autre", scope={"classes": ["switch"]})
    entry = Entry.objects.filter(verb="window.changed").get()
    assert set(entry.changes) == {"name", "conditions"}
    assert windows_at([item.pk], DURING) == {}
    with pytest.raises(StaleVersion):
        services.change_window(window.pk, actor=world.admin, version=1, name="Trop tard")


def test_a_single_window_that_runs_can_end_now(world, monkeypatch):
    window = make_window(world, scope={"classes": ["switch"]})
    monkeypatch.setattr(services, "now", lambda: DURING)
    assert services.end_now(window.pk, actor=world.admin).ends_at == DURING
    with pytest.raises(IllegalMove):
        services.end_now(window.pk, actor=world.admin)


def test_what_one_organisation_plans_on_an_item_of_nobody_holds_up_nothing_of_another(world):
    shared, own = make_ci(organisation=None), make_ci(organisation=world.lumen)
    window = make_window(world, scope={"items": [shared.pk, own.pk]})
    assert windows_at([shared.pk], DURING, house=world.finance.pk) == {shared.pk: window}, "those above count"
    assert windows_at([shared.pk, own.pk], DURING, house=world.other.pk) == {own.pk: window}
    assert windows_of([shared.pk], MONDAY, DURING, house=world.other.pk) == {}
    alert = raise_event(organisation=world.other, source="s", key="k", severity="critical", title="T", item=shared)
    silencing.look([alert], DURING)
    assert alert.maintenance_until is None
    alert.organisation = world.lumen
    silencing.look([alert], DURING)
    assert alert.maintenance_until == window.ends_at
