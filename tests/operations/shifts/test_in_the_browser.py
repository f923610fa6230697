"""Planning, shifts and checks in a real browser: nothing that axe finds, nothing wider than a phone, and the form that looks."""

import pytest

from itsm.core import now
from itsm.planning.models import Window
from operations.control.shifts import checking, services
from operations.control.shifts.models import CheckResult
from tests.browser import faults, overflows
from tests.cmdb.factories import make_ci
from tests.planning.factories import make_window

from .test_pages import live, pages  # noqa: F401 - `live` is a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def full(live):  # noqa: F811
    """Something on every page."""
    make_ci(name="SRV-PAIE-01", organisation=live.lumen)
    live.window = make_window(live, starts_at=now(), scope={"classes": ["compute"]}, repeats="weekly")
    make_window(live, kind="freeze", name="Gel", starts_at=now())
    services.note(organisation=live.lumen, text="Réseau " + "très " * 60 + "calme", actor=live.sekou, follow=True)
    checking.tick(live.backups.pk, actor=live.sekou, colour="red", note="Deux nuits manquent " * 10)
    checking.run_rules(live.checklist)
    return live


def test_pages_with_something_on_them_are_sound_and_fit_a_phone(browse, full):
    page = browse(login="sekou", theme="dark", language="fr")
    planning = [f"/operations/planning/{path}" for path in ("", "month/", f"{full.window.pk}/")]
    wrong = []
    for path in (*planning, *pages(full)[:4]):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(path)
        if page.locator("h1").count() != 1 or (found := faults(page)):
            wrong.append((path, "axe", found))
        for width in (320, 390):
            page.set_viewport_size({"width": width, "height": 700})
            if overflows(page):
                wrong.append((path, width))
    assert wrong == []


def test_the_form_of_a_window_shows_what_it_touches_while_one_fills_it_in(browse, full):
    page = browse(login="sekou", language="en")
    page.goto("/operations/planning/new/")
    page.get_by_label("Named items").fill("SRV-PAIE-01")
    page.get_by_label("Named items").press("Tab")
    page.locator("#look").get_by_role("link", name="SRV-PAIE-01").wait_for()
    assert Window.objects.count() == 2
    page.get_by_label("Name", exact=True).fill("Patches")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/operations/planning/*/")
    assert Window.objects.get(name="Patches").conditions.count() == 1


def test_a_check_is_ticked_by_keyboard(browse, full):
    page = browse(login="sekou", language="en")
    page.goto("/operations/checks/")
    page.locator(f"#note-{full.majors.pk}").fill("Watched")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    assert CheckResult.objects.get(check_of=full.majors).by is None
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#tick-*")
    result = CheckResult.objects.get(check_of=full.majors)
    assert (result.colour, result.note, result.by) == ("amber", "Watched", full.sekou)
    page.locator(f"#check-{full.majors.pk} button[value=amber]:focus").wait_for()


def test_after_a_tick_the_focus_is_on_the_next_check_and_the_page_stays_where_it_was(browse, live):  # noqa: F811
    page = browse(login="sekou", language="en")
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto("/operations/checks/")
    where = "document.getElementById('main').scrollTop"
    page.evaluate(f"{where} = 60")
    page.locator(f"#tick-{live.backups.pk}").focus()
    before = page.evaluate(where)
    assert before
    page.keyboard.press("Enter")
    page.locator(f"#tick-{live.majors.pk}:focus").wait_for()
    assert abs(page.evaluate(where) - before) <= 60
    page.keyboard.press("Enter")
    page.get_by_text("2 / 2").wait_for()
    assert set(CheckResult.objects.values_list("colour", flat=True)) == {"green"}
    page.locator(f"#tick-{live.majors.pk}:focus").wait_for()
