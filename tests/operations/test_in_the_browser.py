"""Operations in a real browser: alive without a reload, worked by keys, sound for everybody, at every width."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from itsm.cmdb import services as cmdb
from itsm.documents import running
from itsm.documents import services as documents
from itsm.events import services as events
from itsm.events.models import Alert
from itsm.gateway.sources import services as sources
from operations.control.consoles import services

from ..browser import faults_in_both_themes, overflows
from .alerts import raised

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "Avant.\n\n## Regarder\n\n```\n-DIS DB(DB2P) SPACENAM(TSPAIE*) RES LIMIT(*) TRES LONG\n```\n\n## Relancer\n\nx\n"


@pytest.fixture
def room(ops):
    """Two alerts, a console that watches everything, and a runbook that is under way."""
    server = cmdb.create_ci(
        actor=ops.admin, ci_class="physical_server", name="DB2P-PAIE", organisation=ops.lumen, support_team=ops.n2
    )
    item = cmdb.create_ci(actor=ops.admin, ci_class="console", name="ZOS-MASTER", organisation=ops.lumen)
    ops.console = services.set_up(item, actor=ops.operator, post="Salle 1", authority="master")
    services.order(item.pk, actor=ops.operator, text="D R,L", answer="IEE112I", system="ZOS1")
    services.ask(item.pk, text="IEF238D REPLY DEVICE NAME OR CANCEL", system="ZOS1", reply_id=12)
    ops.runbook = documents.write(
        actor=ops.network,
        title="Tablespace en RECP",
        body=TEXT,
        organisation=ops.lumen,
        items=[server],
        owner_team=ops.pilots,
    )
    ops.first = raised(ops, "a", title="Tablespace TSPAIE03 en RECP", item=server)
    ops.second = raised(ops, "b", severity="minor", title="Bourrage, 37 documents en file")
    ops.run = running.start(ops.runbook, actor=ops.operator, alert=ops.first)
    return ops


def test_a_new_alert_appears_by_itself_and_what_one_chose_stays(browse, room):
    page = browse(login="ops")
    page.goto("/operations/alerts/")
    page.locator(f"#c-{room.second.number}").check()
    page.locator(f"#a-{room.second.number}").focus()
    fresh = raised(room, "c", title="Link down")
    page.locator(f"#a-{fresh.number}").wait_for(timeout=4000)
    assert page.locator(f"#c-{room.second.number}").is_checked()
    assert page.evaluate("document.activeElement.id") == f"a-{room.second.number}"
    assert page.locator("[data-picked]").inner_text() == "1"


def test_what_is_posted_at_the_door_shows_without_a_reload(browse, room, live_server):
    _made, url = sources.create_source(actor=room.admin, kind="events", name="Zabbix", organisation_id=room.lumen.pk)
    page = browse(login="ops")
    page.goto("/operations/")
    body = {
        "source": "zabbix",
        "key": "wan-lille",
        "ci": "DB2P-PAIE",
        "severity": "critical",
        "title": "Lien coupé",
        "status": "firing",
    }
    assert page.request.post(live_server.url + urlsplit(url).path, data=body).ok
    page.get_by_role("link", name="Lien coupé").wait_for(timeout=4000)
    assert page.request.post(live_server.url + urlsplit(url).path, data={**body, "status": "resolved"}).ok
    page.get_by_role("link", name="Lien coupé").wait_for(state="detached", timeout=4000)


def test_an_alert_is_taken_by_keys_alone(browse, room):
    page = browse(login="ops", language="en")
    page.goto("/operations/alerts/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("a")
    page.get_by_text("1 alert taken.").first.wait_for()
    room.first.refresh_from_db()
    assert room.first.acknowledged_by == room.operator
    assert page.locator(f"#a-{room.first.number}").count() == 0
    page.keyboard.press("i")
    page.get_by_text("opened for 1 alert.").first.wait_for()
    room.second.refresh_from_db()
    assert room.second.record is not None


def test_what_is_summed_follows_ones_own_act(browse, room):
    page = browse(login="ops", language="en")
    page.goto("/operations/alerts/")
    critical = page.locator("#facets label", has_text="Critical")
    assert critical.inner_text().split() == ["Critical", "1"]
    page.locator(f"#c-{room.first.number}").check()
    page.keyboard.press("a")
    page.locator(".toasts .toast-v", has_text="1 alert taken.").wait_for()
    assert critical.inner_text().split() == ["Critical", "0"]
    # Taken is not over: nothing green says that there is no critical one.
    assert page.locator(".al-sum .chip.amber").inner_text() == "0 critical to take"
    assert page.locator(".al-sum").get_by_role("link").inner_text() == "1 more critical under way"


def test_the_counters_of_the_menu_follow_ones_own_act_at_once(browse, room):
    page = browse(login="ops", language="en")
    page.goto("/operations/alerts/")
    page.locator("#count-alerts", has_text="2").wait_for()
    page.locator(f"#c-{room.first.number}").check()
    with page.expect_response(lambda answer: "/shell/counts/" in answer.url, timeout=4000):
        page.keyboard.press("a")
    page.locator("#count-alerts", has_text="1").wait_for(timeout=2000)
    assert page.locator(".v-tabs [aria-current=page] .c").inner_text() == "1"


def test_on_a_phone_the_acts_stay_beside_the_alert_that_one_chooses(browse, room):
    last = [raised(room, f"m{n}", severity="info", title="Disk nearly full") for n in range(20)][0]
    page = browse(login="ops", language="en", width=390, height=844)
    page.goto("/operations/alerts/")
    page.locator(f"#c-{last.number}").check()
    place = page.get_by_role("button", name="Take").bounding_box()
    assert 0 <= place["y"] < 844
    page.get_by_role("button", name="Take").click()
    page.get_by_text("1 alert taken.").first.wait_for()


def test_a_silence_is_asked_for_in_a_dialog(browse, room):
    page = browse(login="ops", language="en")
    page.goto("/operations/alerts/?tab=active")
    page.keyboard.press("j")
    page.keyboard.press("z")
    dialog = page.locator("#dialog")
    dialog.locator("#id_hours:focus").wait_for()
    assert "optional" not in dialog.inner_text()
    dialog.get_by_label("Why").fill("Disk on order")
    dialog.get_by_role("button", name="Silence 1 alert").click()
    page.get_by_text("1 alert silenced.").first.wait_for()
    assert Alert.objects.get(pk=room.first.pk).state == "silenced"


def test_a_console_rings_for_a_new_critical_alert_only_once_somebody_asked_for_it(browse, room):
    page = browse(login="ops", language="en")
    page.goto(f"/operations/consoles/{room.console.pk}/")
    sound = page.get_by_role("button", name="Sound")
    quiet = raised(room, "q", title="Before the sound")
    page.locator(f"#a-{quiet.number}").wait_for(timeout=4000)
    assert page.locator("html").get_attribute("data-rang") is None
    assert "Before the sound" in page.locator("#announced").inner_text()
    sound.click()
    assert sound.get_attribute("aria-pressed") == "true"
    loud = raised(room, "l", title="With the sound")
    page.locator(f'html[data-rang="{loud.pk}"]').wait_for(state="attached", timeout=5000)


def test_words_in_a_reply_are_not_drawn_away(browse, room):
    services.sit_down(room.console.pk, actor=room.operator)
    page = browse(login="ops", language="en")
    page.goto(f"/operations/consoles/{room.console.pk}/")
    field = page.get_by_label("Reply to 12")
    field.fill("CANC")
    fresh = raised(room, "c")
    page.wait_for_timeout(3000)
    assert field.input_value() == "CANC"
    field.fill("CANCEL")
    page.get_by_role("button", name="Write down the reply 12").click()
    page.get_by_text("No message waits for a reply.").wait_for()
    assert page.locator(f"#a-{fresh.number}").count() == 1


def test_a_runbook_is_ticked_in_place(browse, room):
    page = browse(login="ops", language="en")
    page.goto(room.run.get_absolute_url())
    page.keyboard.press("d")
    page.locator("#step-1.is-done").wait_for()
    page.locator("#note-2").fill("Not yet")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    assert page.locator("#step-2.is-todo").count() == 1
    page.locator("#note-2").fill("")
    assert page.locator("#step-2[aria-current=step]").count() == 1
    page.locator("#step-2").get_by_role("button", name="Failed").click()
    page.get_by_text("Say in a few words what failed.").wait_for()


def test_a_preview_is_drawn_beside_the_text(browse, room):
    page = browse(login="ops", language="en")
    page.goto(f"/operations/runbooks/{room.runbook.pk}/edit/")
    page.get_by_label("Text").fill("## Un\n\n**gras**\n")
    page.get_by_role("button", name="Preview").click()
    page.locator("#preview strong", has_text="gras").wait_for()


def pages(room) -> list[str]:
    console, runbook = f"/operations/consoles/{room.console.pk}/", f"/operations/runbooks/{room.runbook.pk}/"
    return [
        "/operations/", "/operations/alerts/?tab=active", f"/operations/alerts/{room.first.number}/", console, f"{console}wall/",
        f"{runbook}versions/", room.run.get_absolute_url(),
    ]  # fmt: skip


def test_pages_with_something_on_them_are_sound_in_both_themes_and_fit_small_phones(browse, room):
    page, wrong, complaints = browse(login="ops", language="fr"), {}, []
    page.on("console", lambda message: "Content Security" in message.text and complaints.append(message.text))
    for path in pages(room):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        found = faults_in_both_themes(page)
        if page.locator("h1").count() != 1:
            found.append("headings of the first level")
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            if (pixels := overflows(page)) > 0:
                found.append(f"{pixels} pixels too wide at {width}")
        if found:
            wrong[path] = found
    assert wrong == {}
    assert complaints == []


def test_without_script_the_same_forms_do_the_same(room):
    client = Client()
    client.force_login(room.operator)
    assert (
        client.post("/operations/alerts/act/", {"act": "acknowledge", "number": room.second.number}).status_code == 302
    )
    events.unacknowledge(room.second, room.operator)
