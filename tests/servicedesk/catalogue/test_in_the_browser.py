"""Forms as people meet them: questions that appear and go, with a keyboard, on a phone, without scripts; and the editor."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from servicedesk.catalogue.models import BasketLine
from servicedesk.requests.models import Request
from tests.browser import faults_in_both_themes, overflows
from tests.cmdb.factories import make_ci

from .factories import choices, field, make_item, two, when

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FORM = [
    field("kind", "choice", required=True, choices=choices("laptop", "phone")),
    field("size", "number", required=True, min=13, max=40, shown_if=when("kind", "laptop")),
    field("why", "long", required=True, shown_if=when("size", 20, "greater"), help=two("Dites pourquoi.")),
    field("options", "choices", choices=choices("bag", "mouse", "dock")),
    field("colour", "choice", choices=choices("black", "white"), required_if=when("options", "bag")),
    field("soon", "yesno", shown_if={"any": [{"field": "options", "is": "in", "value": ["mouse", "dock"]}, {"field": "day", "is": "less", "value": "today+3"}]}),
    field("day", "date"),
    field("name", pattern="[A-Z]+", message=two("Des majuscules.")),
    field("site", "site", default={"from": "site"}),
    field("pc", "item", **{"class": "laptop", "whose": "mine"}),
    field("who", "person"),
    field("plan", "file"),
]  # fmt: skip


@pytest.fixture
def laptop(world):
    make_ci(name="PC-CLAIRE", ci_class="laptop", user=world.customer, organisation=world.lumen)
    plan = {"tasks": [{"key": "prepare", "title": two("Préparer"), "team": "N1-CDS"}]}
    return make_item(
        "laptop", FORM, plan=plan, most=5, cost=900, monthly_cost=12, delay_days=5, summary_fr="Pour travailler partout"
    )


def question(page, key: str):
    return page.locator(f"[data-question={key}]")


def test_questions_appear_and_go_with_the_answers(browse, world, laptop):
    page = browse(login="customer")
    page.goto("/portal/catalogue/laptop/")
    expect(question(page, "size")).to_be_hidden()
    expect(page.get_by_text("Demandé seulement quand")).to_have_count(3)
    expect(page.locator("[data-when-words]:visible")).to_have_count(0)
    page.get_by_label("Laptop").check()
    expect(question(page, "size")).to_be_visible()
    expect(question(page, "why")).to_be_hidden()
    page.get_by_label("Size").fill("24,5")
    expect(question(page, "why")).to_be_visible()
    # What decides is hidden: so is what it decided.
    page.get_by_label("Phone", exact=True).check()
    expect(question(page, "size")).to_be_hidden()
    expect(question(page, "why")).to_be_hidden()
    # One of several answers; “optional” goes when an answer is needed.
    expect(question(page, "colour").locator("[data-optional]")).to_be_visible()
    page.get_by_label("Bag").check()
    expect(question(page, "colour").locator("[data-optional]")).to_be_hidden()
    expect(question(page, "soon")).to_be_hidden()
    page.get_by_label("Dock").check()
    expect(question(page, "soon")).to_be_visible()
    page.get_by_label("Dock").uncheck()
    page.get_by_label("Day").fill("2020-01-01")
    expect(question(page, "soon")).to_be_visible()


def test_the_server_and_the_page_agree_after_a_refusal(browse, world, laptop):
    page = browse(login="customer")
    page.goto("/portal/catalogue/laptop/")
    page.get_by_label("Laptop").check()
    page.get_by_label("Size").fill("30")
    page.get_by_label("Name", exact=False).first.fill("abc")
    page.get_by_role("button", name="Commander").click()
    expect(page.get_by_role("alert").first).to_be_focused()
    expect(question(page, "why").locator(".field-error")).to_be_visible()
    expect(page.get_by_text("Des majuscules.")).to_be_visible()
    page.get_by_role("link", name="Why").click()
    page.get_by_label("Why").fill("Pour les plans.")
    page.get_by_label("Name", exact=False).first.fill("ABC")
    page.get_by_role("button", name="Commander").click()
    page.wait_for_url("**/portal/orders/**")
    assert Request.objects.get().answers == {
        "kind": "laptop",
        "size": 30,
        "why": "Pour les plans.",
        "name": "ABC",
        "site": "PAR",
    }
    expect(page.get_by_role("link", name="laptop (fr)")).to_be_visible()


def test_without_scripts_every_question_is_shown_with_its_condition(chromium, live_server, world, laptop):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "fr", "url": live_server.url}])
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", "customer")
    page.fill("[name=password]", "vigie-demo")
    page.press("[name=password]", "Enter")
    page.goto("/portal/catalogue/laptop/")
    expect(page.get_by_text("Demandé seulement quand « Kind » est « Laptop »")).to_be_visible()
    page.get_by_label("Phone", exact=True).check()
    page.get_by_label("Size").fill("15")
    page.get_by_role("button", name="Commander").click()
    assert "/portal/orders/" in page.url
    assert "size" not in Request.objects.get().answers
    context.close()


def test_a_person_and_somebody_else_are_picked(browse, world, laptop):
    page = browse(login="customer")
    page.goto("/portal/catalogue/laptop/")
    page.get_by_label("Who").press_sequentially("mey")
    page.get_by_role("option", name="Paul Meyer").click()
    expect(page.get_by_label("Who")).to_have_value("colleague")
    page.get_by_text("Pour quelqu’un d’autre ?").click()
    page.get_by_label("Pour qui ?").press_sequentially("mey")
    page.get_by_role("option", name="Paul Meyer").click()
    page.wait_for_url("**?for=colleague")
    expect(page.get_by_text("Vous commandez pour Paul Meyer")).to_be_visible()
    page.get_by_label("Phone", exact=True).check()
    page.get_by_role("button", name="Mettre au panier").click()
    page.wait_for_url("**/portal/basket/")
    assert BasketLine.objects.get().requester == world.colleague
    page.get_by_role("button", name="Commander 1 article").click()
    page.wait_for_url("**/portal/orders/**")


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_the_pages_of_the_portal_fit_and_can_be_read(browse, world, laptop, width):
    page = browse(login="customer", width=width)
    page.goto("/portal/catalogue/laptop/")
    page.get_by_label("Laptop").check()
    page.get_by_role("button", name="Commander").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    BasketLine.objects.create(
        owner=world.customer, item_version=laptop.versions.get(), requester=world.colleague, answers={"kind": "phone"}
    )
    addresses = ["", "/portal/catalogue/", "/portal/", "/portal/basket/"]
    for address in addresses:
        if address:
            page.goto(address)
        assert overflows(page) <= 0, (address, width)
        assert faults_in_both_themes(page) == [], address


@pytest.mark.parametrize("width", [1440, 390])
def test_the_editor_fits_and_can_be_read(browse, world, laptop, width):
    page = browse(login="lead", width=width)
    parts = ["", "form/", "form/questions/colour/", "approval/", "plan/", "preview/", "versions/", "versions/1/"]
    for address in [
        "/settings/catalogue/",
        "/settings/catalogue/new/",
        *(f"/settings/catalogue/laptop/{part}" for part in parts),
    ]:
        page.goto(address)
        assert overflows(page) <= 0, address
        assert faults_in_both_themes(page) == [], address


def test_a_question_is_added_and_tried_with_the_keyboard(browse, world, laptop):
    page = browse(login="lead")
    page.goto("/settings/catalogue/laptop/form/")
    page.get_by_label("Type de la nouvelle question").select_option("yesno")
    page.get_by_role("button", name="Ajouter une question").press("Enter")
    page.get_by_label("Clé").fill("loan")
    page.get_by_label("Question en français").fill("En prêt ?")
    page.get_by_label("Question en anglais").fill("A loan?")
    page.get_by_role("button", name="Enregistrer").press("Enter")
    page.wait_for_url("**/form/")
    page.get_by_role("button", name="Monter « En prêt ? »").press("Enter")
    page.wait_for_load_state()
    page.goto("/settings/catalogue/laptop/preview/")
    expect(page.get_by_text("En prêt ?")).to_be_visible()
    page.goto("/settings/catalogue/laptop/versions/")
    page.get_by_role("button", name="Publier", exact=True).press("Enter")
    expect(page.get_by_text("La version 2 est publiée.")).to_be_visible()
