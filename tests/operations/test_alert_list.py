"""The live list: everybody's own alerts, worst first, by keyset, drawn again only when something changed."""

import re

import pytest
from django.db import connection

from itsm.cmdb import services as cmdb
from itsm.events import services
from itsm.events.models import Alert
from itsm.people.scope import scope_of
from operations.control.consoles import listing, placing

from .alerts import many, raised

pytestmark = pytest.mark.django_db
LIVE = {"HX-Request": "true", "HX-Target": "alerts"}


def asked(page) -> str:
    return re.search(r'hx-get="(/operations/alerts/\?[^"]+)"', page.content.decode())[1].replace("&amp;", "&")


def shown(page) -> list[str]:
    return re.findall(r'id="a-(ALR\d+)"', page.content.decode())


def test_what_nobody_took_is_listed_and_what_was_taken_stands_in_its_tab(ops, signed):
    first, second = raised(ops, "a"), raised(ops, "b", severity="minor")
    services.acknowledge(second, ops.operator)
    client = signed("ops")
    assert shown(client.get("/operations/alerts/")) == [first.number]
    assert shown(client.get("/operations/alerts/?tab=active")) == [first.number, second.number]


def test_strangers_and_requesters_see_none(ops, signed):
    alert = raised(ops)
    for login in ("customer", "stranger"):
        assert signed(login).get("/operations/alerts/").status_code == 404
        assert signed(login).get(f"/operations/alerts/{alert.number}/").status_code == 404
    foreign = signed("foreign")
    assert alert.number not in foreign.get("/operations/alerts/").content.decode()
    assert foreign.get(f"/operations/alerts/{alert.number}/").status_code == 404
    assert foreign.get(f"/r/{alert.number}").status_code == 404


def test_a_reader_has_no_button_and_may_not_act(ops, signed):
    alert = raised(ops)
    client = signed("agent")
    for address in ("/operations/alerts/", f"/operations/alerts/{alert.number}/", "/operations/"):
        page = client.get(address)
        assert page.status_code == 200
        assert 'value="acknowledge"' not in page.content.decode()
    assert client.post("/operations/alerts/act/", {"act": "acknowledge", "number": alert.number}).status_code == 404
    alert.refresh_from_db()
    assert alert.state == "open"


def test_an_unchanged_list_costs_a_look_and_answers_204(ops, signed, django_assert_max_num_queries):
    raised(ops)
    client = signed("ops")
    address = asked(client.get("/operations/alerts/"))
    with django_assert_max_num_queries(1):
        assert client.get(address, headers=LIVE).status_code == 204


def test_a_new_alert_is_in_the_next_answer(ops, signed, django_capture_on_commit_callbacks):
    client = signed("ops")
    address = asked(client.get("/operations/alerts/"))
    with django_capture_on_commit_callbacks(execute=True):
        alert = raised(ops)
    answer = client.get(address, headers=LIVE)
    assert shown(answer) == [alert.number]
    assert "<html" not in answer.content.decode()
    assert client.get(asked(answer), headers=LIVE).status_code == 204


def test_the_lamp_of_the_menu_equals_the_list(ops, signed):
    for n in range(3):
        raised(ops, f"k{n}")
    services.acknowledge(Alert.objects.get(key="k0"), ops.operator)
    client = signed("ops")
    assert listing.waiting(scope_of(ops.operator)) == len(shown(client.get("/operations/alerts/"))) == 2
    counts = client.get("/shell/counts/", {"v": ""}, headers={"HX-Request": "true"}).content.decode()
    assert '<span class="c hot" id="count-alerts" hx-swap-oob="true">2</span>' in counts


def test_facets_say_how_many_each_choice_shows(ops, signed):
    raised(ops, "a")
    raised(ops, "b", severity="minor")
    params = signed("ops").get("/operations/alerts/", {"severity": "minor"})
    facets = {f["name"]: {o["value"]: o["count"] for o in f["options"]} for f in params.context["list"].facets}
    assert facets["severity"]["critical"] == facets["severity"]["minor"] == 1
    assert facets["source"] == {"tests": 1}
    assert len(params.context["list"].rows) == 1


def test_what_is_summed_is_what_the_tab_shows_also_after_an_act(ops, signed):
    taken = raised(ops, "a")
    raised(ops, "b", severity="minor")
    client = signed("ops")
    assert client.get("/operations/alerts/").context["list"].counts["critical"] == 1
    form = {"act": "acknowledge", "number": taken.number, "back": "/operations/alerts/"}
    answer = client.post("/operations/alerts/act/", form, headers={"HX-Request": "true"})
    found = answer.context["list"]
    assert found.counts["critical"] == 0
    facets = {f["name"]: {o["value"]: o["count"] for o in f["options"]} for f in found.facets}
    assert facets["severity"]["critical"] == 0
    assert "acknowledged" not in facets["state"]
    assert 'id="facets" hx-swap-oob="true"' in answer.content.decode()
    assert client.get("/operations/alerts/?tab=active").context["list"].counts["critical"] == 1


