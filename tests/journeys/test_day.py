"""A day's work at the desk: once by keyboard alone, once by touch on a phone. Nothing here presses a mouse button in the first."""

import pytest
from django.conf import settings

from itsm.records.models import Comment, Record
from servicedesk.incidents import services
from servicedesk.macros.models import CannedReply
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TITLES = ("Imprimante bloquée", "Messagerie lente", "Messagerie en panne", "VPN coupé", "Écran noir", "Badge refusé", "Clavier muet", "Souris morte", "Casque muet")  # fmt: skip


@pytest.fixture
def day(world):
    """Nine tickets of the morning, a canned reply, and nobody has taken anything."""
    CannedReply.objects.create(name="Bonjour", body="Bonjour {requester}, nous regardons.", language="fr")
    return [
        services.open_incident(actor=world.agent, requester=world.customer, title=title, channel="phone", urgency=3)
        for title in TITLES
    ]


def now_is(incident) -> Record:
    return Record.objects.get(pk=incident.pk)


class Keys:
    """Hands that never leave the keyboard."""

    def __init__(self, page):
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def said(self, text: str) -> None:
        """The sentence that the page announces."""
        self.page.locator("#said", has_text=text).wait_for(state="attached")

    def until(self, condition: str, key: str, most: int = 40) -> None:
        """Press a key until the focus is where it should be."""
        for _time in range(most):
            if self.page.evaluate(f"(() => {{ const at = document.activeElement; return {condition}; }})()"):
                return
            self.press(key)
        raise AssertionError(f"{key} never led to {condition}")

    def open(self, incident) -> None:
        """By its number in the palette."""
        self.press("Control+k")
        self.page.locator("#palette[open]").wait_for()
        self.type(incident.number)
        self.page.locator("#palette [data-exact]").wait_for()
        self.press("Enter")
        self.page.locator("#ticket-title", has_text=incident.title).wait_for()

    def dialog(self, first: str) -> None:
        self.page.locator(f"#dialog {first}:focus").wait_for()


def test_by_keyboard_alone(world, browse, day):
    take, lasting, double, _vpn, *many = day
    page = browse(login="agent", language="en")
    page.goto("/desk/?tab=team")
    keys = Keys(page)
    keys.until(f"at.id === 'q-{take.number}'", "j")
    keys.press("Enter")
    page.locator("#ticket-title:focus").wait_for()
    keys.press("a")
    keys.said("Taken in charge")
    keys.press("r")
    page.locator("#body:focus").wait_for()
    keys.press("/")
    page.locator("[data-phrases] button:focus").wait_for()
    keys.press("Enter")
    page.locator("#body:focus").wait_for()
    keys.press("Control+Enter")
    keys.said("The reply is sent")
    assert Comment.objects.get(record=take).body == "Bonjour Claire Fontaine, nous regardons."
    keys.press("h")
    keys.dialog("select[name=reason]")
    keys.until("at.value === 'supplier'", "ArrowDown")
    keys.until("at.type === 'radio'", "Tab")
    keys.until("new Date(at.value).getDay() === 1", "ArrowDown")  # called "Tomorrow" on a Sunday
    keys.press("Control+Enter")
    keys.said("On hold")
    assert now_is(take).hold_until.weekday() == 0
    keys.open(double)
    keys.until("at.matches('summary[aria-label=More]')", "Tab", 60)  # past the navigation
    keys.press("Enter")
    keys.until("at.id === 'act-merge'", "ArrowDown")
    keys.press("Enter")
    keys.dialog("input[name=into]")
    keys.type(lasting.number)
    keys.press("Control+Enter")
    page.locator("#dialog button:focus", has_text=f"Merge into {lasting.number}").wait_for()
    keys.press("Enter")
    keys.said("Merged into")
    assert now_is(double).merged_into_id == lasting.pk
    keys.open(lasting)
    keys.press("e")
    keys.dialog("select[name=to_team]")
    keys.until("at.name === 'reason'", "Tab")
    keys.type("The network team knows")
    keys.press("Control+Enter")
    keys.said("Functional escalation")
    assert now_is(lasting).team_id == world.n2.pk
    keys.press("g", "i")
    page.locator("table.inc").wait_for()
    chosen = many[:5]
    for incident in chosen:
        keys.until(f"at.matches('a.tt') && at.href.includes('{incident.number}')", "j", 20)
        keys.press("x")
        keys.until("at === [...document.querySelectorAll('a.tt')][0]", "k", 20)
    page.get_by_text(f"{len(chosen)} chosen").wait_for()
    keys.press("a")
    keys.dialog("select[name=team]")
    keys.type("N2-RES")
    keys.press("Control+Enter")
    page.get_by_text(f"{len(chosen)} done").wait_for()
    assert {now_is(incident).team_id for incident in chosen} == {world.n2.pk}
    keys.open(day[3])
    keys.press("s")
    keys.dialog("select[name=resolution_code]")
    keys.until("at.value === 'reboot'", "ArrowDown")
    keys.until("at.name === 'resolution'", "Tab")
    keys.type("Restarted")
    keys.press("Control+Enter")
    keys.said("Resolved")
    assert now_is(day[3]).phase == "resolved"


