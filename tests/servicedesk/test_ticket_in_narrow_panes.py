"""The middle of the workspace on the screens that desks have: nothing lies over anything, a toast moves nothing, the open ticket is in sight."""

import pytest

from servicedesk.incidents import services
from tests.levels.agreed import olas

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Words of the cards and of the codification that are drawn over other words, as [one, other].
CLASH = """() => {
  const found = [], rects = [];
  for (const part of document.querySelectorAll(".slas, .codes")) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.data.trim() || node.parentElement.closest(".sr, details:not([open]) > :not(summary)") || !node.parentElement.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) rects.push([node.data.trim(), box]);
    }
    for (const icon of part.querySelectorAll("svg.i, a.btn")) rects.push([icon.id || "icon", icon.getBoundingClientRect()]);
  }
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  rects.forEach(([one, a], n) => rects.slice(n + 1).forEach(([other, b]) => {
    const nested = a.left <= b.left && a.right >= b.right && a.top <= b.top && a.bottom >= b.bottom;
    if (!nested && over(a, b)) found.push([one, other]);
  }));
  for (const card of document.querySelectorAll(".sla")) if (card.scrollWidth > card.clientWidth + 1) found.push([card.innerText, "is too wide"]);
  return found;
}"""


@pytest.fixture
def incident(world):
    olas()
    made = services.open_incident(
        actor=world.agent, requester=world.customer, title="Imprimante du 3e étage : bourrage papier à chaque impression",
        description="Depuis hier.", channel="phone", team=world.n1,
    )  # fmt: skip
    services.assign(made.pk, actor=world.agent, team=world.n1, assignee=world.agent)
    return made


def test_no_words_lie_over_others(browse, incident):
    page = browse(login="agent", language="fr")
    wrong = {}
    for width in (1280, 1366, 1440, 1100, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/desk/{incident.number}/")
        if clash := page.evaluate(CLASH):
            wrong[width] = clash
        lines = page.evaluate(
            "() => Math.max(...[...document.querySelectorAll('.sla .clip')].map((e) => e.getClientRects().length && e.offsetHeight / parseFloat(getComputedStyle(e).lineHeight)))"
        )
        if lines > 2.2:
            wrong[f"{width}, lines of a card's name"] = lines
    assert wrong == {}


@pytest.fixture
def queue(world):
    """More unassigned tickets than a screen holds."""
    return [
        services.open_incident(actor=world.agent, requester=world.customer, title=f"VPN {n}", channel="phone", team=world.n1)
        for n in range(25)
    ]  # fmt: skip


def test_what_was_done_is_told_over_the_context_and_the_taken_ticket_stays_in_sight(browse, queue):
    page = browse(login="agent", language="fr", width=1366)
    number = queue[20].number
    page.goto(f"/desk/{number}/?tab=unassigned")
    page.locator(f"#q-{number}").scroll_into_view_if_needed()
    before = page.locator("#ticket").bounding_box()
    page.locator("#act-acknowledge").click()
    toast = page.locator(".toast-v")
    toast.wait_for()
    assert page.locator("#ticket").bounding_box() == before
    assert toast.bounding_box()["x"] >= before["x"] + before["width"]
    pinned = page.locator(".q-item.is-gone[aria-current]")
    pinned.wait_for(timeout=15_000)
    page.evaluate("document.querySelector('[data-resizes]').scrollTop = 1e6")
    head, row = page.locator(".q-head").bounding_box(), pinned.bounding_box()
    assert abs(row["y"] - (head["y"] + head["height"])) <= 2
    assert page.evaluate(
        "([x, y]) => !!document.elementFromPoint(x, y).closest('.is-gone')",
        [row["x"] + 40, row["y"] + row["height"] / 2],
    )
