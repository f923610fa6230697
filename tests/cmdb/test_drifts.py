"""What a source says otherwise: listed once, decided once, recorded as a ticket; never changes an item by itself."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from itsm.audit.models import Entry
from itsm.cmdb import services
from itsm.cmdb.models import CIHistory, Drift
from itsm.core.errors import DomainError, IllegalMove
from itsm.people import services as people
from itsm.records import processes
from itsm.records.models import Record
from tests.cmdb.factories import load_graph, make_ci

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(_product_language):
    translation.activate("en")


@pytest.fixture
def server(world):
    return make_ci(name="SRV-1", serial="SN-1", organisation=world.lumen, attributes={"cpu_count": 4})


def report(item, source="inventory", **said):
    named = {name.replace("__", "."): value for name, value in said.items()}
    return services.report_drift(item.pk, actor=None, source=source, said=named)


def state_of(item, field="serial") -> list[str]:
    return list(Drift.objects.filter(item=item, field=field).order_by("pk").values_list("state", flat=True))


def test_what_differs_is_listed_and_changes_nothing(server):
    found = report(server, serial="SN-2", attributes__cpu_count=4, name="SRV-1")
    assert [(row.field, row.said, row.kept, row.state) for row in found] == [("serial", "SN-2", "SN-1", "open")]
    server.refresh_from_db()
    assert server.serial == "SN-1"
    assert CIHistory.objects.filter(item=server).count() == 1
    assert Entry.objects.get(verb="ci.drifted").changes == {"serial": ["SN-1", "SN-2"]}


def test_saying_it_again_counts_and_says_nothing_twice(server):
    for _time in range(3):
        report(server, serial="SN-2")
    row = Drift.objects.get()
    assert row.times == 3
    assert row.last_seen_at >= row.seen_at
    assert Entry.objects.filter(verb="ci.drifted").count() == 1


def test_what_agrees_again_leaves_the_list(server):
    report(server, serial="SN-2")
    report(server, name="SRV-1")
    assert state_of(server) == ["open"], "a field that is not named is not judged"
    report(server, serial="SN-1")
    assert state_of(server) == ["agreed"]


def test_two_sources_are_two_differences(server):
    report(server, serial="SN-2")
    report(server, source="monitoring", serial="SN-3")
    assert Drift.objects.filter(state="open").count() == 2


def test_nothing_and_an_empty_text_are_the_same(server):
    assert report(server, asset_tag=None) == []


def test_accepting_writes_it_into_the_item_with_its_reason(world, server):
    (column,) = report(server, serial="SN-2")
    (attribute,) = report(server, attributes__cpu_count=8)
    services.accept_drift(column.pk, actor=world.network)
    services.accept_drift(attribute.pk, actor=world.network, reason="board swapped")
    server.refresh_from_db()
    assert (server.serial, server.attributes) == ("SN-2", {"cpu_count": 8})
    kept = CIHistory.objects.get(item=server, valid_to=None)
    assert (kept.reason, kept.actor) == ("board swapped", world.network)
    with pytest.raises(IllegalMove):
        services.accept_drift(column.pk, actor=world.network)


def test_what_the_item_cannot_hold_is_refused_and_stays_to_decide(world, server):
    (number,) = report(server, attributes__cpu_count="eight")
    with pytest.raises(DomainError):
        services.accept_drift(number.pk, actor=world.network)
    assert state_of(server, "attributes.cpu_count") == ["open"]
    (day,) = report(server, end_of_support_on="soon")
    with pytest.raises(DomainError, match="cannot hold"):
        services.accept_drift(day.pk, actor=world.network)


def test_a_person_or_place_is_accepted_by_its_id(world, server):
    (row,) = report(server, site_id=world.paris.pk)
    services.accept_drift(row.pk, actor=world.network)
    server.refresh_from_db()
    assert server.site == world.paris


def test_what_is_ignored_stays_so_until_the_source_says_something_else(world, server):
    (row,) = report(server, serial="SN-2")
    with pytest.raises(DomainError):
        services.ignore_drift(row.pk, actor=world.network, reason=" ")
    services.ignore_drift(row.pk, actor=world.network, reason="read from the wrong board")
    assert report(server, serial="SN-2") == []
    assert [each.said for each in report(server, serial="SN-3")] == ["SN-3"]
    assert state_of(server) == ["ignored", "open"]


def test_no_source_is_asked_how_an_item_does(server):
    for name in ("state", "status", "key", "spoon"):
        with pytest.raises(DomainError, match=name):
            report(server, **{name: "x"})


def test_a_retired_item_differs_from_nothing(world, server):
    report(server, serial="SN-2")
    services.retire_ci(server.pk, actor=world.network, reason="sold")
    assert report(server, serial="SN-2") == []
    assert state_of(server) == ["agreed"]


@pytest.fixture
def keeper(world, client):
    """A browser of somebody who may change items, in English."""
    person = people.create_person(
        actor=None, username="keeper", organisation=world.lumen, language="en", roles=[("specialist", world.lumen)]
    )
    client.force_login(person)
    return client


def decide(keeper, *pks, **more):
    return keeper.post("/cmdb/drift/decide/", {"drift": [str(pk) for pk in pks], **more}, follow=True).content.decode()


def test_the_list_shows_what_waits_and_filters(world, keeper, server):
    other = make_ci(name="PC-9", ci_class="laptop", organisation=world.lumen)
    assert "Nothing to decide" in keeper.get("/cmdb/drift/").content.decode()
    report(server, serial="SN-2")
    report(other, source="monitoring", name="PC-10")
    page = keeper.get("/cmdb/drift/").content.decode()
    assert "SN-2" in page
    assert "PC-10" in page
    for query in ("source=inventory", "ci_class=compute", "q=srv", f"item={server.pk}", "state=open&source=inventory"):
        page = keeper.get(f"/cmdb/drift/?{query}").content.decode()
        assert "SN-2" in page, query
        assert "PC-10" not in page, query
    assert "No difference fits" in keeper.get("/cmdb/drift/?state=accepted").content.decode()
    assert keeper.get("/cmdb/drift/?state=spoon").status_code == 422
    assert "Differences to decide" in keeper.get(f"/cmdb/{server.pk}/").content.decode()


def test_several_are_decided_at_once_and_what_cannot_be_is_said(world, keeper, server):
    (one,), (two,), (bad,) = (
        report(server, serial="SN-2"), report(server, asset_tag="T1"), report(server, attributes__cpu_count="x"),
    )  # fmt: skip
    page = decide(keeper, one.pk, two.pk, bad.pk, act="accept")
    assert "2 differences accepted" in page
    assert "1 refused" in page
    refused = decide(keeper, bad.pk, act="ignore")
    assert "Say why" in refused
    assert f"value={bad.pk} checked" in refused, "what was chosen stays chosen"
    assert 'name="next" value="/cmdb/drift/"' in refused
    assert "1 difference ignored" in decide(keeper, bad.pk, act="ignore", reason="nonsense")
    assert "Choose at least one" in decide(keeper, act="accept")
    assert "Choose what to do" in decide(keeper, *[row.pk for row in report(server, serial="SN-9")], act="dance")


def test_differences_become_one_ticket_with_their_items_and_both_sides(world, keeper, server):
    other = make_ci(name="SRV-2", organisation=world.lumen)
    rows = [*report(server, serial="SN-2"), *report(other, serial="SN-9")]
    answer = keeper.post("/cmdb/drift/decide/", {"drift": [row.pk for row in rows], "act": "record"})
    record = Record.objects.get()
    assert answer.url == f"/r/{record.number}"
    assert set(record.affected.values_list("item__name", flat=True)) == {"SRV-1", "SRV-2"}
    assert "SRV-1, Serial number: the CMDB says “SN-1”, inventory says “SN-2”." in record.description
    assert set(Drift.objects.values_list("state", "record")) == {("recorded", record.pk)}
    assert report(server, serial="SN-2") == [], "it waits for the ticket now"
    again = keeper.post("/cmdb/drift/decide/", {"drift": [row.pk for row in rows], "act": "record"}, follow=True)
    assert "somebody was faster" in again.content.decode()
    assert Record.objects.count() == 1
    assert record.number in keeper.get("/cmdb/drift/?state=recorded").content.decode()


def test_the_page_says_plainly_which_record_is_opened(world, keeper, server):
    report(server, serial="SN-2")
    page = keeper.get("/cmdb/drift/").content.decode()
    assert "Open: incident" in page
    assert "It opens one record for all that are chosen (incident)" in page


def test_a_process_of_changes_takes_them_up_as_soon_as_it_registers(world, keeper, server, monkeypatch):
    incident, opened = processes.get("incident"), []

    def open_change(**given):
        opened.append(given)
        return incident.open(**given)

    monkeypatch.setitem(
        processes.PROCESSES._things, "change", replace(incident, kind="change", label="Change", open=open_change)
    )
    (row,) = report(server, serial="SN-2")
    assert "Open: change" in keeper.get("/cmdb/drift/").content.decode()
    keeper.post("/cmdb/drift/decide/", {"drift": [row.pk], "act": "record"})
    assert [(given["items"], given["title"]) for given in opened] == [([server], "Unexplained difference on SRV-1")]
    row.refresh_from_db()
    assert (row.state, row.record) == ("recorded", Record.objects.get())


def test_who_only_reads_sees_no_buttons_and_decides_nothing(world, client, server):
    (row,) = report(server, serial="SN-2")
    client.force_login(world.agent)
    page = client.get("/cmdb/drift/").content.decode()
    assert "SN-2" in page
    assert 'name="act"' not in page
    assert client.post("/cmdb/drift/decide/", {"drift": row.pk, "act": "accept"}).status_code == 404


def test_differences_of_others_are_neither_shown_nor_decided(world, keeper):
    theirs = make_ci(name="SECRET", serial="A", organisation=world.other)
    (row,) = report(theirs, serial="B")
    assert "SECRET" not in keeper.get("/cmdb/drift/").content.decode()
    decide(keeper, row.pk, act="accept")
    assert state_of(theirs) == ["open"]


def test_a_full_list_costs_few_queries_and_goes_by_its_index(world, keeper):
    ids = load_graph(300, [], organisation=world.lumen)
    Drift.objects.bulk_create(
        [
            Drift(item_id=pk, source="inventory", field=f"attributes.a{n}", said=n, kept=0)
            for pk in ids
            for n in range(10)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cmdb_drift, cmdb_configurationitem")
    plan = Drift.objects.filter(state="open").order_by("-last_seen_at", "-id")[:51].explain()
    assert "drift_newest" in plan, plan
    keeper.get("/cmdb/drift/")
    with CaptureQueriesContext(connection) as queries:
        page = keeper.get("/cmdb/drift/")
    assert len(queries) <= 12, [query["sql"][:150] for query in queries]
    assert 'rel="next"' in page.content.decode()
    text = page.content.decode()
    assert text.index('value="ignore"') < text.index('value="accept"'), (
        "Enter in the reason ignores, it accepts nothing"
    )
    assert len(page.content) < 66_000


def test_the_list_says_that_it_shows_what_waits_and_is_in_the_menu(world, keeper, server):
    report(server, serial="SN-9")
    page = keeper.get("/cmdb/drift/").content.decode()
    assert "Only those that wait for a decision are shown" in page
    assert 'name="state" value="open" checked' in page
    assert "data-pick-all" in page
    assert 'href="/cmdb/drift/"' in keeper.get("/cmdb/imports/").content.decode()
    assert "Only those that wait" not in keeper.get("/cmdb/drift/?state=open&state=accepted").content.decode()
