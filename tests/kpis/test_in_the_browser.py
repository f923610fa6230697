"""The indicators in a browser: accessible in both themes, as wide as a phone, complete by keyboard and without a script."""

from datetime import timedelta

import pytest

from itsm.core import now
from kpis import rollup
from tests.browser import faults, overflows

HOUR = timedelta(hours=1)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = [
    "/kpis/",
    "/kpis/mttr/",
    "/kpis/sla-compliance/?by=priority",
    "/kpis/mttr/rows/",
    "/kpis/?from=2020-01-01&to=2020-01-31",
]


@pytest.fixture(autouse=True)
def lived(world, desk):
    start = now() - timedelta(days=3)
    incidents = [desk.open(start + i * HOUR) for i in range(4)]
    for incident in incidents[:3]:
        desk.resolve(incident, start + 9 * HOUR)
    desk.settle()
    assert rollup.roll_up() == 0
    return incidents


@pytest.mark.parametrize(("path", "theme"), zip(PAGES, ["light", "dark"] * 3, strict=False))
def test_pages_of_figures_are_accessible(browse, path, theme):
    page = browse(login="manager", theme=theme)
    page.goto(path)
    for summary in page.locator(".k-table > summary").all():
        summary.click()
    assert faults(page) == []


def test_pages_of_figures_fit_a_phone(browse):
    page = browse(login="manager", language="fr", width=360, height=700)
    wide = {path: page.goto(path) and overflows(page) for path in PAGES}
    assert not any(wide.values()), wide


def test_a_manager_goes_from_the_figure_to_the_record(browse, lived):
    page = browse(login="manager", language="en")
    page.goto("/kpis/")
    page.get_by_role("button", name="Definition: Time to resolve").click()
    assert page.get_by_text("In business time, waits are taken out").first.is_visible()
    page.keyboard.press("Escape")
    page.locator("a.tile", has_text="Time to resolve").click()
    page.get_by_role("link", name=lived[0].number).click()
    assert page.locator("h1").inner_text().endswith("Mail is slow") or lived[0].number in page.content()


def test_a_chosen_filter_goes_into_the_address(browse):
    page = browse(login="manager", language="en")
    page.goto("/kpis/")
    page.select_option("[name=team]", "N2-RES")
    page.wait_for_url("**team=N2-RES**")
    assert "Nothing to measure here" in page.content()
