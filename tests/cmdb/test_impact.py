"""What suffers: redundancy, strength, cycles, the cap, the past; and random graphs against a naive fixpoint."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsm.cmdb import impact, services, snapshots
from itsm.cmdb.impact import DEGRADED, DOWN, Edge
from itsm.cmdb.models import Relation, RelationType
from itsm.core import now, versions
from tests.cmdb.factories import load_graph, make_ci, make_service

pytestmark = pytest.mark.django_db


def states(root, **more):
    return impact.compute(root, **more).states


def oracle(root: int, edges: list[Edge], size: int) -> dict[int, int]:
    """Every item looked at again and again until nothing changes, straight from the definition."""
    state = dict.fromkeys(range(size), 0) | {root: DOWN}
    changed = True
    while changed:
        changed = False
        for pk in set(range(size)) - {root}:
            alone = [
                min(state[e.target], DOWN if e.strength == "full" else DEGRADED)
                for e in edges
                if e.source == pk and not e.group
            ]
            found = max(alone, default=0)
            for group in {e.group for e in edges if e.source == pk and e.group}:
                members = [e for e in edges if e.source == pk and e.group == group]
                need = min(len(members), max(e.need for e in members))
                up = sum(state[e.target] != DOWN for e in members)
                found = max(found, DOWN if up < need else DEGRADED if any(state[e.target] for e in members) else 0)
            if found > state[pk]:
                state[pk], changed = found, True
    return {pk: s for pk, s in state.items() if s and pk != root}


@st.composite
def graphs(draw):
    size = draw(st.integers(2, 9))
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda p: p[0] != p[1]),
            unique=True,
            max_size=30,
        )
    )
    edges = [
        Edge(s, t, draw(st.integers(0, 2)), draw(st.integers(1, 3)), draw(st.sampled_from(["full", "partial"])))
        for s, t in pairs
    ]
    return size, edges


@given(graphs())
@settings(max_examples=400, deadline=None)
def test_settling_says_what_a_naive_fixpoint_says_cycles_included(graph):
    size, edges = graph
    assert impact.settle(0, edges, impact.sizes(edges)) == oracle(0, edges, size)


@given(graphs())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_graph_read_from_the_database_settles_like_the_one_in_memory(world, graph):
    size, edges = graph
    ids = load_graph(size, [(e.source, e.target, e.group, e.need) for e in edges])
    plain = [Edge(e.source, e.target, e.group, e.need) for e in edges]
    expected = {ids[pk]: state for pk, state in oracle(0, plain, size).items()}
    assert states(ids[0], depth=size) == expected
    assert states(ids[0], depth=size, at=now() + timedelta(seconds=1)) == expected


@st.composite
def dated(draw):
    """A graph whose edges have a strength, a group with n of m, and count before, during or after a day from now."""
    size, edges = draw(graphs())
    return size, [(edge, draw(st.sampled_from(["always", "from", "until", "past", "to come"]))) for edge in edges]


DATES = {
    "always": (None, None), "from": (-1, None), "until": (None, 1), "past": (-2, -1), "to come": (1, 2),
}  # fmt: skip


@given(dated())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_strength_n_of_m_and_dates_read_from_the_database_settle_like_a_naive_fixpoint(world, graph):
    size, edges = graph
    ids, start = load_graph(size, []), now()
    kind = RelationType.objects.get(code="depends_on")
    for edge, when in edges:
        since, until = (start + timedelta(days=n) if n else None for n in DATES[when])
        relation = Relation.objects.create(
            source_id=ids[edge.source], target_id=ids[edge.target], type=kind, group=edge.group, need=edge.need,
            strength=edge.strength, valid_from=since, valid_to=until,
        )  # fmt: skip
        snapshots.keep_relation(relation, actor=None, at=start)
    versions.bump(impact.GRAPH)
    for at, counting in (
        (None, {"always", "from", "until"}),
        (start + timedelta(hours=36), {"always", "from", "to come"}),
    ):
        alive = [edge for edge, when in edges if when in counting]
        expected = {ids[pk]: state for pk, state in oracle(0, alive, size).items()}
        assert states(ids[0], depth=size, at=at) == expected
    assert states(ids[0], depth=size, at=start + timedelta(seconds=1)) == states(ids[0], depth=size)


@given(graphs())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_going_upstream_says_of_each_what_its_loss_does_to_the_item(world, graph):
    size, edges = graph
    plain = [Edge(e.source, e.target, e.group, e.need) for e in edges]
    ids = load_graph(size, [(e.source, e.target, e.group, e.need) for e in edges])
    found = impact.dependencies(ids[0], depth=size)
    reached, work = set(), [0]
    while work:
        here = work.pop()
        further = {e.target for e in plain if e.source == here} - reached
        reached |= further
        work += further
    assert set(found.level) == {ids[pk] for pk in reached - {0}}
    assert found.states == {ids[pk]: oracle(pk, plain, size).get(0, 0) for pk in reached - {0}}


def test_one_of_two_lost_degrades_and_both_lost_bring_down(world):
    root, a, b, rack = load_graph(4, [(1, 0, 0, 1), (2, 0, 0, 1), (3, 1, 1, 1), (3, 2, 1, 1)])
    assert states(a) == {rack: DEGRADED}
    assert states(root) == {a: DOWN, b: DOWN, rack: DOWN}


def test_two_of_three_needed_bear_one_loss_and_not_two(world):
    edges = [(3, n, 1, 2) for n in range(3)] + [(0, 4, 0, 1), (1, 4, 0, 1)]
    one, two, _three, farm, feed = load_graph(5, edges)
    assert states(one) == {farm: DEGRADED}
    assert states(feed) == {one: DOWN, two: DOWN, farm: DOWN}


def test_a_group_that_asks_for_more_than_it_has_asks_for_all(world):
    root, other, source = load_graph(3, [(2, 0, 1, 5), (2, 1, 1, 5)])
    assert states(root) == {source: DOWN}
    assert states(other) == {source: DOWN}


def test_a_partial_dependency_only_degrades(world):
    database, application = make_ci(), make_ci(ci_class="application")
    services.relate(application, database, "depends_on", actor=None, strength="partial")
    assert states(database.pk) == {application.pk: DEGRADED}


def test_a_relation_counts_only_between_its_dates(world):
    server, soon, past = make_ci(), make_ci(), make_ci()
    services.relate(soon, server, "depends_on", actor=None, valid_from=now() + timedelta(days=1))
    services.relate(past, server, "depends_on", actor=None, valid_to=now() - timedelta(days=1))
    assert states(server.pk) == {}


def test_a_relation_that_carries_no_impact_carries_none(world):
    plan, server = make_ci(ci_class="backup_plan"), make_ci()
    services.relate(server, plan, "backed_up_by", actor=None)
    assert states(plan.pk) == {}


def test_what_is_retired_neither_suffers_nor_passes_on(world):
    root, middle, end = load_graph(3, [(1, 0, 0, 1), (2, 1, 0, 1)])
    services.retire_ci(middle, actor=None, reason="gone")
    assert states(root) == {}
    assert impact.compute(root).level == {}
    assert end not in impact.compute(root).parent


def test_a_retired_member_does_not_hold_its_group_up(world):
    one, two, source = load_graph(3, [(2, 0, 1, 1), (2, 1, 1, 1)])
    services.retire_ci(two, actor=None, reason="gone")
    assert states(one) == {source: DOWN}


def test_the_path_is_the_shortest(world):
    ids = load_graph(5, [(1, 0, 0, 1), (2, 1, 0, 1), (3, 2, 0, 1), (3, 0, 0, 1), (4, 3, 0, 1)])
    assert impact.compute(ids[0]).path(ids[4]) == [ids[0], ids[3], ids[4]]


def test_depth_bounds_how_far_is_looked(world):
    ids = load_graph(5, [(n + 1, n, 0, 1) for n in range(4)])
    assert set(states(ids[0], depth=2)) == {ids[1], ids[2]}


def test_the_answer_about_a_hub_is_cut_said_and_still_counts_the_direct_ones(world):
    ids = load_graph(40, [(n, 0, 0, 1) for n in range(1, 40)], organisation=world.lumen)
    found = impact.report(ids[0], user=world.agent, cap=10)
    assert found["truncated"]
    assert len(found["items"]) == 10
    assert found["direct"] == 39


def test_several_relations_of_one_pair_do_not_cut_the_answer(world):
    ids = load_graph(10, [(n, 0, 0, 1) for n in range(1, 10)])
    kinds = RelationType.objects.exclude(code="depends_on").order_by("code")[:3]
    Relation.objects.bulk_create(
        Relation(source_id=ids[n], target_id=ids[0], type=kind, carries_impact=True)
        for n in range(1, 10)
        for kind in kinds
    )
    versions.bump(impact.GRAPH)
    found = impact.compute(ids[0], cap=10)
    assert (found.truncated, len(found.states), len(found.lines)) == (False, 9, 36)


@given(graphs())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_cut_answer_holds_every_relation_among_what_it_shows(world, graph):
    size, edges = graph
    edges = [Edge(e.source, e.target) for e in edges]
    ids = load_graph(size, [(e.source, e.target, 0, 1) for e in edges])
    numbers = {pk: n for n, pk in enumerate(ids)}
    for at in (None, now() + timedelta(seconds=1)):
        found = impact.compute(ids[0], depth=size, cap=3, at=at)
        shown = {0, *(numbers[pk] for pk in found.level)}
        within = [e for e in edges if e.source in shown and e.target in shown]
        assert {numbers[pk]: state for pk, state in found.states.items()} == oracle(0, within, size)
        assert found.truncated == (len(impact.compute(ids[0], depth=size, at=at).level) > 3)
        if found.truncated:
            assert sorted((numbers[a], numbers[b]) for a, b in found.lines) == sorted(
                (e.target, e.source) for e in within
            )


def test_as_of_an_instant_the_old_relations_count(world):
    database, application = make_ci(), make_ci(ci_class="application")
    relation = services.relate(application, database, "depends_on", actor=None)
    then = now()
    services.unrelate(relation.pk, actor=None)
    assert states(database.pk) == {}
    assert states(database.pk, at=then) == {application.pk: DOWN}


def test_a_change_of_the_graph_is_seen_although_the_answer_was_kept(world, django_capture_on_commit_callbacks):
    database, application = make_ci(), make_ci(ci_class="application")
    assert states(database.pk) == {}
    with django_capture_on_commit_callbacks(execute=True):
        services.relate(application, database, "depends_on", actor=None)
    assert states(database.pk) == {application.pk: DOWN}


def test_services_come_first_with_the_people_of_their_customers(world):
    server = make_ci(organisation=world.lumen, site=world.paris)
    near = make_ci(organisation=world.lumen, site=world.paris)
    service = make_service(organisation=world.lumen, service={"customer": world.finance})
    services.relate(near, server, "depends_on", actor=None)
    services.relate(service.item, near, "depends_on", actor=None)
    found = impact.report(server.pk, user=world.agent)
    assert [row["id"] for row in found["items"]] == [service.pk, near.pk]
    assert found["items"][0]["path"] == [server.name, near.name, service.item.name]
    assert found["people"] == 2
    assert found["places"] == [{"site": "Paris", "count": 1}]


def test_items_of_others_are_neither_named_nor_counted(world):
    server = make_ci(organisation=world.lumen)
    theirs = make_service(organisation=world.other, service={"customer": world.other})
    services.relate(theirs.item, server, "depends_on", actor=None)
    found = impact.report(server.pk, user=world.agent)
    assert found["items"] == []
    assert found["direct"] == 0
    assert found["people"] == 0


def test_the_report_counts_services_applications_and_everybody_touched(world):
    server = make_ci(organisation=world.lumen)
    application = make_ci(ci_class="web_application", organisation=world.lumen)
    pay = make_service(organisation=world.lumen, service={"customer": world.finance})
    everybody = make_service(organisation=world.lumen)
    services.relate(application, server, "depends_on", actor=None)
    services.relate(pay.item, application, "depends_on", actor=None)
    services.relate(everybody.item, server, "depends_on", actor=None, strength="partial")
    found = impact.report(server.pk, user=world.agent)
    assert found["services"] == {"down": 1, "degraded": 1}
    assert found["applications"] == {"down": 1, "degraded": 0}
    assert (found["down"], found["degraded"]) == (2, 1)
    assert found["people"] == 2
    assert found["people_touched"] > found["people"], "a service without a customer is for its whole organisation"
    assert {row["code"]: row["count"] for row in found["classes"]} == {"web_application": 1, "it_service": 2}
    only = impact.report(server.pk, user=world.agent, within=["application"])
    assert [row["id"] for row in only["items"]] == [application.pk]
    assert only["services"] == {"down": 1, "degraded": 1}, "figures stay those of the whole"


def test_services_hurt_come_the_worst_and_most_vital_first_and_only_as_far_as_one_sees(world):
    server = make_ci(organisation=world.lumen)
    vital = make_service(name="Vital", organisation=world.lumen, criticality=1)
    minor = make_service(name="Minor", organisation=world.lumen, criticality=4)
    bears = make_service(name="Bears", organisation=world.lumen, criticality=1)
    theirs = make_service(name="Theirs", organisation=world.other)
    for service in (vital, minor, theirs):
        services.relate(service.item, server, "depends_on", actor=None)
    services.relate(bears.item, server, "depends_on", actor=None, strength="partial")
    found = impact.services_hurt([server.pk], user=world.agent)
    assert [(row["name"], row["state"]) for row in found] == [
        ("Vital", "down"),
        ("Minor", "down"),
        ("Bears", "degraded"),
    ]
    assert [row["name"] for row in impact.services_hurt([minor.pk], user=world.agent)] == ["Minor"]
    assert impact.services_hurt([server.pk], user=world.customer) == []


def test_the_report_of_the_past_uses_the_names_of_then(world):
    server, above = make_ci(organisation=world.lumen), make_ci(name="Old name", organisation=world.lumen)
    services.relate(above, server, "depends_on", actor=None)
    then = now()
    services.update_ci(above.pk, actor=None, name="New name")
    assert [row["name"] for row in impact.report(server.pk, user=world.agent, at=then)["items"]] == ["Old name"]
    assert [row["name"] for row in impact.report(server.pk, user=world.agent)["items"]] == ["New name"]


def test_a_service_that_stops_touches_the_people_who_use_it(world):
    service = make_service(name="Mail", organisation=world.lumen)
    found = impact.report(service.item_id, user=world.network)
    assert found["services"] == {"down": 1, "degraded": 0}
    assert found["people"] == found["people_touched"] > 0
    assert (found["down"], found["items"]) == (0, []), "what depends on it is counted apart"
    assert impact.summary([service.item_id], user=world.network)["people"] == found["people"]
    server = make_ci(name="alone", organisation=world.lumen)
    assert impact.report(server.pk, user=world.network)["people"] == 0
    assert impact.report(service.item_id, user=world.network, upstream=True)["people"] == 0
