"""Two instants beside each other: an item, its relations, everything of a baseline."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from itsm.audit.models import Entry
from itsm.cmdb import comparing, services
from itsm.cmdb.models import Baseline, CIHistory, RelationHistory
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.people import services as people
from tests.cmdb.factories import load_graph, make_ci

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(_product_language):
    translation.activate("en")


@pytest.fixture
def keeper(world, client):
    """A browser of somebody who may change items, in English."""
    person = people.create_person(
        actor=None, username="keeper", organisation=world.lumen, language="en", roles=[("specialist", world.lumen)]
    )
    client.force_login(person)
    return client


def test_fields_of_an_item_are_compared_between_any_two_instants(world):
    item = make_ci(name="SRV", serial="A")
    first = now()
    services.update_ci(item.pk, actor=None, serial="B", attributes={"cpu_count": 4})
    second = now()
    services.update_ci(item.pk, actor=None, serial="A")
    assert comparing.item_between(item.pk, first, second)[2] == {
        "serial": ["A", "B"], "attributes.cpu_count": [None, 4],
    }  # fmt: skip
    assert comparing.item_between(item.pk, first, now())[2] == {"attributes.cpu_count": [None, 4]}
    assert comparing.item_between(item.pk, item.created_at - timedelta(days=1), first)[0] is None


def test_relations_that_came_went_and_changed_are_told_apart(world):
    farm, kept, gone, fresh, back = (make_ci(name=f"N{n}") for n in range(5))
    stays = services.relate(farm, kept, "depends_on", actor=None)
    leaves = services.relate(farm, gone, "depends_on", actor=None)
    leaves_and_returns = services.relate(back, farm, "depends_on", actor=None)
    since = now()
    services.change_relation(stays.pk, actor=None, strength="partial")
    services.unrelate(leaves.pk, actor=None)
    services.relate(farm, fresh, "depends_on", actor=None)
    services.unrelate(leaves_and_returns.pk, actor=None)
    services.relate(back, farm, "depends_on", actor=None)
    found = comparing.relations_between(farm.pk, since, now())
    assert [data["target_id"] for data in found.added] == [fresh.pk]
    assert [data["target_id"] for data in found.removed] == [gone.pk]
    assert [(old["strength"], new["strength"]) for old, new in found.changed] == [("full", "partial")]


def test_the_page_puts_both_instants_beside_each_other(world, keeper):
    item = make_ci(name="SRV", serial="AAA-1", organisation=world.lumen)
    since = now()
    services.update_ci(item.pk, actor=None, serial="BBB-2")
    services.relate(item, make_ci(name="SAN-7", organisation=world.lumen), "depends_on", actor=None)
    page = keeper.get(f"/cmdb/{item.pk}/compare/", {"from": since.isoformat()}).content.decode()
    for words in ("AAA-1", "BBB-2", "SAN-7", "to now"):
        assert words in page
    assert "Choose an instant" in keeper.get(f"/cmdb/{item.pk}/compare/").content.decode()
    assert 'role="alert"' in keeper.get(f"/cmdb/{item.pk}/compare/?from=yesterday").content.decode()
    turned = {"from": now().isoformat(), "to": since.isoformat()}
    assert "exchanged" in keeper.get(f"/cmdb/{item.pk}/compare/", turned).content.decode()


def test_the_other_end_that_one_may_not_see_is_not_named(world, keeper):
    item, theirs = make_ci(organisation=world.lumen), make_ci(name="SECRET", organisation=world.other)
    since = now()
    services.relate(item, theirs, "depends_on", actor=None)
    assert "SECRET" not in keeper.get(f"/cmdb/{item.pk}/compare/", {"from": since.isoformat()}).content.decode()


def test_the_page_of_an_item_as_it_was_says_so_and_hides_what_is_of_now(world, keeper):
    item = make_ci(name="SRV", serial="OLD-1", organisation=world.lumen)
    then = now()
    services.update_ci(item.pk, actor=None, serial="NEW-1")
    services.report_drift(item.pk, actor=None, source="inventory", said={"serial": "X"})
    page = keeper.get(f"/cmdb/{item.pk}/", {"at": then.isoformat()}).content.decode()
    assert "As it was on" in page
    assert "<dd>OLD-1</dd>" in page
    assert "<dd>NEW-1</dd>" not in page
    assert "Differences to decide" not in page
    assert "NEW-1" not in page, "its history ends at the instant"
    assert f"/cmdb/{item.pk}/edit/" not in page


def test_a_baseline_has_a_name_an_author_and_an_audit_entry(world):
    made = services.make_baseline(actor=world.network, name="  Before  the move ", ci_class="compute", note="audit")
    assert (made.name, made.made_by, made.ci_class) == ("Before the move", world.network, "compute")
    assert Entry.objects.get(verb="baseline.made").subject_text == "Before the move"
    with pytest.raises(DomainError, match="has this name"):
        services.make_baseline(actor=None, name="Before the move")
    with pytest.raises(DomainError, match="still to come"):
        services.make_baseline(actor=None, name="Later", at=now() + timedelta(days=1))
    with pytest.raises(DomainError, match="no such class"):
        services.make_baseline(actor=None, name="Odd", ci_class="spoon")
    services.remove_baseline(made.pk, actor=world.network)
    services.remove_baseline(made.pk, actor=world.network)
    assert not Baseline.objects.exists()
    assert Entry.objects.filter(verb="baseline.removed").count() == 1


def changed(user, since, **scope) -> dict[str, bool]:
    """{name: was it known before} of the items that differ from then to now."""
    rows = comparing.changed_items(comparing.Scope(user, **scope), since, now()).order_by("item_id")
    return {row["data"]["name"]: row["before"] is not None for row in rows}


def test_a_baseline_lists_what_differs_now_in_its_scope_and_nothing_else(world):
    server, laptop, theirs, same = (
        make_ci(name="server", organisation=world.finance), make_ci(name="laptop", ci_class="laptop", organisation=world.lumen),
        make_ci(name="theirs", organisation=world.other), make_ci(name="same", organisation=world.lumen),
    )  # fmt: skip
    since = now()
    for each in (server, laptop, theirs):
        services.update_ci(each.pk, actor=None, serial="S")
    services.update_ci(same.pk, actor=None, serial="T")
    services.update_ci(same.pk, actor=None, serial="")
    make_ci(name="new", organisation=world.lumen)
    assert changed(world.agent, since) == {"server": True, "laptop": True, "new": False}
    assert changed(world.agent, since, ci_class="compute") == {"server": True, "new": False}
    assert changed(world.agent, since, organisation_id=world.finance.pk) == {"server": True}
    services.update_ci(laptop.pk, actor=None, ci_class="desktop")
    assert "laptop" in changed(world.agent, since, ci_class="laptop"), "it was of this class"


def test_the_page_of_a_baseline_is_paged_and_has_its_relations(world, keeper):
    ids = load_graph(60, [], organisation=world.lumen)
    made = services.make_baseline(actor=world.network, name="Before")
    for pk in ids:
        services.update_ci(pk, actor=world.network, asset_tag=f"T{pk}", reason="labels")
    path = f"/cmdb/baselines/{made.pk}/"
    page = keeper.get(path).content.decode()
    assert "60 items differ" in page
    assert page.count("labels") == 50
    assert 'rel="next"' in page
    assert "No relation differs" in keeper.get(f"{path}?part=relations").content.decode()
    assert (
        "The items of this baseline are as they were" in keeper.get(path, {"to": made.at.isoformat()}).content.decode()
    )


def test_relations_of_a_baseline_are_compared_too(world, keeper):
    farm, one = make_ci(name="FARM", organisation=world.lumen), make_ci(name="ONE", organisation=world.lumen)
    relation = services.relate(farm, one, "depends_on", actor=None)
    made = services.make_baseline(actor=world.network, name="Before")
    services.change_relation(relation.pk, actor=None, strength="partial")
    page = keeper.get(f"/cmdb/baselines/{made.pk}/?part=relations").content.decode()
    assert "FARM" in page
    assert "degrades only" in page
    services.unrelate(relation.pk, actor=None)
    assert "removed" in keeper.get(f"/cmdb/baselines/{made.pk}/?part=relations").content.decode()


def test_baselines_are_listed_made_and_removed_on_their_pages(world, keeper):
    assert "No baseline yet" in keeper.get("/cmdb/baselines/").content.decode()
    assert keeper.post("/cmdb/baselines/new/", {"name": ""}).status_code == 422
    answer = keeper.post(
        "/cmdb/baselines/new/", {"name": "Audit", "organisation": world.finance.pk, "ci_class": "compute"}
    )
    made = Baseline.objects.get()
    assert answer.url == f"/cmdb/baselines/{made.pk}/"
    assert "Audit" in keeper.get("/cmdb/baselines/").content.decode()
    assert keeper.post(f"/cmdb/baselines/{made.pk}/remove/").status_code == 302
    assert not Baseline.objects.exists()


def test_a_baseline_of_another_organisation_does_not_exist(world, keeper):
    made = services.make_baseline(actor=None, name="Theirs", organisation=world.other)
    assert keeper.get(f"/cmdb/baselines/{made.pk}/").status_code == 404
    assert keeper.post(f"/cmdb/baselines/{made.pk}/remove/").status_code == 404


def test_comparing_costs_few_queries_and_goes_by_the_indexes(world, keeper):
    ids = load_graph(2500, [(n, 0, 0, 1) for n in range(1, 2500)], organisation=world.lumen)
    RelationHistory.objects.update(valid_from=now() - timedelta(days=9))
    CIHistory.objects.update(valid_from=now() - timedelta(days=9))
    made = services.make_baseline(actor=world.network, name="Before")
    for pk in ids[:60]:
        services.update_ci(pk, actor=world.network, asset_tag="T")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cmdb_configurationitem, cmdb_relation, cmdb_cihistory, cmdb_relationhistory")
    scope = comparing.Scope(world.agent)
    plan = comparing.changed_items(scope, made.at, now()).order_by("item_id")[:51].explain()
    assert "ci_history_item" in plan, plan
    assert "Seq Scan on cmdb_cihistory" not in plan, plan
    since = RelationHistory.objects.filter(valid_from__gt=made.at, valid_from__lte=now())
    assert "relation_history_since" in since.explain()
    for path in (
        f"/cmdb/baselines/{made.pk}/", f"/cmdb/baselines/{made.pk}/?part=relations", "/cmdb/baselines/",
        f"/cmdb/{ids[0]}/compare/?from=2020-01-01", f"/cmdb/{ids[0]}/impact/", f"/cmdb/{ids[0]}/impact/?view=dependencies",
    ):  # fmt: skip
        keeper.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert keeper.get(path).status_code == 200
        assert len(queries) <= 14, (path, [query["sql"][:150] for query in queries])
