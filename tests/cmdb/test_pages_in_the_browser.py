"""The pages of the CMDB through axe, on a narrow phone, and with their fragments."""

from datetime import timedelta
from pathlib import Path

import pytest

from itsm.calendars.models import Calendar
from itsm.cmdb import bulkedit, runs, services
from itsm.core import now
from itsm.people import services as people
from tests.browser import faults, faults_in_both_themes, overflows, settle
from tests.cmdb.factories import make_service

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server(world):
    made = services.create_ci(actor=world.admin, ci_class="physical_server", name="SRV-1", organisation=world.lumen)
    above = services.create_ci(actor=world.admin, ci_class="application", name="PaieNet", organisation=world.lumen)
    services.relate(above, made, "runs_on", actor=world.admin)
    services.open_outage(
        made, actor=world.admin, cause="Alimentation de secours", public_fr="Nos équipes y travaillent."
    )
    return made


@pytest.fixture
def service(world):
    at = now()
    made = make_service(
        name="Paie", organisation=world.lumen,
        service={"customer": world.lumen, "agreed_hours": Calendar.objects.get(code="OFFICE"), "availability_target": 99},
    )  # fmt: skip
    services.open_outage(made.item, actor=None, starts_at=at - timedelta(days=20), ends_at=at - timedelta(days=18))
    services.open_outage(made.item, actor=None, degraded=True)
    services.open_outage(
        made.item, actor=None, starts_at=at + timedelta(days=1), ends_at=at + timedelta(days=2), planned=True
    )
    return made


def test_pages_in_their_other_shapes_are_accessible_and_fit_the_smallest_phone(world, browse, server, service):
    # As they come at first, `tests/access/test_every_page.py` reads them all.
    page = browse(login="admin")
    run = bulkedit.begin([server.pk], {"criticality": 2}, actor=world.admin, reason="", token="t")
    runs.start(run)
    own, pay = f"/cmdb/{server.pk}/", f"/cmdb/{service.pk}/"
    relation = server.supports.get()
    services.report_drift(
        server.pk, actor=None, source="inventory", said={"serial": "A-very-long-serial-number-of-a-board-0123456789"}
    )
    baseline = services.make_baseline(actor=world.admin, name="Avant", at=now() - timedelta(minutes=1))
    for path in (
        own,
        f"{own}impact/?view=dependencies",
        f"{own}history/?part=relations",
        f"{own}relations/{relation.pk}/",
        f"{own}compare/?from=2026-01-01T00:00",
        f"{own}?at={(now() + timedelta(hours=-1)).isoformat()[:16]}",
        f"/cmdb/baselines/{baseline.pk}/",
        "/cmdb/?ci_class=physical_server",
        f"/cmdb/labels/?item={server.pk}",
        "/cmdb/columns/?class=physical_server",
        f"/cmdb/runs/{run.pk}/",
        f"{own}outages/{server.outages.get().pk}/",
        pay,
        f"{pay}service/",
    ):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        settle(page)
        assert (path, faults_in_both_themes(page)) == (path, [])
        page.set_viewport_size({"width": 320, "height": 640})
        assert (path, overflows(page)) == (path, 0)


def test_the_impact_arrives_in_the_page(browse, server):
    page = browse(login="agent")
    page.goto(f"/cmdb/{server.pk}/")
    page.wait_for_selector("#impact table")
    assert "PaieNet" in page.locator("#impact").inner_text()


def test_names_are_suggested_while_one_types(browse, server):
    page = browse(login="admin")
    page.goto(f"/cmdb/{server.pk}/relations/")
    page.type("[name=target]", "pai", delay=20)
    page.wait_for_selector("#item-names option", state="attached")
    assert page.locator("#item-names option").first.get_attribute("value") == "paienet"


@pytest.mark.parametrize("width", [1440, 390])
def test_the_names_of_customers_are_read_in_full_in_the_filters(world, browse, width):
    name = "Direction des ressources humaines et de la formation"
    customer = people.create_organisation(actor=None, code="LUMEN-RH", name=name, parent=world.lumen)
    make_service(name="Paie", organisation=world.lumen, service={"customer": customer})
    page = browse(login="agent", language="en", width=width)
    page.goto("/services/")
    label = page.locator(".fc label span").get_by_text(name)
    assert label.evaluate("e => e.scrollWidth <= e.clientWidth + 1 && getComputedStyle(e).whiteSpace === 'normal'")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


