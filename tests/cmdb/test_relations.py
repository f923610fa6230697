"""A relation that is there is changed: strength, redundancy, dates; its history, its page, its words."""

from datetime import timedelta

import pytest
from django.utils import translation

from itsm.audit.models import Entry
from itsm.cmdb import impact, neighbours, services, snapshots
from itsm.cmdb.impact import DEGRADED, DOWN
from itsm.cmdb.models import Relation, RelationHistory
from itsm.core import now
from itsm.core.errors import DomainError, StaleVersion
from itsm.people import services as people
from tests.cmdb.factories import load_graph, make_ci

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(_product_language):
    translation.activate("en")


@pytest.fixture
def farm(world):
    """A farm that needs one of two servers. Returns the farm, the servers and the relations."""
    farm, one, two = (make_ci(name=name, organisation=world.lumen) for name in ("FARM", "ONE", "TWO"))
    made = [services.relate(farm, each, "depends_on", actor=None, group=1) for each in (one, two)]
    return farm, one, two, made


def test_a_change_is_kept_with_before_after_who_and_why(world, farm):
    _farm, one, _two, (relation, _other) = farm
    before = now()
    services.change_relation(relation.pk, actor=world.network, strength="partial", group=0, reason="measured")
    kept = RelationHistory.objects.get(relation_id=relation.pk, valid_to=None)
    assert kept.changes == {"strength": ["full", "partial"], "group": [1, 0]}
    assert (kept.actor, kept.reason) == (world.network, "measured")
    assert Entry.objects.filter(verb="relation.changed").get().changes == kept.changes
    assert snapshots.relations_as_of(before, targets=[one.pk]).get().data["strength"] == "full"


def test_what_is_already_so_changes_nothing(world, farm):
    relation = farm[3][0]
    services.change_relation(relation.pk, actor=None, strength="full", group=1, need=1)
    assert RelationHistory.objects.filter(relation_id=relation.pk).count() == 1
    assert Relation.objects.get(pk=relation.pk).version == 1


def test_a_group_has_one_need_whichever_member_says_it(world, farm):
    group, one, _two, (relation, other) = farm
    assert impact.compute(one.pk).states == {group.pk: DEGRADED}
    services.change_relation(relation.pk, actor=None, need=2)
    assert set(Relation.objects.values_list("need", flat=True)) == {2}
    assert RelationHistory.objects.get(relation_id=other.pk, valid_to=None).changes == {"need": [1, 2]}
    services.change_relation(other.pk, actor=None, need=1)
    assert set(Relation.objects.values_list("need", flat=True)) == {1}


def test_a_change_is_seen_in_the_impact_at_once(world, farm, django_capture_on_commit_callbacks):
    group, one, _two, (relation, _other) = farm
    assert impact.compute(one.pk).states == {group.pk: DEGRADED}
    with django_capture_on_commit_callbacks(execute=True):
        services.change_relation(relation.pk, actor=None, need=2)
    assert impact.compute(one.pk).states == {group.pk: DOWN}


def test_what_cannot_be_is_refused_in_words(world, farm):
    _farm, one, _two, (relation, _other) = farm
    with pytest.raises(StaleVersion):
        services.change_relation(relation.pk, actor=None, version=7, strength="partial")
    with pytest.raises(DomainError, match="end after it starts"):
        services.change_relation(relation.pk, actor=None, valid_from=now(), valid_to=now() - timedelta(days=1))
    with pytest.raises(DomainError, match="cannot be changed"):
        services.change_relation(relation.pk, actor=None, target=one)
    with pytest.raises(DomainError, match="gone"):
        services.change_relation(relation.pk + 1000, actor=None, strength="full")
    services.retire_ci(one.pk, actor=None, reason="sold")
    with pytest.raises(DomainError, match="is retired"):
        services.change_relation(relation.pk, actor=None, strength="partial")