@pytest.fixture
def phone(chromium, live_server):
    """A telephone in the hand of an agent: touch, no hover, no keyboard."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/accounts/login/")
    page.fill("[name=login]", "agent")
    page.fill("[name=password]", PASSWORD)
    page.locator("button[type=submit]", has_text="Sign in").tap()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    yield page
    context.close()


def said(page, text: str) -> None:
    page.locator("#said", has_text=text).wait_for(state="attached")


def test_by_touch_on_a_phone(world, phone, day):
    take, lasting, double, vpn, *many = day
    page = phone
    page.goto("/desk/?tab=team")
    page.locator(f"#q-{take.number}").tap()
    page.locator("#ticket-title", has_text=take.title).wait_for()
    page.locator("#act-acknowledge").tap()
    said(page, "Taken in charge")
    page.get_by_role("link", name="Reply", exact=False).first.tap()
    page.locator("[data-phrases] summary").tap()
    page.locator("[data-phrases] button", has_text="Bonjour").tap()
    page.locator("#compose").get_by_role("button", name="Send").tap()
    said(page, "The reply is sent")
    page.locator("#act-hold").tap()
    page.locator("#dialog select[name=reason]").select_option("supplier")
    monday = (
        "[...document.querySelectorAll('#dialog input[type=radio]')].find((r) => new Date(r.value).getDay() === 1).id"
    )
    page.locator(f"#dialog label[for={page.evaluate(monday)}]").tap()
    page.locator("#dialog button[type=submit]").tap()
    said(page, "On hold")
    assert now_is(take).hold_until.weekday() == 0
    page.goto(f"/desk/{double.number}/")
    page.locator("summary[aria-label=More]").tap()
    page.locator("#act-merge").tap()
    page.fill("#dialog [name=into]", lasting.number)
    page.locator("#dialog button[type=submit]").tap()
    page.locator("#dialog button", has_text=f"Merge into {lasting.number}").tap()
    said(page, "Merged into")
    page.goto(f"/desk/{lasting.number}/")
    page.locator("#act-escalate").tap()
    page.fill("#dialog [name=reason]", "The network team knows")
    page.locator("#dialog button[type=submit]").tap()
    said(page, "Functional escalation")
    page.goto("/desk/incidents/")
    chosen = many[:4]
    for incident in chosen:
        page.locator(f'input[name=number][value="{incident.number}"]').tap()
    page.get_by_text(f"{len(chosen)} chosen").wait_for()
    page.locator('[data-key="a"]').last.tap()
    page.locator("#dialog select[name=team]").select_option("N2-RES")
    page.locator("#dialog button[type=submit]").tap()
    page.get_by_text(f"{len(chosen)} done").wait_for()
    assert {now_is(incident).team_id for incident in chosen} == {world.n2.pk}
    page.goto(f"/desk/{vpn.number}/")
    page.locator("#act-resolve").tap()
    page.locator("#dialog select[name=resolution_code]").select_option("reboot")
    page.fill("#dialog [name=resolution]", "Restarted")
    page.locator("#dialog button[type=submit]").tap()
    said(page, "Resolved")
    assert (now_is(vpn).phase, now_is(double).merged_into_id, now_is(lasting).team_id) == (
        "resolved", lasting.pk, world.n2.pk,
    )  # fmt: skip