WATCH = """
window.refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


def drawn(page, path: str) -> int:
    """How many nodes the graph of a page has, once it is drawn."""
    page.goto(path)
    page.wait_for_selector("#graph[data-drawn]")
    return int(page.locator("#graph").get_attribute("data-drawn"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_graph_is_drawn_under_the_strict_policy_and_follows_the_theme(browse, server, theme):
    page, errors = browse(login="agent", theme=theme), []
    page.add_init_script(WATCH)
    page.on("pageerror", lambda error: errors.append(str(error)))
    assert drawn(page, f"/cmdb/{server.pk}/impact/") == 2
    page.evaluate(
        "document.documentElement.dataset.bsTheme = document.documentElement.dataset.bsTheme == 'dark' ? 'light' : 'dark'"
    )
    page.click("[data-graph-act=in]")
    page.click("[data-graph-act=fit]")
    assert page.evaluate("refused") == []
    assert errors == []


def test_the_graph_is_kept_as_a_picture(browse, server):
    page = browse(login="agent", language="en")
    drawn(page, f"/cmdb/{server.pk}/impact/")
    with page.expect_download() as waiting:
        page.click("[data-graph-act=picture]")
    assert waiting.value.suggested_filename == "impact-srv-1.png"
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_phone_gets_the_list_and_no_graph(browse, server):
    page = browse(login="agent", width=390)
    page.goto(f"/cmdb/{server.pk}/impact/")
    page.wait_for_load_state("networkidle")
    assert page.locator("#picture").is_hidden()
    assert page.locator("table").filter(has_text="PaieNet").is_visible()


def test_a_new_incident_offers_the_services_that_suffer_with_its_item(world, browse, server):
    pay = make_service(name="Paie du personnel", organisation=world.lumen)
    services.relate(pay.item, server, "depends_on", actor=world.admin)
    page = browse(login="agent")
    page.goto("/desk/incidents/new/")
    page.fill("[name=item]", "SRV-1")
    page.press("[name=item]", "Tab")
    page.wait_for_selector("#touched input[name=touched]")
    assert page.locator("#touched input[name=touched]").is_checked()
    assert page.locator("[name=service]").input_value() == str(pay.pk)
    assert faults(page) == []


def test_chosen_items_are_changed_by_keyboard_and_mouse(browse, world, server):
    page = browse(login="admin")
    page.goto("/cmdb/?ci_class=physical_server")
    page.check("input[form=bulk][name=item]")
    page.click(".bulk button[value=edit]")
    page.select_option("[name=criticality]", "1")
    page.click("main form.card button.btn-primary")
    page.wait_for_selector("#run")
    server.refresh_from_db()
    assert server.criticality == 1


def test_a_class_is_made_without_a_script_and_previewed(browse, world):
    page = browse(login="admin")
    page.goto("/settings/ci-classes/new/")
    for name, value in {
        "code": "lift",
        "fr": "Ascenseur",
        "en": "Lift",
        "a-0-name": "floors",
        "a-0-fr": "Étages",
        "a-0-en": "Floors",
    }.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=a-0-kind]", "integer")
    page.click("button[value=preview]")
    page.wait_for_selector("#preview_attr_floors")
    assert faults(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert overflows(page) == 0
    page.click("button[value=save]")
    page.wait_for_url("**/settings/ci-classes/lift/")


def test_a_rack_is_suggested_in_the_form_of_a_server(browse, world):
    services.create_ci(actor=world.admin, ci_class="rack", name="Baie A7", organisation=world.lumen)
    page = browse(login="admin")
    page.goto("/cmdb/new/?class=physical_server")
    page.type("[name=attr_rack]", "bai", delay=20)
    page.wait_for_selector("#list-attr_rack option", state="attached")
    assert page.locator("#list-attr_rack option").first.get_attribute("value") == "baie-a7"
