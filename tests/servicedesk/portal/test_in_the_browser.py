"""The portal as people use it: on a phone, at twice the size, with a keyboard, without scripts."""

import re
from datetime import timedelta

import pytest
from django.conf import settings

from itsm.cmdb import services as cmdb
from itsm.core import now
from itsm.records import search
from itsm.records.models import Attachment, HoldReason
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests.browser import faults, faults_in_both_themes, overflows
from tests.cmdb.factories import make_ci, make_service
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 2000
# WCAG 1.4.12: a reader may spread the text; nothing may be lost by it.
SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }"
# Text that its box hides; what is cut on purpose says so by `clip`.
CUT = """() => [...document.querySelectorAll("main *, header *, nav *")].filter((e) => {
  const hides = ["hidden", "clip"].includes(getComputedStyle(e).overflowX);
  return hides && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1 && e.textContent.trim() && !e.closest(".clip, .sr, svg, select");
}).map((e) => e.className + ": " + e.textContent.trim().slice(0, 40))"""


@pytest.fixture
def desk(world):
    """Claire has a computer, a ticket that waits for her, one that is solved; a service is down, and it is major."""
    make_ci(name="PC-CLAIRE-FONTAINE", ci_class="laptop", user=world.customer, organisation=world.lumen)
    mail = make_service(name="Messagerie électronique", organisation=world.lumen, service={"customer": world.lumen})
    cmdb.open_outage(
        mail.item, actor=world.network, public_fr="Nos équipes y travaillent.", expected_at=now() + timedelta(hours=2)
    )
    world.mail = mail
    world.major = services.open_incident(
        actor=world.agent, requester=world.colleague, title="Messagerie indisponible", urgency=1, service=mail
    )
    services.edit(world.major.pk, actor=world.agent, major=True)
    world.waiting = report(
        world, "Quel écran pour le bureau 312, avec une référenceparticulièrementlongue-0123456789 ?"
    )
    services.hold(
        world.waiting.pk,
        actor=world.agent,
        reason=HoldReason.objects.get(code="requester"),
        comment="Quel modèle avez-vous ?",
    )
    world.solved_one = report(world, "Téléphone muet en réunion")
    services.resolve(world.solved_one.pk, actor=world.agent, resolution_code=world.solved, resolution="Câble remplacé.")
    search.index([world.waiting.pk, world.solved_one.pk, world.major.pk])
    return world


def report(world, title: str) -> Incident:
    return services.open_incident(actor=world.customer, requester=world.customer, title=title, urgency=3)


def addresses(desk) -> list[str]:
    return [
        "/portal/", "/portal/new/?q=messagerie", "/portal/tickets/", "/portal/tickets/?q=rien", f"/portal/tickets/{desk.waiting.number}/",
        f"/portal/tickets/{desk.solved_one.number}/", "/status/", f"/status/{desk.mail.pk}/", "/find/", "/find/?q=bureau",
        "/find/?q=rienderien", "/find/?q=bureau&tab=own", "/notices/",
    ]  # fmt: skip


@pytest.fixture
def without_scripts(chromium, live_server, desk):
    """Claire in a browser that runs no script."""
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "fr", "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/accounts/login/")
    page.fill("[name=login]", "customer")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile("/portal/"))
    yield page
    context.close()


def test_every_page_fits_a_small_phone_and_is_accessible(browse, desk):
    page = browse(login="customer", width=320, height=640)
    for address in addresses(desk):
        page.goto(address)
        assert (address, page.locator("h1").count()) == (address, 1)
        assert (address, overflows(page)) == (address, 0)
        assert (address, page.evaluate(CUT)) == (address, [])
        assert (address, faults_in_both_themes(page)) == (address, [])


def test_every_page_can_be_read_at_twice_the_size_with_spread_text(browse, desk):
    page = browse(login="customer", width=640, height=450)
    for address in addresses(desk):
        page.goto(address)
        # The policy of the page lets no style in from outside: a sheet made by script is its own.
        page.evaluate(
            "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s]; }", SPACING
        )
        assert (address, overflows(page)) == (address, 0)
        assert (address, page.evaluate(CUT)) == (address, [])


