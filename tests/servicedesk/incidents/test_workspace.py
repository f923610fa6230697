"""The workspace: queue, ticket and context on one address; the place is kept after every act."""

import json
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from itsm.cmdb import classes
from itsm.cmdb import services as cmdb
from itsm.core import durations, now
from itsm.records import presence, search
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident


def report(world, count: int = 1, **more):
    given = {"actor": world.customer, "requester": world.customer, "title": "Imprimante en panne", "urgency": 3} | more
    return [services.open_incident(**given) for _ in range(count)]


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def queue(page) -> list[str]:
    return re.findall(r'class="q-item" id="[^"]+" href="/desk/(INC\d+)/', page.content.decode())


def test_the_queue_alone_then_with_a_ticket(world):
    made = report(world, 3)
    client = signed(world.agent)
    assert set(queue(client.get("/desk/"))) == {incident.number for incident in made}
    page = client.get(f"/desk/{made[1].number}/?tab=team")
    text = page.content.decode()
    assert set(queue(page)) == {incident.number for incident in made}
    assert f'action="/desk/incidents/{made[1].number}/acknowledge/"' in text
    assert f"/desk/{made[2].number}/?tab=team" in text


def test_a_row_opened_brings_the_ticket_and_its_context_only(world):
    (incident,) = report(world)
    page = signed(world.agent).get(
        f"/desk/{incident.number}/?tab=team", headers={"HX-Request": "true", "HX-Target": "ticket"}
    )
    text = page.content.decode()
    assert "<html" not in text
    assert 'id="context"' in text
    assert "hx-swap-oob" in text
    assert queue(page) == []


FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=ZoneInfo("Europe/Paris"))


def test_the_queue_the_list_the_board_and_the_pill_tell_one_deadline(world):
    with time_machine.travel(FRIDAY, tick=False):
        (incident,) = report(world, urgency=1)
        services.acknowledge(incident.pk, actor=world.agent)
        incident.refresh_from_db()
        client = signed(world.agent)
        told = f"avant {durations.near(incident.due_at, FRIDAY)}"
        assert re.search(r"avant [a-z]{3}\. \d\d:\d\d$", told)
        page = client.get(f"/desk/{incident.number}/").content.decode()
        queue, ticket = page.split('id="ticket"')
        assert told in queue
        assert told in ticket.split('class="slas"')[1].split('class="tools"')[0]
        for address in ("/desk/incidents/?tab=team", "/desk/incidents/?tab=team&layout=board"):
            assert told in client.get(address).content.decode()
    with time_machine.travel(incident.due_at + timedelta(days=1), tick=False):
        text = signed(world.agent).get("/desk/incidents/?tab=team").content.decode()
        assert f"dépassé {durations.near(incident.due_at, incident.due_at + timedelta(days=1))}" in text


ASKS = {"HX-Request": "true", "HX-Target": "queue"}


def version_of(answer) -> str:
    return json.loads(answer["HX-Trigger"])["queue:version"]


def test_the_queue_asked_again_is_not_sent_while_nothing_changed(world, django_capture_on_commit_callbacks):
    made = report(world, 2)
    client = signed(world.agent)
    with time_machine.travel(now(), tick=False):  # each minute draws what is left anew
        version = version_of(client.get("/desk/?tab=team", headers=ASKS))
        assert client.get(f"/desk/?tab=team&v={version}", headers=ASKS).status_code == 204
    with django_capture_on_commit_callbacks(execute=True):
        services.acknowledge(made[0].pk, actor=world.agent)
    assert client.get(f"/desk/?tab=team&v={version}", headers=ASKS).status_code == 200


def test_an_unchanged_queue_reads_no_record(world, django_assert_max_num_queries):
    report(world, 2)
    client = signed(world.agent)
    shown = re.search(r'data-version="([^"]+)"', client.get("/desk/").content.decode())[1]
    with django_assert_max_num_queries(1):  # who is asking
        assert client.get(f"/desk/?v={shown}", headers=ASKS).status_code == 204


def test_a_change_elsewhere_draws_the_queue_anew_and_sends_nothing(world, django_capture_on_commit_callbacks):
    other = report(world, 2)[0]
    client = signed(world.agent)
    version = version_of(client.get("/desk/?tab=mine", headers=ASKS))
    with django_capture_on_commit_callbacks(execute=True):
        services.comment(other.pk, actor=world.teammate, body="Vu.", public=False)
    answer = client.get(f"/desk/?tab=mine&v={version}", headers=ASKS)
    assert answer.status_code == 204
    assert version_of(answer) != version