def test_relations_say_in_words_what_they_bear_and_when_they_count(world, farm):
    group, _one, _two, (relation, _other) = farm
    words = lambda: {line["name"]: line["words"] for line in neighbours.relations(group.pk, world.agent, None)["out"]}  # noqa: E731
    assert words()["ONE"] == ["1 of 2 is enough (group 1)"]
    third = make_ci(name="THREE", organisation=world.lumen)
    services.relate(group, third, "depends_on", actor=None, group=1)
    services.change_relation(relation.pk, actor=None, need=2)
    assert words()["THREE"] == ["2 of 3 needed (group 1)"]
    services.change_relation(relation.pk, actor=None, need=3, strength="partial")
    assert words()["ONE"] == ["all 3 needed (group 1)", "degrades only"]
    services.change_relation(relation.pk, actor=None, valid_from=now() + timedelta(days=2))
    line = next(each for each in neighbours.relations(group.pk, world.agent, None)["out"] if each["name"] == "ONE")
    assert line["rests"]
    assert line["words"][-1].startswith("counts from")


def test_the_other_side_counts_the_whole_group(world, farm):
    _farm, one, _two, _made = farm
    assert neighbours.relations(one.pk, world.agent, None)["in"][0]["words"] == ["1 of 2 is enough (group 1)"]
    assert neighbours.relations(one.pk, world.agent, now())["in"][0]["words"] == ["1 of 2 is enough (group 1)"]


def test_the_neighbours_of_the_past_have_their_names_and_states_of_then(world, farm):
    group, one, _two, _made = farm
    then = now()
    services.update_ci(one.pk, actor=None, name="ONE-B", state="down")
    names = lambda at: {line["name"] for line in neighbours.relations(group.pk, world.agent, at)["out"]}  # noqa: E731
    assert names(then) == {"ONE", "TWO"}
    assert names(None) == {"ONE-B", "TWO"}


@pytest.fixture
def keeper(world, client):
    """A browser of somebody who may change items, in English."""
    person = people.create_person(
        actor=None, username="keeper", organisation=world.lumen, language="en", roles=[("specialist", world.lumen)]
    )
    client.force_login(person)
    return client


def test_a_keeper_changes_a_relation_on_its_page(world, keeper, farm):
    group, one, _two, (relation, _other) = farm
    path = f"/cmdb/{group.pk}/relations/{relation.pk}/"
    page = keeper.get(path).content.decode()
    assert "1 of 2 is enough (group 1): ONE, TWO" in page
    sent = {"version": "1", "strength": "partial", "redundancy": "some", "group": "1", "need": "2", "reason": "tested"}
    assert keeper.post(path, sent).url == f"/cmdb/{group.pk}/"
    relation.refresh_from_db()
    assert (relation.strength, relation.group, relation.need) == ("partial", 1, 2)
    assert "degrades only" in keeper.get(f"/cmdb/{one.pk}/").content.decode()
    history = keeper.get(f"/cmdb/{one.pk}/history/?part=relations").content.decode()
    assert "tested" in history
    assert "Works less well without it" in history


def test_the_page_of_a_relation_refuses_what_does_not_fit(world, keeper, farm):
    group, _one, _two, (relation, _other) = farm
    path = f"/cmdb/{group.pk}/relations/{relation.pk}/"
    sent = {"version": "1", "strength": "full", "redundancy": "some", "group": "1"}
    assert keeper.post(path, sent).status_code == 422
    dates = {"valid_from": "2026-12-02T10:00", "valid_to": "2026-12-01T10:00"}
    assert keeper.post(path, sent | {"need": "1"} | dates).status_code == 422
    services.change_relation(relation.pk, actor=None, strength="partial")
    stale = keeper.post(path, sent | {"need": "2"})
    assert stale.status_code == 409
    assert "Somebody changed this relation meanwhile" in stale.content.decode()


