"""Filters, chips, columns and views on the two pages that show the list: the table, and the queue of the workspace."""

import csv
import io
import re

import pytest
from django.test import Client

from itsm.people.models import User
from itsm.web import saved
from itsm.web.models import SavedView
from servicedesk.desk import columns
from servicedesk.incidents import services
from tests.browser import faults

LIST, DESK = "/desk/incidents/", "/desk/"
PANE = {"HX-Request": "true", "HX-Target": "pane"}


def report(world, count: int = 1, **more):
    given = {"actor": world.customer, "requester": world.customer, "title": "Imprimante en panne", "urgency": 3} | more
    return [services.open_incident(**given) for _ in range(count)]


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def listed(page) -> set[str]:
    return set(re.findall(r'<a class="tt clip" href="/desk/incidents/(INC\d+)/"', page.content.decode()))


def queued(page) -> set[str]:
    return set(re.findall(r'id="q-(INC\d+)"', page.content.decode()))


def chips(page) -> list[str]:
    part = re.search(r'<div class="chips fch".*?</div>', page.content.decode(), re.S)
    return (
        [link.replace("&amp;", "&") for link in re.findall(r'<a class="chip[^"]*" href="([^"]+)"', part[0])]
        if part
        else []
    )


def test_the_tickets_of_the_few_are_found_by_one_filter(world):
    User.objects.filter(pk=world.colleague.pk).update(vip=True)
    (watched,) = report(world, actor=world.colleague, requester=world.colleague)
    (other,) = report(world)
    client = signed(world.agent)
    assert listed(client.get(LIST + "?vip=true")) == {watched.number}
    assert listed(client.get(LIST + "?vip=false")) == {other.number}
    assert queued(client.get(DESK + "?vip=true")) == {watched.number}