def test_who_came_to_a_ticket_is_a_change_of_the_queue(world):
    (incident,) = report(world, 1)
    client = signed(world.agent)
    version = version_of(client.get("/desk/", headers=ASKS))
    presence.touch(incident.pk, world.network.pk, presence.VIEWING)
    answer = client.get(f"/desk/?v={version}", headers=ASKS)
    assert world.network.display_name in answer.content.decode()
    presence.touch(incident.pk, world.network.pk, presence.VIEWING)  # still there: nothing new
    assert client.get(f"/desk/?v={version_of(answer)}", headers=ASKS).status_code == 204


def test_another_tab_another_ticket_another_person_have_versions_of_their_own(world):
    (incident,) = report(world, 1)
    addresses = ["/desk/", "/desk/?tab=mine", f"/desk/{incident.number}/"]
    people = [world.agent, world.network]
    versions = {
        version_of(signed(person).get(at, headers=ASKS)).partition(".")[0] for person in people for at in addresses
    }
    assert len(versions) == len(people) * len(addresses)


def test_every_act_comes_back_to_the_queue_it_was_done_from(world):
    (incident,) = report(world)
    here = f"http://testserver/desk/{incident.number}/?tab=unassigned"
    client = signed(world.agent)
    base = f"/desk/incidents/{incident.number}/"
    answer = client.post(base + "acknowledge/", {"version": incident.version}, headers={"Referer": here})
    assert answer.url == f"/desk/{incident.number}/?tab=unassigned"
    page = client.get(answer.url, headers={"Referer": here}).content.decode()
    assert "is-gone" in page
    assert "is-gone" not in client.get(answer.url).content.decode()  # opened from elsewhere: it never was in this queue
    answer = client.post(
        base + "comment/", {"body": "Note", "mode": "internal"}, headers={"HX-Request": "true", "HX-Current-URL": here}
    )
    text = answer.content.decode()
    assert f'href="/desk/{incident.number}/?tab=unassigned"' in text
    assert "is-gone" in text
    for elsewhere in (
        "http://evil.example/desk/" + incident.number + "/",
        "http://testserver/desk/INC1/",
        "nonsense",
        "",
    ):
        answer = client.post(base + "watch/", headers={"Referer": elsewhere})
        assert answer.url == base


def test_the_workspace_costs_no_more_than_its_two_halves(world, django_assert_max_num_queries):
    made = report(world, 20)
    client = signed(world.agent)
    client.get(f"/desk/{made[0].number}/")
    with django_assert_max_num_queries(20):
        page = client.get(f"/desk/{made[0].number}/")
    assert len(page.content) < 60_000


def test_similar_tickets_and_what_happens_on_the_same_items(world):
    classes.load_files()
    item = cmdb.create_ci(
        actor=world.network, ci_class="physical_server", name="SRV", key="S1", organisation=world.lumen
    )
    one, twin = report(world, 2, title="Imprimante du troisième bloquée")
    (other,) = report(world, title="Serveur lent", items=[item])
    services.set_items(one.pk, actor=world.agent, add=[item])
    search.index([one.pk, twin.pk, other.pk])
    text = signed(world.agent).get(f"/desk/incidents/{one.number}/around/").content.decode()
    similar, happening = text.split("Tickets semblables")[1], text.split("Tickets semblables")[0]
    assert twin.number in similar
    assert other.number in happening
    assert one.number not in text
    assert signed(world.foreign_agent).get(f"/desk/incidents/{one.number}/around/").status_code == 404


def test_the_desk_is_for_agents_and_their_own_tickets(world):
    (incident,) = report(world)
    for person in (world.customer, world.foreign_agent):
        assert signed(person).get(f"/desk/{incident.number}/").status_code == 404
    assert signed(world.customer).get("/desk/").status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_ticket_is_opened_taken_and_left_by_keyboard(world, browse):
    made = report(world, 3)
    page = browse(login="agent", language="en")
    page.goto("/desk/?tab=unassigned")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("#ticket-title").wait_for()
    page.locator("#ticket-title:focus").wait_for()
    number = re.search(r"INC\d+", page.url)[0]
    page.keyboard.press("a")
    page.get_by_text("No longer in this queue").wait_for()
    assert "tab=unassigned" in page.url
    assert Incident.objects.get(number=number).assignee_id == world.agent.pk
    page.keyboard.press("]")
    page.locator("#context").wait_for(state="hidden")
    page.reload()
    page.locator("#context").wait_for(state="hidden")
    assert len(made) == 3


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_acts_stand_on_one_line_between_two_panes(world, browse, language):
    new, taken = report(world, 2)
    services.acknowledge(taken.pk, actor=world.agent)
    page = browse(login="agent", language=language, width=1440)
    for incident in (new, taken):
        page.goto(f"/desk/{incident.number}/")
        tops = page.locator(".tools").evaluate(
            "bar => [...bar.children].filter(each => each.checkVisibility()).map(each => each.getBoundingClientRect().top)"
        )
        assert len(tops) > 5
        assert max(tops) - min(tops) < 8
        page.locator("#act-more").click()
        assert page.locator("#act-snooze").is_visible()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("layout", ["", "&layout=board"])