def test_a_group_without_a_number_is_a_new_one(world, keeper, farm):
    group = farm[0]
    other = make_ci(name="SAN", organisation=world.lumen)
    sent = {"type": "depends_on", "target": "SAN", "strength": "full", "redundancy": "any", "group": "", "need": ""}
    assert keeper.post(f"/cmdb/{group.pk}/relations/", sent).status_code == 302
    assert Relation.objects.get(source=group, target=other).group == 2


def test_a_relation_to_what_one_may_not_see_has_no_page(world, keeper):
    ours, theirs = make_ci(organisation=world.lumen), make_ci(organisation=world.other)
    relation = services.relate(ours, theirs, "depends_on", actor=None)
    assert keeper.get(f"/cmdb/{ours.pk}/relations/{relation.pk}/").status_code == 404


def test_the_page_of_an_impact_shows_figures_filters_and_pages(world, keeper):
    ids = load_graph(130, [(n, 0, 0, 1) for n in range(1, 130)], organisation=world.lumen)
    page = keeper.get(f"/cmdb/{ids[0]}/impact/").content.decode()
    assert "129 down" in page
    assert "1 to 50 of 129" in page
    assert len(page) < 60_000
    assert "101 to 129 of 129" in keeper.get(f"/cmdb/{ids[0]}/impact/?start=100").content.decode()
    assert "No item of these classes is touched" in keeper.get(f"/cmdb/{ids[0]}/impact/?class=laptop").content.decode()
    assert keeper.get(f"/cmdb/{ids[0]}/impact/?depth=ninety&limit=x&start=-3&class=nothing").status_code == 200


def test_the_graph_has_its_places_from_the_server_and_states_move_nothing(world, keeper, farm):
    group, one, _two, (relation, _other) = farm
    path = f"/cmdb/{one.pk}/impact/graph/"
    first = keeper.get(path).json()
    assert {node["id"]: node["state"] for node in first["nodes"]} == {one.pk: "down", group.pk: "degraded"}
    assert first["edges"] == [{"source": one.pk, "target": group.pk, "state": "degraded", "beside": False}]
    services.change_relation(relation.pk, actor=None, group=0)
    second = keeper.get(path).json()
    places = [[(node["id"], node["x"], node["y"]) for node in found["nodes"]] for found in (first, second)]
    assert places[0] == places[1]


def test_dependencies_are_a_page_and_a_graph_of_their_own(world, keeper, farm):
    group = farm[0]
    page = keeper.get(f"/cmdb/{group.pk}/impact/?view=dependencies").content.decode()
    assert "What FARM lives on" in page
    assert page.count("Degraded") == 2
    found = keeper.get(f"/cmdb/{group.pk}/impact/graph/?view=dependencies").json()
    assert {node["state"] for node in found["nodes"]} == {"root", "degraded"}
    assert all(node["x"] < 0 for node in found["nodes"] if node["state"] != "root")


def test_a_filtered_graph_keeps_the_ways_to_what_is_chosen(world, keeper):
    server, middle, end = (
        make_ci(name=name, ci_class=code, organisation=world.lumen)
        for name, code in (("S", "physical_server"), ("M", "virtual_machine"), ("E", "application"))
    )
    services.relate(middle, server, "depends_on", actor=None)
    services.relate(end, middle, "depends_on", actor=None)
    found = keeper.get(f"/cmdb/{server.pk}/impact/graph/?class=application").json()
    assert {node["name"]: node["muted"] for node in found["nodes"]} == {"S": False, "M": True, "E": False}
    assert len(found["edges"]) == 2


def test_the_page_of_a_hub_counts_all_its_neighbours_shows_some_and_stays_light(world, keeper):
    ids = load_graph(80, [(n, 0, 0, 1) for n in range(1, 80)], organisation=world.lumen)
    page = keeper.get(f"/cmdb/{ids[0]}/").content.decode()
    assert "79 items" in page
    assert "54 more" in page
    assert len(page) < 60_000