def test_nothing_needs_a_script(without_scripts, desk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    page = without_scripts
    page.goto("/portal/new/?q=Clavier collant")
    page.fill("[name=since]", "demain 08:00")
    page.fill("[name=description]", "La touche E.")
    page.click("#report button[type=submit]")
    page.click("[data-focus] a")
    assert page.url.endswith("#id_since")
    assert page.input_value("[name=description]") == "La touche E."
    page.fill("[name=since]", "hier 14h")
    page.set_input_files("#files", {"name": "clavier.png", "mimeType": "image/png", "buffer": PNG})
    page.click("#report button[type=submit]")
    made = Incident.objects.get(title="Clavier collant")
    assert Attachment.objects.filter(record_id=made.pk).count() == 1
    assert page.locator("img.thumb").count() == 1

    page.goto("/portal/")
    page.click(f"a[href='/portal/tickets/{desk.waiting.number}/#reply']")
    page.fill("[name=body]", "Un modèle de 2024.")
    page.set_input_files("#files", {"name": "etiquette.png", "mimeType": "image/png", "buffer": PNG})
    page.click("#reply button[type=submit]")
    assert "reprend" in page.inner_text("main")
    assert Incident.objects.get(pk=desk.waiting.pk).phase == "open"

    page.goto(f"/portal/tickets/{desk.solved_one.number}/")
    page.click("summary:has-text('Non, pas encore')")
    page.fill("#reopen-reason", "Toujours muet.")
    page.click("form[action='reopen/'] button")
    assert Incident.objects.get(pk=desk.solved_one.pk).phase == "open"
    services.resolve(desk.solved_one.pk, actor=desk.agent, resolution_code=desk.solved, resolution="Remplacé.")
    page.goto(f"/portal/tickets/{desk.solved_one.number}/")
    page.click("form[action='confirm/'] button")
    assert Incident.objects.get(pk=desk.solved_one.pk).phase == "closed"

    page.goto("/portal/")
    page.click(".p-major button")
    assert Incident.objects.filter(parent_id=desk.major.pk, requester=desk.customer).count() == 1
    page.goto("/portal/")
    assert page.locator(".p-major a[href^='/portal/tickets/']").count() == 1
    page.fill(".p-find [name=q]", "bureau")
    page.press(".p-find [name=q]", "Enter")
    assert desk.waiting.number in page.inner_text("#found")


def test_files_are_listed_before_sending_and_can_be_taken_back(browse, desk, settings, tmp_path):
    settings.MEDIA_ROOT, settings.UPLOAD_MAX_BYTES = tmp_path, 1024 * 1024
    page = browse(login="customer", language="en")
    page.goto("/portal/new/")
    photo, log = ({"name": name, "mimeType": "image/png", "buffer": PNG} for name in ("photo.png", "capture.png"))
    page.set_input_files("#files", [photo])
    page.set_input_files("#camera", [log])
    page.set_input_files("#files", {"name": "video.png", "mimeType": "image/png", "buffer": PNG * 1000})
    lines = page.locator("[data-files-list] li")
    assert lines.count() == 3
    assert "2 kB" in lines.nth(0).inner_text()
    assert "too large" in lines.nth(2).inner_text()
    assert faults(page) == []
    page.click("[aria-label='Remove video.png']")
    page.click("[aria-label='Remove photo.png']")
    page.fill("[name=title]", "Keyboard is sticky")
    page.click("#report button[type=submit]")
    page.wait_for_url(re.compile("/portal/tickets/INC"))
    assert list(Attachment.objects.values_list("name", flat=True)) == ["capture.png"]


def test_the_camera_is_offered_on_a_phone_beside_the_gallery(chromium, live_server, browse, desk):
    page = browse(login="customer")
    page.goto("/portal/new/")
    assert not page.locator(".files-camera").is_visible()
    kept = page.context.storage_state()
    context = chromium.new_context(
        base_url=live_server.url,
        storage_state=kept,
        has_touch=True,
        is_mobile=True,
        viewport={"width": 390, "height": 844},
    )
    phone = context.new_page()
    phone.goto("/portal/new/")
    assert phone.locator(".files-camera").is_visible()
    assert phone.locator("#camera").get_attribute("capture") == "environment"
    assert phone.locator("#files").get_attribute("capture") is None
    context.close()


def test_a_draft_waits_for_its_writer_and_what_is_known_is_told_while_typing(browse, desk):
    page = browse(login="customer")
    page.goto("/portal/new/")
    page.locator("[name=title]").press_sequentially("Messagerie en panne", delay=5)
    page.locator("#before:has-text('Messagerie indisponible')").wait_for()
    page.select_option("[name=service]", str(desk.mail.pk))
    page.locator("#before:has-text('Nos équipes y travaillent.')").wait_for()
    page.fill("[name=since]", "ce matin")
    page.goto("/portal/")
    page.goto("/portal/new/")
    assert page.input_value("[name=title]") == "Messagerie en panne"
    assert page.input_value("[name=since]") == "ce matin"
    assert page.input_value("[name=service]") == str(desk.mail.pk)