def test_on_a_phone_the_tickets_come_first_and_the_filters_unfold_whole(world, browse, layout):
    report(world, 3)
    page = browse(login="agent", language="fr", width=390)
    page.goto(f"/desk/incidents/?tab=open{layout}")
    first = page.locator(".kb-k .q-item, .inc tbody tr").first
    assert first.bounding_box()["y"] < 340
    assert page.locator("#list-order").is_hidden()
    page.locator(".fcs-fold").click()
    for choice in page.locator("#facet-phase label").all():
        box = choice.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    page.locator("#f-phase-open").check()
    page.wait_for_url("**phase=open**")
    assert page.locator("#list-order").is_visible()  # still unfolded after the answer


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_counters_of_the_menu_follow_an_act_at_once(world, browse):
    report(world, 2)
    page = browse(login="agent", language="en")
    page.add_init_script("window.setInterval = () => 0")  # no poll
    page.goto("/desk/?tab=team")
    page.locator("#count-work", has_text="2").wait_for()
    page.locator(".q-item").first.click()
    page.locator("#ticket-title:focus").wait_for()
    page.keyboard.press("s")
    page.select_option("#dialog [name=resolution_code]", "solved")
    page.fill("#dialog [name=resolution]", "Done")
    page.locator("#dialog button[type=submit]").click()
    page.locator("#count-work", has_text="1").wait_for(timeout=4000)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_letters_act_on_the_line_in_focus_and_never_on_another_ticket(world, browse):
    report(world, 3)
    page = browse(login="agent", language="en")
    page.goto("/desk/?tab=team")
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    page.locator("#ticket-title:focus").wait_for()
    opened = re.search(r"INC\d+", page.url)[0]
    hints = page.locator("#ticket .tools kbd").first
    assert hints.is_visible()
    page.keyboard.press("j")
    meant = page.evaluate("document.activeElement.id").removeprefix("q-")
    assert meant != opened
    assert hints.is_hidden()
    page.keyboard.press("a")
    page.locator(f"[data-ticket={meant}]").wait_for()
    page.locator("#act-acknowledge").wait_for(state="detached")
    assert Incident.objects.get(number=meant).assignee_id == world.agent.pk
    assert Incident.objects.get(number=opened).assignee_id is None
    assert meant in page.url
    page.keyboard.press("k")
    other = page.evaluate("document.activeElement.id").removeprefix("q-")
    assert other != meant
    page.keyboard.press("h")
    page.locator("#dialog[open]").wait_for()
    assert other in page.locator("#dialog-title").inner_text()
    page.keyboard.press("Escape")
    page.locator("#ticket-title:focus").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.locator(f"#ticket:not(:has([data-ticket={other}])) #body:focus").wait_for()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_queue_that_changes_leaves_the_focus_and_walks_on_from_the_open_ticket(world, browse):
    report(world, 3)
    page = browse(login="agent", language="en")
    page.goto("/desk/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.id")
    assert focused.startswith("q-INC")
    report(world, 1)
    page.wait_for_selector(".q-item >> nth=3", timeout=20000)
    assert page.evaluate("document.activeElement.id") == focused
    page.keyboard.press("Enter")
    page.locator("#ticket-title:focus").wait_for()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") not in ("", focused, "ticket-title")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_on_a_phone_it_is_the_queue_or_the_ticket(world, browse):
    (incident,) = report(world)
    page = browse(login="agent", language="en", width=390)
    page.goto("/desk/")
    page.locator(".q-item").click()
    page.locator("#ticket-title").wait_for()
    assert not page.locator(".ws-q").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Queue").click()
    page.locator(".q-item").wait_for()
    assert incident.number in page.content()
