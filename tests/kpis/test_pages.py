"""Pages of the indicators: who sees them, what they cost, that every figure leads to its very rows."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from itsm.core import now
from itsm.people import services as people
from kpis import views
from servicedesk.incidents import services

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db
ADDRESSES = ["/kpis/", "/kpis/mttr/", "/kpis/mttr/rows/", "/kpis/mttr/export.csv"]


@pytest.fixture
def lived(world, desk):
    """Four incidents of the last days: two resolved (one escalated), one taken, one untouched."""
    start = now() - timedelta(days=3)
    first, escalated, taken, waiting = (desk.open(start + i * HOUR) for i in range(4))
    desk.resolve(first, start + 5 * HOUR)
    services.escalate(escalated.pk, actor=world.agent, reason="Routers", at=start + 6 * HOUR)
    desk.resolve(escalated, start + 9 * HOUR)
    services.acknowledge(taken.pk, actor=world.agent, at=start + 10 * HOUR)
    desk.settle()
    return first, escalated, taken, waiting


@pytest.fixture
def manager(world, client):
    world.manager.language = "en"
    world.manager.save(update_fields=["language"])
    client.force_login(world.manager)
    return client


def body(client, path, **params):
    answer = client.get(path, params)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("login", ["customer", "stranger"])
def test_who_may_not_read_indicators_finds_no_such_page(world, client, path, login):
    client.force_login(getattr(world, login))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_visitor_is_asked_to_sign_in(client, path):
    assert client.get(path).status_code == 302


def test_the_manager_of_another_organisation_sees_nothing_of_this_one(world, client, lived):
    foreign = people.create_person(
        actor=None, username="foreignboss", organisation=world.other, language="en", roles=[("it_manager", world.other)]
    )
    client.force_login(foreign)
    assert "Nothing to measure here" in body(client, "/kpis/")
    assert lived[0].number not in body(client, "/kpis/mttr/rows/")
    assert lived[0].number not in b"".join(client.get("/kpis/mttr/export.csv").streaming_content).decode()
    assert client.get("/kpis/", {"organisation": "LUMEN"}).status_code == 400


def test_the_dashboard_costs_few_queries_and_little_weight(manager, lived, django_assert_max_num_queries):
    body(manager, "/kpis/")
    with django_assert_max_num_queries(12):
        page = body(manager, "/kpis/", days=90)
    assert len(page.encode()) < 60_000


@pytest.mark.parametrize(
    "path", ["/kpis/mttr/", "/kpis/backlog-age/", "/kpis/backlog/", "/kpis/sla-compliance/", "/kpis/csat/rows/"]
)
def test_a_page_of_one_indicator_costs_few_queries(manager, lived, path, django_assert_max_num_queries):
    body(manager, "/kpis/")
    with django_assert_max_num_queries(12):
        body(manager, path, days=90)


def test_the_dashboard_shows_tiles_charts_tables_and_definitions(manager, lived):
    page = body(manager, "/kpis/")
    assert page.count('class="tile"') == 10
    assert page.count('<section class="card k-card"') == 6
    assert page.count("popover>") == 6
    assert "1 incident not taken in charge" in page
    for chart in re.findall(r'<svg class="c-chart"[^>]*>', page):
        assert 'role="img"' in chart
        assert "aria-label" in chart
    assert page.count('class="k-table"') == page.count('<svg class="c-chart"')
    assert "<script" not in page.split("<main")[1].split("</main>")[0]
    assert "style=" not in page


def test_a_tile_leads_to_exactly_the_rows_behind_its_number(manager, lived):
    first, escalated, taken, waiting = lived
    assert "/kpis/mttr/rows/?" in body(manager, "/kpis/")
    page = body(manager, "/kpis/mttr/rows/")
    assert "n = 2" in page
    assert first.number in page
    assert escalated.number in page
    assert taken.number not in page
    assert waiting.number not in page
    assert f'href="/r/{first.number}"' in page


def test_filters_live_in_the_address_and_follow_every_link(world, manager, lived):
    page = body(manager, "/kpis/", team="N2-RES", days=7)
    assert '<option value="N2-RES" selected>' in page
    assert "team=N2-RES" in re.search(r'href="/kpis/mttr/rows/\?([^"]*)"', page)[1]
    rows = body(manager, "/kpis/mttr/rows/", team="N2-RES", days=7)
    assert lived[1].number in rows
    assert lived[0].number not in rows


def test_business_and_clock_time_are_never_in_one_figure(manager, lived):
    business, wall = (body(manager, "/kpis/mttr/", clock=clock) for clock in ("business", "calendar"))
    assert "Business time</dd>" in business
    assert "Clock time</dd>" not in business
    assert "Clock time</dd>" in wall
    assert "Business time</dd>" not in wall
    assert "≤" in business
    assert "<dt>Target</dt>" not in wall


def test_a_row_that_became_confidential_loses_its_title_at_once(world, manager, lived):
    services.edit(lived[0].pk, actor=world.agent, confidentiality=world.circle)
    assert lived[0].number not in body(manager, "/kpis/mttr/rows/")


def test_the_export_holds_the_rows_of_the_page(manager, lived):
    answer = manager.get("/kpis/mttr/export.csv")
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert answer["Content-Disposition"].startswith('attachment; filename="vigie-mttr-')
    assert {line["number"] for line in lines} == {lived[0].number, lived[1].number}
    assert {line["calendar_value"] for line in lines} == {str(5 * 3600), str(8 * 3600)}


@pytest.mark.parametrize(("params", "head"), [({"grain": "day"}, "period"), ({"by": "team"}, "team")])
def test_the_export_gives_the_series_too(manager, lived, params, head):
    answer = manager.get("/kpis/mttr/export.csv", params)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == f"{head},value,median,p90,n"
    assert len(lines) > 1


def test_no_spreadsheet_takes_a_title_for_a_formula(world, manager, desk):
    incident = services.open_incident(
        actor=world.customer, requester=world.customer, title='=HYPERLINK("http://example.org")', at=now() - HOUR
    )
    desk.settle()
    text = b"".join(manager.get("/kpis/opened/export.csv").streaming_content).decode()
    assert incident.number in text
    assert "'=HYPERLINK" in text


@pytest.mark.parametrize(
    "params",
    [
        {"from": "yesterday"}, {"from": "2026-02-30"}, {"to": "9999-12-31"}, {"from": "0001-01-01"}, {"days": "many"},
        {"from": "2026-03-02", "to": "2026-03-01"}, {"team": "NOPE"}, {"priority": "²"}, {"priority": "99999"},
        {"clock": "sundial"}, {"service": "a\0b"}, {"channel": "pigeon"}, {"from": "2010-01-01", "to": "2026-01-01"},
    ],
)  # fmt: skip
def test_a_wrong_address_is_answered_in_words(manager, params):
    for path in ADDRESSES:
        answer = manager.get(path, params)
        assert answer.status_code == 400, path
        assert "<h1" in answer.content.decode()


@pytest.mark.parametrize("path", ["/kpis/nothing/", "/kpis/nothing/rows/", "/kpis/nothing/export.csv"])
def test_an_unknown_indicator_is_not_found(manager, path):
    assert manager.get(path).status_code == 404


def test_an_empty_period_says_so_and_shows_a_way_out(manager, lived):
    page = body(manager, "/kpis/", **{"from": "2020-01-01", "to": "2020-01-31"})
    assert "Nothing to measure here" in page
    assert "days=90" in page
    assert "c-chart" not in page


def test_the_page_speaks_french(world, client, lived):
    client.force_login(world.manager)
    page = body(client, "/kpis/")
    for words in ("Délai de résolution", "Respect des SLA", "Stock ouvert", "Médiane", "Heures ouvrées"):
        assert words in page


def test_the_figure_moves_with_the_next_roll_up(world, manager, desk, lived):
    assert "n = 2" in body(manager, "/kpis/mttr/rows/")
    desk.resolve(lived[2], now() - HOUR)
    desk.settle()
    assert "3 resolved" in body(manager, "/kpis/")
    assert "n = 3" in body(manager, "/kpis/mttr/rows/")


@pytest.fixture
def on_sunday(world, desk):
    """An incident left open since Friday, and one that a machine opened on Sunday."""
    sunday = date(2026, 11, 29)
    desk.open(datetime(2026, 11, 27, 10, tzinfo=UTC))
    desk.open(datetime(2026, 11, 29, 3, tzinfo=UTC))
    desk.settle()
    return sunday


def test_a_closed_day_says_so_once_and_leads_to_the_last_open_one(world, manager, on_sunday, monkeypatch):
    opened = on_sunday - timedelta(days=2)
    monkeypatch.setattr(views, "_last_open_day", lambda _organisation, day: min(day, opened))
    page = body(manager, "/kpis/", **{"from": on_sunday.isoformat(), "to": on_sunday.isoformat()})
    assert page.count("The service desk was closed in this period") == 1
    assert re.search(rf'id="quiet".*from={opened}&amp;to={on_sunday}[^>]*>See since Fri 27 Nov</a>', page)
    page = body(manager, "/kpis/", **{"from": opened.isoformat(), "to": on_sunday.isoformat()})
    assert 'id="quiet"' not in page
