"""Every number beside a tab, a filter, a view or a column of the board is the length of the list behind it."""

import random
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from itsm.cmdb import classes
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import Service
from itsm.core import now, reference
from itsm.people.models import User
from itsm.records.models import Category, Record
from itsm.web import saved
from servicedesk.desk import board, facets, listing, listviews, tabs
from servicedesk.incidents import services
from tests.cmdb.factories import make_service

CHOICES = {
    "phase": ["open", "waiting", "resolved"], "priority": ["1", "2", "3", "4"], "due": list(tabs.DUE), "team": ["N1-CDS", "N2-RES"], "vip": ["true"],
    "category": ["software", "browser"], "site": ["PAR"], "state": ["new", "in_progress", "resolved"], "requester": ["customer"],
}  # fmt: skip


@pytest.fixture
def busy(world):
    """Incidents of every kind, from a fixed seed."""
    User.objects.filter(pk=world.colleague.pk).update(vip=True)
    software = Category.objects.create(code="software", name_fr="Logiciels", name_en="Software")
    software.path = f"/{software.pk}/"
    software.save()
    browser = Category.objects.create(code="browser", name_fr="Navigateur", name_en="Browser", parent=software)
    browser.path = f"{software.path}{browser.pk}/"
    browser.save()
    classes.load_files()
    mail = cmdb.create_ci(
        actor=world.network, ci_class="it_service", name="Messagerie", key="S-1", organisation=world.lumen
    )
    service = Service.objects.create(item=mail, customer=world.lumen)
    reference.forget_everything()
    dice = random.Random(7)
    for number in range(45):
        who = dice.choice([world.customer, world.colleague])
        made = services.open_incident(
            actor=who, requester=who, title=f"Panne {number}", urgency=dice.choice([1, 2, 3, 4]),
            category=dice.choice([None, software, browser]),
        )  # fmt: skip
        if dice.random() < 0.3:
            services.assign(made.pk, actor=world.lead, team=world.n2)
        elif dice.random() < 0.5:
            services.acknowledge(made.pk, actor=world.agent)
        fate = dice.random()
        if fate < 0.2:
            services.hold(made.pk, actor=world.lead, reason=world.wait_supplier, comment="x")
        elif fate < 0.45:
            services.resolve(made.pk, actor=world.lead, resolution_code=world.solved, resolution="Fait")
        elif fate < 0.7:
            away = dice.choice([timedelta(hours=-3), timedelta(minutes=30), timedelta(days=2)])
            Record.objects.filter(pk=made.pk).update(queue_at=now() + away)
        more = {"service_id": service.pk} if dice.random() < 0.4 else {}
        Record.objects.filter(pk=made.pk).update(site_id=world.paris.pk if dice.random() < 0.6 else None, **more)
    return world


def length(user, address: str) -> int:
    return len(listing.listing(user, QueryDict(address), size=500, around=False).rows)


def with_only(address: str, name: str, value: str) -> str:
    """The address where one facet says one thing."""
    return urlencode([pair for pair in parse_qsl(address) if pair[0] != name] + [(name, value)])


def some_addresses(dice: random.Random, count: int) -> list[str]:
    """Tabs under up to three filters of up to two values. "All" is counted where a phase is chosen."""
    found = []
    for _ in range(count):
        tab = dice.choice(list(tabs.names()))
        pairs = [("tab", tab)]
        names = {*dice.sample(list(CHOICES), dice.randint(0, 3)), *(["phase"] if tab == "all" else [])}
        for name in sorted(names):
            pairs += [
                (name, value) for value in dice.sample(CHOICES[name], min(len(CHOICES[name]), dice.randint(1, 2)))
            ]
        found.append(urlencode(pairs))
    return found


@pytest.mark.parametrize("reader", ["agent", "network"])
def test_every_number_is_the_length_of_its_list(busy, reader):
    user = getattr(busy, reader)
    wrong, seen = [], 0
    for address in some_addresses(random.Random(reader), 15):
        page = listing.listing(user, QueryDict(address))
        assert int(listing.listing(user, QueryDict(address), size=3).total) == length(user, address)
        for tab in page.tabs:
            if tab["count"] is not None and int(tab["count"]) != length(user, f"tab={tab['key']}"):
                wrong.append((address, "tab", tab["key"]))
        asked = [listing.facet(user, QueryDict(address), name) for name in facets.OPTIONS]
        for facet in [*page.facets, *asked]:
            for option in facet["options"]:
                if option["count"] == "":
                    continue
                seen += 1
                behind = length(user, with_only(address, facet["name"], option["value"]))
                if int(option["count"]) != behind:
                    wrong.append((address, facet["name"], option["value"], option["count"], behind))
    assert wrong == []
    assert seen > 200


def test_every_view_counts_what_it_shows_even_when_it_names_what_is_gone(busy):
    for number, address in enumerate(some_addresses(random.Random(3), 7)):
        saved.save_view(actor=busy.agent, place="desk", name=f"v{number}", query=address, team=busy.n1)
    saved.save_view(actor=busy.agent, place="desk", name="gone", query="tab=open&team=N9-OLD")
    for user in (busy.agent, busy.teammate):
        shown = listing.listing(user, QueryDict("tab=open")).views["tabs"]
        assert len(shown) == (8 if user == busy.agent else 7)
        for view in shown:
            behind = length(user, view["url"].split("?")[1])
            assert (view["label"], view["count"]) == (view["label"], None if view["broken"] else str(behind))
    assert [view["label"] for view in listing.listing(busy.agent, QueryDict("")).views["tabs"] if view["broken"]] == [
        "gone"
    ]