def test_resolved_ones_are_shown_when_the_phase_is_asked_for(world):
    solved, still = report(world, 2)
    services.resolve(solved.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait")
    client = signed(world.agent)
    assert listed(client.get(LIST + "?tab=open")) == {still.number}
    assert listed(client.get(LIST + "?tab=open&phase=resolved")) == {solved.number}
    assert listed(client.get(LIST + "?tab=open&phase=resolved&phase=open")) == {solved.number, still.number}


def test_each_filter_is_a_chip_that_takes_itself_away(world):
    report(world)
    page = signed(world.agent).get(LIST + "?tab=open&priority=3&priority=4&team=N1-CDS&q=panne&cursor=")
    assert chips(page) == [
        "?tab=open&priority=3&priority=4&team=N1-CDS",
        "?tab=open&priority=4&team=N1-CDS&q=panne",
        "?tab=open&priority=3&team=N1-CDS&q=panne",
        "?tab=open&priority=3&priority=4&q=panne",
    ]
    assert "Retirer le filtre N1-CDS" in page.content.decode()
    assert "Tout effacer" in page.content.decode()


def test_the_form_of_the_facets_loses_nothing_that_it_does_not_show(world):
    report(world)
    page = (
        signed(world.agent)
        .get(LIST + "?tab=open&requester=customer&state=new&layout=table&columns=team")
        .content.decode()
    )
    form = re.search(r'<form class="fcs".*?</form>', page, re.S)[0]
    for name, value in (("requester", "customer"), ("state", "new"), ("columns", "team")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in form


def test_what_does_not_exist_is_said_and_shows_nothing(world):
    report(world)
    for at in (LIST, DESK):
        page = signed(world.agent).get(at + "?tab=open&team=N9-OLD&priority=3")
        text = page.content.decode()
        assert page.status_code == 200
        assert listed(page) | queued(page) == set()
        assert "Un filtre nomme quelque chose qui n’existe pas." in text
        assert "N9-OLD" in text
        assert chips(page)[1].endswith("?tab=open&priority=3")


@pytest.mark.parametrize("words", ["phase=nonsense", "priority=9", "due=x", "vip=x", "service=99999999999999999999", "service=x", "site=%00", "opened_after=x", "category=%ff"])  # fmt: skip
def test_an_address_that_makes_no_sense_never_breaks_the_page(world, words):
    client = signed(world.agent)
    for at in (LIST, DESK, LIST + "export.csv"):
        assert client.get(f"{at}?{words}").status_code == 200


def test_the_queue_under_other_filters_keeps_the_open_ticket_and_its_address(world):
    one, other = report(world, 2)
    services.acknowledge(other.pk, actor=world.agent)
    came = PANE | {"HX-Current-URL": f"http://testserver/desk/{one.number}/?tab=team"}
    page = signed(world.agent).get(DESK + "?tab=mine&v=abc", headers=came)
    text = page.content.decode()
    assert page["HX-Push-Url"] == f"/desk/{one.number}/?tab=mine"
    assert queued(page) == {other.number}
    assert "is-gone" in text
    assert one.number in text
    assert 'id="ticket"' not in text
    version = re.search(r'"queue:version": "([\w.]+)"', page["HX-Trigger"])[1]
    asks = {"HX-Request": "true", "HX-Target": "queue"}
    assert signed(world.agent).get(f"/desk/{one.number}/?tab=mine&v={version}", headers=asks).status_code == 204


def test_a_pane_asked_from_elsewhere_opens_no_ticket(world):
    report(world)
    page = signed(world.agent).get(
        DESK + "?tab=open", headers=PANE | {"HX-Current-URL": "http://evil.example/desk/INC0000001/"}
    )
    assert page["HX-Push-Url"] == "/desk/?tab=open"


def test_the_menu_of_filters_stays_open_while_one_chooses_in_it(world):
    report(world)
    client = signed(world.agent)
    menu = client.get(DESK + "?tab=open", headers={"HX-Request": "true", "HX-Target": "queue-facets"}).content.decode()
    assert 'id="f-priority-3"' in menu
    assert "q-item" not in menu
    chosen = client.get(DESK + "?tab=open&priority=3", headers=PANE | {"HX-Trigger": "queue-filters"}).content.decode()
    assert re.search(r'id="queue-menu" open>', chosen)
    assert re.search(r'id="f-priority-3" name="priority" value="3" checked', chosen)
    cleared = client.get(DESK + "?tab=open", headers=PANE).content.decode()
    assert not re.search(r'id="queue-menu" open>', cleared)


def test_a_facet_of_many_values_comes_when_it_is_opened(world):
    report(world)
    client = signed(world.agent)
    part = client.get(LIST + "?tab=open", headers={"HX-Request": "true", "HX-Target": "facet-site"}).content.decode()
    assert 'id="facet-site"' in part
    assert "<table" not in part
    without_script = client.get(LIST + "?tab=open&more=site").content.decode()
    assert 'id="f-site-' in without_script or "Rien à choisir ici." in without_script


def test_the_queue_has_the_views_and_says_which_one_it_shows(world):
    (incident,) = report(world)
    view = saved.save_view(actor=world.agent, place="desk", name="Normales", query="tab=open&priority=4", team=world.n1)
    page = signed(world.teammate).get(f"{DESK}?view={view.pk}&{view.query}").content.decode()
    assert '<strong class="clip">Normales</strong>' in page
    assert re.search(r'id="queue-count">1<', page)
    assert f'href="/desk/?view={view.pk}&amp;tab=open&amp;priority=4"' in page
    ticket = signed(world.teammate).get(f"/desk/{incident.number}/?view={view.pk}").url
    assert ticket == f"/desk/{incident.number}/?view={view.pk}&{view.query}"


def test_the_mixed_queue_keeps_views_of_its_own(world):
    report(world)
    client = signed(world.agent)
    saved.save_view(actor=world.agent, place="incidents", name="Incidents", query="tab=mine")
    made = client.post("/views/new/", {"place": "desk", "name": "Demandes", "query": "tab=open&kind=request", "back": DESK, "first": "on"})  # fmt: skip
    view = SavedView.objects.get(name="Demandes")
    assert (view.place, made.url) == ("desk", f"{DESK}?view={view.pk}&{view.query}")
    assert client.get(DESK).url == f"{DESK}?view={view.pk}&{view.query}"
    page = client.get(f"{DESK}?tab=open").content.decode()
    assert "Demandes" in page
    assert f'id="view-{view.pk}"' in page
    assert ">Incidents</span>" not in page.split('class="q-head')[1].split("</details>")[0]
    assert f'id="view-{view.pk}"' not in client.get(f"{LIST}?tab=open").content.decode()
    assert "File tous types confondus" in client.get("/views/").content.decode()
    assert client.get("/views/columns/?place=desk").status_code == 404


def test_a_view_that_was_narrowed_can_be_taken_back_or_updated_by_who_may(world):
    report(world)
    view = saved.save_view(
        actor=world.agent, place="incidents", name="Normales", query="tab=open&priority=3", team=world.n1
    )
    address = f"{LIST}?view={view.pk}&tab=open&priority=4"
    mine = signed(world.agent).get(address).content.decode()
    assert "«\u00a0Normales\u00a0», modifiée" in mine
    assert f"/views/{view.pk}/redefine/" in mine
    theirs = signed(world.teammate).get(address).content.decode()
    assert "modifiée" in theirs
    assert f"/views/{view.pk}/redefine/" not in theirs
    signed(world.agent).post(f"/views/{view.pk}/redefine/", {"query": "tab=open&priority=4", "back": LIST})
    view.refresh_from_db()
    assert view.query == "tab=open&priority=4"


def test_a_view_that_is_gone_leaves_its_filters(world):
    (incident,) = report(world)
    page = signed(world.agent).get(LIST + "?view=999999&tab=open")
    assert "Cette vue n’existe plus" in page.content.decode()
    assert listed(page) == {incident.number}
    assert signed(world.agent).get(LIST + "?view=x").status_code == 200


def test_the_table_and_its_export_have_the_columns_that_the_reader_chose(world):
    report(world, 3, urgency=1)
    client = signed(world.agent)
    saved.set_columns(actor=world.agent, place="incidents", columns=["requester", "site", "channel", "opened"])
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', client.get(LIST).content.decode())
    assert heads[-4:-1] == ["Demandeur", "Site", "Canal"]
    answer = client.get(LIST + "export.csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode().removeprefix("\ufeff"))))
    assert len(rows[0]) == 7
    assert rows[1][3] == "Claire Fontaine"
    assert rows[1][5] == "Portail"
    asked = re.findall(
        r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', client.get(LIST + "?columns=team,nonsense").content.decode()
    )
    assert asked[-1] == "Équipe"
    saved.set_columns(actor=world.agent, place="incidents", columns=[])
    assert len(re.findall('<th scope="col"', client.get(LIST).content.decode())) == 4


def test_all_columns_stay_within_the_budget(world, django_assert_max_num_queries):
    report(world, 55, title="Le poste ne démarre plus depuis la mise à jour de cette nuit")
    client = signed(world.agent)
    saved.set_columns(actor=world.agent, place="incidents", columns=list(columns.LABELS))
    client.get(LIST)
    with django_assert_max_num_queries(12):
        page = client.get(LIST)
    assert len(page.content) < 60_000


def test_choices_of_services_are_those_that_the_reader_may_see(world):
    page = signed(world.foreign_agent).get(
        LIST + "?tab=all", headers={"HX-Request": "true", "HX-Target": "facet-service"}
    )
    assert page.status_code == 200
    assert 'id="f-service-' not in page.content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_filters_are_chosen_beside_an_open_ticket_and_back_takes_them_away(world, browse):
    one, other = report(world, 2)
    services.acknowledge(other.pk, actor=world.agent)
    page = browse(login="agent", language="en")
    page.goto(f"/desk/{one.number}/?tab=open")
    page.locator("#queue-menu > summary").click()
    page.locator("#f-phase-waiting").check()
    page.get_by_text("Nothing matches").wait_for()
    assert page.locator("#f-phase-waiting").evaluate("each => each === document.activeElement")
    assert page.url.endswith(f"/desk/{one.number}/?tab=open&phase=waiting")
    assert page.locator("#ticket-title").is_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Remove the filter Waiting").click()
    page.locator(f"#q-{other.number}").wait_for()
    page.go_back()
    page.get_by_text("Nothing matches").wait_for()
    assert page.locator("#ticket-title").is_visible()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_view_is_saved_in_the_dialog_and_becomes_a_tab(world, browse):
    report(world, 2)
    page = browse(login="agent", language="en")
    page.goto("/desk/incidents/?tab=open&priority=4")
    page.get_by_role("link", name="Save this view").click()
    page.fill("#dialog [name=name]", "Calm")
    assert faults(page) == []
    page.locator("#dialog button[type=submit]").click()
    page.locator('.v-tabs [aria-current="page"]', has_text="Calm").wait_for()
    page.locator("#tab-mine").click()
    page.locator('#tab-mine[aria-current="page"]').wait_for()
    page.goto("/desk/?tab=open")
    page.locator(".q-head summary").first.click()
    assert page.get_by_role("link", name="Calm").count() == 0, "the queue of all kinds has views of its own"
    page.get_by_role("link", name="Save this view").click()
    page.fill("#dialog [name=name]", "Everything calm")
    page.locator("#dialog button[type=submit]").click()
    page.locator(".q-head summary", has_text="Everything calm").wait_for()
    assert "/desk/?view=" in page.url
    page.goto("/views/")
    page.get_by_role("button", name="Delete “Everything calm”").click()
    page.get_by_role("button", name="Delete the view").click()
    page.get_by_role("button", name="Delete “Calm”").click()
    page.get_by_role("button", name="Delete the view").click()
    page.get_by_text("No view yet").first.wait_for()
    assert page.get_by_text("Calm", exact=True).count() == 0


def test_the_filter_of_an_empty_list_names_only_teams_within_reach(world):
    page = signed(world.foreign_agent).get("/desk/requests/")
    assert page.status_code == 200
    assert world.n3.code not in page.content.decode()
    assert f"f-team-{world.n3.code}" in signed(world.agent).get("/desk/requests/").content.decode()
