"""REST of the indicators: the catalogue, a number, its series, the rows behind it."""

from datetime import timedelta

import pytest

from kpis.registry import KPIS
from tests.api.client import Rest

from .conftest import DAY, MONDAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PERIOD = {"from": str(DAY), "to": str(DAY)}


@pytest.fixture
def rest(world):
    return Rest(world.manager)


@pytest.fixture
def resolved(desk):
    """Three incidents of one Monday, resolved after one, two and three hours."""
    incidents = [desk.open() for _n in range(3)]
    for hours, incident in enumerate(incidents, 1):
        desk.resolve(incident, MONDAY + hours * HOUR)
    desk.settle()
    return incidents


def test_the_catalogue_lists_every_indicator_with_its_definition(rest):
    found = rest.get("/api/v1/kpis/").json()["results"]
    assert [kpi["slug"] for kpi in found] == [kpi.slug for kpi in KPIS]
    assert all(kpi["definition"] and kpi["formula"] for kpi in found)


def test_a_number_says_n_and_what_stands_beside_it(rest, resolved):
    found = rest.get("/api/v1/kpis/mttr/", PERIOD | {"clock": "calendar"}).json()
    assert (found["n"], found["value"]) == (3, 7200)
    assert found["details"]["median"] == 7200
    assert found["details"]["p90"] == pytest.approx(2.8 * 3600)


def test_a_series_by_dimension_gives_codes_that_the_filters_take(rest, resolved):
    points = rest.get("/api/v1/kpis/mttr/series/", PERIOD | {"by": "team"}).json()["points"]
    assert [(p["code"], p["n"]) for p in points] == [("N1-CDS", 3)]
    again = rest.get("/api/v1/kpis/mttr/", PERIOD | {"team": points[0]["code"]}).json()
    assert again["n"] == 3


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_every_indicator_has_a_series_in_every_grain(rest, resolved, grain):
    for kpi in KPIS:
        answer = rest.get(f"/api/v1/kpis/{kpi.slug}/series/", PERIOD | {"grain": grain})
        assert answer.status_code == 200, kpi.slug
        assert all(set(p) >= {"period", "n", "value"} for p in answer.json()["points"]), kpi.slug


@pytest.mark.parametrize("by", ["team", "level", "priority", "category", "service", "channel", "organisation", "site"])
def test_every_indicator_splits_by_every_dimension(rest, resolved, by):
    for kpi in KPIS:
        points = rest.get(f"/api/v1/kpis/{kpi.slug}/series/", PERIOD | {"by": by}).json()["points"]
        whole = rest.get(f"/api/v1/kpis/{kpi.slug}/", PERIOD).json()["n"]
        assert sum(p["n"] for p in points) == whole, kpi.slug
        assert len({p["code"] for p in points}) == len(points), kpi.slug


def test_the_rows_are_those_of_the_number_page_by_page(rest, resolved):
    first = rest.get("/api/v1/kpis/mttr/rows/", PERIOD | {"page_size": 2}).json()
    second = rest.get(first["next"]).json()
    numbers = [row["number"] for row in first["results"] + second["results"]]
    assert numbers == [incident.number for incident in reversed(resolved)]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("", {"from": "soon"}, "from"), ("", {"to": "2026-13-01"}, "to"), ("", {"team": "NOPE"}, "team"),
        ("series/", {"by": "moon"}, "by"), ("series/", {"grain": "hour"}, "grain"), ("rows/", {"page_size": "0"}, "page_size"),
        ("rows/", {"page_size": "²"}, "page_size"), ("", {"from": "2026-01-02", "to": "2026-01-01"}, "from"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(rest, path, params, field):
    answer = rest.get(f"/api/v1/kpis/mttr/{path}", params)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert field in answer.json()["errors"]


def test_ages_by_day_over_years_are_refused_before_they_cost_anything(rest):
    params = {"from": "2020-01-01", "to": "2026-01-01", "grain": "day"}
    assert rest.get("/api/v1/kpis/backlog-age/series/", params).status_code == 400
    assert rest.get("/api/v1/kpis/backlog/series/", params).status_code == 200


@pytest.mark.parametrize("path", ["", "mttr/", "mttr/series/", "mttr/rows/"])
def test_who_may_not_read_indicators_finds_nothing(world, path):
    assert Rest(world.customer).get(f"/api/v1/kpis/{path}").status_code == 404


def test_an_unknown_indicator_is_not_found(rest):
    assert rest.get("/api/v1/kpis/happiness/").status_code == 404