@pytest.mark.parametrize("address", ["tab=open", "tab=team&priority=3", "tab=mine", "tab=open&vip=true&phase=open", "tab=open&category=software"])  # fmt: skip
def test_every_column_of_the_board_counts_the_list_it_leads_to(busy, address):
    page = board.board(busy.agent, QueryDict(address + "&layout=board"))
    assert page.board
    for column in page.board:
        if "count" not in column:  # a place to put a card, without cards
            continue
        assert int(column["count"]) == length(busy.agent, column["url"].removeprefix("?"))


def test_a_count_stops_above_the_cap_and_so_does_its_statement(busy, monkeypatch):
    for module in (tabs, facets.tabs):
        monkeypatch.setattr(module, "CAP", 5)
    monkeypatch.setattr("servicedesk.desk.viewcounts.CAP", 5)
    saved.save_view(actor=busy.agent, place="desk", name="all", query="tab=open")
    page = listing.listing(busy.agent, QueryDict(""))
    assert page.views["tabs"][0]["count"].endswith("+")
    resolved = next(o for f in page.facets if f["name"] == "phase" for o in f["options"] if o["value"] == "resolved")
    assert resolved["count"].endswith("+")


def test_twenty_views_cost_two_statements_more_than_none(busy, django_assert_max_num_queries, monkeypatch):
    client = Client()
    client.force_login(busy.agent)
    for number, address in enumerate(some_addresses(random.Random(5), 20)):
        saved.save_view(actor=busy.agent, place="incidents", name=f"v{number}", query=address)
    client.get("/desk/incidents/?tab=open")
    monkeypatch.setattr(listviews, "recent", lambda _key, _seconds, compute: compute())
    with django_assert_max_num_queries(12) as spent:
        page = client.get("/desk/incidents/?tab=open")
    assert len(page.content) < 60_000
    assert page.content.count(b'id="view-') == 8
    assert sum("UNION ALL" in query["sql"] for query in spent.captured_queries) == 2  # of the tabs, and of the views


def test_over_all_records_nothing_is_counted(busy):
    page = listing.listing(busy.agent, QueryDict("tab=all"))
    assert {option["count"] for facet in page.facets for option in facet["options"]} == {""}


def test_a_view_over_closed_tickets_is_not_counted_and_numbers_are_kept_for_seconds(busy):
    for name, address in (
        ("all", "tab=all"), ("closed", "tab=all&phase=closed"), ("cancelled", "tab=open&state=cancelled"), ("few", "tab=mine"),
    ):  # fmt: skip
        saved.save_view(actor=busy.agent, place="desk", name=name, query=address)
    listing.listing(busy.agent, QueryDict("tab=open"))
    with CaptureQueriesContext(connection) as spent:
        page = listing.listing(busy.agent, QueryDict("tab=open"))
    counts = {view["label"]: view["count"] for view in page.views["tabs"]}
    assert counts == {"all": None, "closed": None, "cancelled": None, "few": str(length(busy.agent, "tab=mine"))}
    assert sum("UNION ALL" in query["sql"] for query in spent) == 1  # of the tabs alone


def test_closed_tickets_have_no_number_where_they_may_be_chosen(busy):
    made = services.open_incident(actor=busy.customer, requester=busy.customer, title="Fermé")
    services.cancel(made.pk, actor=busy.agent, reason="Doublon")
    page = listing.listing(busy.agent, QueryDict("tab=all&phase=open"))
    counts = {o["value"]: o["count"] for f in page.facets if f["name"] == "phase" for o in f["options"]}
    assert counts.pop("closed") == ""
    assert all(count.isdecimal() for count in counts.values())


def test_services_of_others_are_not_named_among_the_filters(busy):
    make_service(name="Ailleurs", organisation=busy.other)
    shown = listing.facet(busy.agent, QueryDict("tab=all"), "service")
    assert [option["label"] for option in shown["options"]] == ["Messagerie"]


def test_sums_that_are_kept_are_one_reader_s(busy, monkeypatch):
    monkeypatch.setattr(facets, "MANY", 0)

    def counts(user) -> set[str]:
        page = listing.listing(user, QueryDict("tab=open"))
        return {option["count"] for facet in page.facets for option in facet["options"]}

    assert counts(busy.agent) - {"0", ""}
    assert counts(busy.foreign_agent) <= {"0", ""}


@pytest.mark.parametrize(("reader", "may"), [("agent", True), ("teammate", False), ("lead", True)])
def test_a_view_of_a_team_is_changed_by_who_made_it_or_leads_the_team(busy, reader, may):
    view = saved.save_view(actor=busy.agent, place="desk", name="v", query="tab=open", team=busy.n1)
    page = listing.listing(getattr(busy, reader), QueryDict(f"view={view.pk}&tab=open"))
    assert page.views["current"] == view
    assert page.views["mine"] is may
