"""Pages that stand still and keep quiet: nothing moves after it is drawn, nothing breaks the policy, polls say nothing."""

import pytest
from django.core.cache import cache

from itsm.notify import notices
from itsm.records import search
from servicedesk.incidents import services

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHIFT = 0.02

# Before any script of the page: collect what moves without anybody's doing, and what the policy refuses.
WATCH = """
window.moved = []; window.refused = [];
new PerformanceObserver((list) => { for (const each of list.getEntries()) if (!each.hadRecentInput) {
  moved.push([each.value, ...each.sources.map((s) => (s.node?.outerHTML || s.node?.textContent || "").slice(0, 90))]);
} }).observe({ type: "layout-shift", buffered: true });
addEventListener("securitypolicyviolation", (event) => refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
# What assistive technology would be told from now on.
LISTEN = """() => {
  window.said = [];
  for (const region of document.querySelectorAll("[aria-live], [role=status], [role=alert], [role=log]")) {
    new MutationObserver(() => said.push(region.textContent.trim())).observe(region, { childList: true, characterData: true, subtree: true });
  }
}"""


@pytest.fixture
def incident(world):
    made = [
        services.open_incident(actor=world.customer, title=f"Imprimante {n} en panne", requester=world.customer)
        for n in range(12)
    ]
    search.index([each.pk for each in made])
    services.edit(made[0].pk, actor=world.agent, major=True)
    return made[1]


def desk_pages(number: str) -> list[str]:
    return [
        "/desk/", f"/desk/{number}/", "/desk/incidents/", f"/desk/incidents/{number}/", "/desk/incidents/new/",
        "/find/?q=imprimante", "/cmdb/", "/notices/", "/preferences/", "/preferences/keys/",
    ]  # fmt: skip


def portal_pages(number: str) -> list[str]:
    return ["/portal/", "/portal/new/", "/portal/tickets/", f"/portal/tickets/{number}/", "/preferences/"]


def settled(page, path: str) -> None:
    """What comes after the page (who is here, similar tickets, counters) has come."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate(TWO_FRAMES)


def watched(page, paths: list[str]) -> dict[str, list]:
    """What moved and what was refused, by page. The first is loaded twice: before its counters are known, and after."""
    page.add_init_script(WATCH)
    errors, wrong = [], {}
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in [paths[0], *paths]:
        errors.clear()
        settled(page, path)
        moved, refused = page.evaluate("[moved, refused]")
        found = [f"{moved}"] if sum(each[0] for each in moved) >= SHIFT else []
        if found + refused + errors:
            wrong[path] = found + refused + errors
    return wrong


def test_the_measure_sees_what_moves_and_what_is_refused(browse, world):
    page = browse(login="agent")
    page.add_init_script(WATCH)
    settled(page, "/preferences/")
    page.evaluate(
        "document.querySelector('main').prepend(Object.assign(document.createElement('p'), { innerHTML: 'x<br><br><br><br>' }))"
    )
    page.evaluate("document.body.setAttribute('onclick', 'alert(1)')")
    page.evaluate(TWO_FRAMES)
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("moved[0][0]") > 0
    assert "attr" in page.evaluate("refused[0]")


@pytest.mark.parametrize(("theme", "width"), [("dark", 1440), ("light", 390)])
def test_the_desk_stands_still_and_keeps_to_the_policy(browse, incident, theme, width):
    page = browse(login="agent", theme=theme, width=width)
    assert watched(page, desk_pages(incident.number)) == {}


@pytest.mark.parametrize(("theme", "width"), [("dark", 1440), ("light", 390)])
def test_the_portal_stands_still_and_keeps_to_the_policy(browse, incident, theme, width):
    page = browse(login="customer", theme=theme, width=width)
    assert watched(page, portal_pages(incident.number)) == {}


def test_the_dashboard_stands_still_and_keeps_to_the_policy(browse, incident):
    page = browse(login="manager", theme="dark")
    assert watched(page, ["/kpis/"]) == {}


def test_polls_say_nothing_but_a_new_major_incident_once(browse, world, incident):
    page = browse(login="network", language="en")
    settled(page, "/desk/")
    page.evaluate(LISTEN)
    other = services.open_incident(actor=world.customer, title="Réseau lent", requester=world.customer)
    notices.tell("told", [world.network.pk], "ticket_assigned")
    with page.expect_response(lambda answer: "/shell/counts/" in answer.url and answer.status == 200, timeout=15000):
        pass
    page.locator("#bell b").wait_for()
    assert page.evaluate("said") == []
    services.edit(other.pk, actor=world.agent, major=True)
    page.locator(f"#strip [data-announce={other.number}]").wait_for(timeout=15000)
    page.locator("#announced", has_text=other.number).wait_for(state="attached")
    page.evaluate(TWO_FRAMES)
    assert other.number in page.evaluate("said[0]")
    assert page.evaluate("new Set(said).size") == 1


def test_a_hidden_page_asks_for_nothing(browse, world):
    cache.clear()
    page = browse(login="agent")
    settled(page, "/desk/")
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for _time in range(2):
        page.evaluate("htmx.trigger('#counts', 'every')")
        page.evaluate("htmx.ajax('GET', '/shell/counts/', { source: '#counts', target: '#counts' })")
    page.evaluate(TWO_FRAMES)
    assert asked == []


def test_after_ten_minutes_without_input_a_page_asks_once_a_minute(browse, world):
    page = browse(login="agent")
    page.clock.install()
    page.goto("/desk/")
    page.clock.run_for(15_000)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/shell/counts/" in request.url else None)
    page.clock.run_for(60_000)
    busy = len(asked)
    page.clock.fast_forward(660_000)
    asked.clear()
    for _ten_seconds in range(12):
        page.clock.run_for(10_000)
    assert busy >= 4
    assert len(asked) <= 3