def test_filters_by_team_site_class_and_words(ops, signed):
    server = cmdb.create_ci(
        actor=ops.admin,
        ci_class="physical_server",
        name="DB2P-PAIE",
        organisation=ops.lumen,
        site=ops.paris,
        support_team=ops.n2,
    )
    alert = raised(ops, "a", item=server, title="Tablespace full")
    raised(ops, "b")
    client = signed("ops")
    for query in ("team=N2-RES", "site=PAR", "ci_class=physical_server", "q=db2p", "q=tablespace", f"q={alert.number}"):
        assert shown(client.get(f"/operations/alerts/?{query}")) == [alert.number], query
    assert client.get("/operations/alerts/?team=NOWHERE").status_code == 422


def test_folded_alerts_stand_under_their_parent(ops, signed):
    parent, child = raised(ops, "a"), raised(ops, "b")
    Alert.objects.filter(pk=child.pk).update(parent=parent, folded="topology")
    Alert.objects.filter(pk=parent.pk).update(child_count=1)
    client = signed("ops")
    page = client.get("/operations/alerts/")
    assert shown(page) == [parent.number]
    assert f"?parent={parent.number}" in page.content.decode()
    assert shown(client.get(f"/operations/alerts/?parent={parent.number}")) == [child.number]


def test_paging_walks_every_alert_once_in_both_directions(ops, signed):
    many(ops, 230)
    client, seen, address, pages = signed("ops"), [], "/operations/alerts/", []
    while address:
        page = client.get(address)
        seen += shown(page)
        pages.append(shown(page))
        cursor = page.context["list"].page
        address = f"/operations/alerts/?cursor={cursor.next}" if cursor.next else ""
    assert len(seen) == len(set(seen)) == 230
    rows = {a.number: (a.rank, -a.score, -a.pk) for a in Alert.objects.all()}
    assert [rows[number] for number in seen] == sorted(rows.values())
    back = client.get(f"/operations/alerts/?cursor={cursor.previous}")
    assert shown(back) == pages[-2]


def test_a_wrong_cursor_is_told(ops, signed):
    assert signed("ops").get("/operations/alerts/?cursor=WzAsIngiLDEsMl0").status_code == 400


def test_deep_pages_of_very_many_alerts_stand_on_the_index(ops):
    many(ops, 6_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE events_alert")
    _found, rows, _tab = listing.rows_of(ops.admin, _params("tab=active"))
    values = rows.values(*listing.COLUMNS)
    deep = placing.page(values, cursor=placing.encode([3, 40, 10**9], backwards=False))
    assert len(deep.rows) == 50
    for query in (
        values.order_by("rank", "-score", "-id")[:51],
        values.filter(
            placing.After(placing.F("score"), placing.F("id"), placing.Value(40), placing.Value(10**9), operator="<"),
            rank=3,
        ).order_by("rank", "-score", "-id")[:51],
    ):
        plan = query.explain()
        assert "alert_console" in plan, plan
        assert "Sort" not in plan.replace("Incremental Sort", ""), plan


def test_a_full_page_stays_within_its_budget(ops, signed, django_assert_max_num_queries):
    many(ops, 120)
    client = signed("ops")
    client.get("/operations/alerts/")
    with django_assert_max_num_queries(9):
        page = client.get("/operations/alerts/?tab=active")
    assert len(page.content) < 75_000


def _params(query: str):
    from django.http import QueryDict

    return QueryDict(query)


def test_the_sources_of_the_product_are_named_in_the_language_of_the_reader(ops, signed):
    services.raise_event(organisation=ops.lumen, source="backups", key="x", severity="major", title="Failed")
    services.raise_event(organisation=ops.lumen, source="Zabbix", key="x", severity="major", title="Link")
    client = signed("ops")
    client.cookies["django_language"] = "fr"
    page = client.get("/operations/alerts/", headers={"Accept-Language": "fr"})
    source = next(facet for facet in page.context["list"].facets if facet["name"] == "source")
    assert {(each["value"], each["label"]) for each in source["options"]} == {
        ("backups", "Sauvegardes"),
        ("Zabbix", "Zabbix"),
    }


def test_an_alert_that_no_team_has_says_why(ops, signed):
    raised(ops, "a")
    text = signed("ops").get("/operations/alerts/").content.decode()
    assert "About no item of a team" in text
    supported = cmdb.create_ci(
        actor=ops.admin, ci_class="physical_server", name="SRV", organisation=ops.lumen, support_team=ops.n2
    )
    Alert.objects.update(item=supported)
    text = signed("ops").get("/operations/alerts/").content.decode()
    assert ops.n2.code in text
    assert "About no item of a team" not in text
