"""The main job, by hand in a browser: from a user's words to the figure that the manager reads."""

import re

import pytest

from itsm.core import reference
from itsm.notify import outbox
from itsm.notify.models import Message
from itsm.records.models import Category, Record
from kpis import rollup
from servicedesk.surveys import services as surveys

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TITLE = "PaieNet refuse la validation des bulletins"


@pytest.fixture
def later(settings, tmp_path):
    """Moves the product's clock: `later(minutes=40)`."""
    file = tmp_path / "clock"
    file.write_text("0")
    settings.CLOCK_SHIFT_FILE = str(file)
    return lambda minutes: file.write_text(str(float(file.read_text()) + minutes * 60))


@pytest.fixture
def category(world):
    made = Category.objects.create(code="payroll", name_fr="Paie", name_en="Payroll")
    made.path = f"/{made.pk}/"
    made.save(update_fields=["path"])
    reference.forget_everything()
    return made


def work() -> None:
    """What the worker does when it is nudged."""
    outbox.drain()
    surveys.sweep()
    outbox.drain()
    rollup.roll_up()


def tickets_behind(page, slug: str) -> list[str]:
    """From the dashboard's figure to the very rows behind it."""
    page.goto("/kpis/?days=7")
    page.locator(f"main a[href^='/kpis/{slug}/rows/']").first.click()
    page.wait_for_url(f"**/kpis/{slug}/rows/**")
    return page.locator("main td a.mono, main td.mono a").all_inner_texts()


def report(page) -> str:
    """A user reports a problem on the portal; the number of the ticket."""
    page.goto("/portal/")
    page.locator("a[href='/portal/new/']").first.click()
    page.fill("[name=title]", TITLE)
    page.check("[name=urgency][value='2']")
    page.fill("[name=description]", "Message <b>DB2 -904</b> depuis ce matin.")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/portal/tickets/INC\d+/"))
    return re.search(r"INC\d{7}", page.url)[0]


def move(page, number: str, name: str, **fields) -> None:
    """Fill the form of a move and send it."""
    page.goto(f"/desk/incidents/{number}/{name}/")
    for field, value in fields.items():
        control = page.locator(f"main [name={field}]")
        control.select_option(value) if control.evaluate("e => e.tagName") == "SELECT" else control.fill(value)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**/desk/incidents/{number}/")


def test_an_incident_goes_from_a_user_to_the_third_level_and_back(browse, world, category, later):
    manager = browse(login="manager", by_form=True)
    assert manager.url.endswith("/kpis/")
    manager.goto("/kpis/mttr/rows/?days=7")
    assert manager.locator("main tbody tr").count() == 0
    user = browse(login="customer", by_form=True)
    number = report(user)
    assert user.locator("h1").inner_text() == TITLE
    assert "<b>DB2 -904</b>" in user.locator("main").inner_text()

    agent = browse(login="agent", by_form=True)
    agent.goto("/desk/incidents/")
    agent.locator("a.tt", has_text=TITLE).click()
    agent.wait_for_url(f"**/desk/incidents/{number}/")
    agent.keyboard.press("a")
    agent.wait_for_selector("form[action$='acknowledge/']", state="detached")
    assert Record.objects.get(number=number).assignee == world.agent

    later(5)
    move(agent, number, "edit", category="payroll", impact="2")
    assert Record.objects.get(number=number).priority == 1 + 1
    agent.fill("[name=body]", "Nous regardons, prochain point à 11:00.")
    agent.locator("#compose button[type=submit]").click()
    agent.wait_for_selector(".tl-b:has-text('prochain point')")
    later(5)
    move(agent, number, "escalate", to_team="N3-ZOS", reason="Compétence DB2")
    assert Record.objects.get(number=number).team == world.n3

    user.goto(f"/portal/tickets/{number}/")
    assert "prochain point à 11:00" in user.locator("main").inner_text()
    assert "Compétence DB2" not in user.locator("main").inner_text()

    later(30)
    expert = browse(login="mainframe", by_form=True)
    expert.goto(f"/desk/incidents/{number}/")
    expert.keyboard.press("a")
    expert.wait_for_selector("form[action$='acknowledge/']", state="detached")
    move(expert, number, "resolve", resolution_code="solved", resolution="Tablespace repris.", cause_code="software")
    agent.goto(f"/desk/incidents/{number}/")
    assert "Tablespace repris." in agent.locator("main").inner_text()

    user.goto(f"/portal/tickets/{number}/")
    user.locator("form[action='confirm/'] button").click()
    user.wait_for_selector("form[action='confirm/']", state="detached")
    assert Record.objects.get(number=number).phase == "closed"

    later(45)
    work()
    mail = Message.objects.get(template="survey", record__number=number)
    visitor = browse()
    visitor.goto(re.search(r"/survey/[^/\s]+/", mail.body_text)[0])
    assert visitor.locator("[name=score]:checked").count() == 0
    visitor.check("[name=score][value='5']")
    visitor.fill("[name=comment]", "Rapide et clair.")
    visitor.locator("main form button[type=submit]").click()
    visitor.wait_for_selector("main form", state="detached")
    assert mail.record.surveys.get().score == 5

    work()
    assert tickets_behind(manager, "mttr") == [number]
    assert tickets_behind(manager, "csat") == [number]
    # One row for the stay in each team: the help desk's ended by an escalation, the third level's by the resolution.
    assert tickets_behind(manager, "escalation-rate") == [number, number]


def test_a_user_who_is_not_helped_reopens_and_the_desk_sees_it(browse, world, category, later):
    user = browse(login="customer", by_form=True)
    number = report(user)
    agent = browse(login="agent", by_form=True)
    agent.goto(f"/desk/incidents/{number}/")
    agent.locator("form[action$='acknowledge/'] button").click()
    agent.wait_for_selector("form[action$='acknowledge/']", state="detached")
    move(agent, number, "edit", category="payroll", impact="3")
    move(agent, number, "resolve", resolution_code="solved", resolution="Relancé.", cause_code="software")
    later(10)
    user.goto(f"/portal/tickets/{number}/")
    user.locator("details summary").last.scroll_into_view_if_needed()
    user.locator("form[action='reopen/']").locator("xpath=ancestor::details").locator("summary").click()
    user.fill("form[action='reopen/'] textarea", "L’erreur est revenue.")
    user.locator("form[action='reopen/'] button").click()
    user.wait_for_selector("form[action='reopen/']", state="detached")
    agent.goto(f"/desk/incidents/{number}/")
    assert "L’erreur est revenue." in agent.locator("main").inner_text()
    record = Record.objects.get(number=number)
    assert (record.phase, record.reopen_count) == ("open", 1)
