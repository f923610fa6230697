"""Two people edit one incident: what nobody else touched stays mine, what both changed is mine to choose, nothing is lost."""

import re

import pytest
from django.test import Client

from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

HIDDEN = re.compile(r'<input type="hidden" name="((?:seen-\w+)|version)" value="([^"]*)"')


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def incident(world):
    return services.open_incident(
        actor=world.customer, requester=world.customer, title="Imprimante en panne", description="Voyant orange.", urgency=3
    )  # fmt: skip


def address(incident: Incident) -> str:
    return f"/desk/incidents/{incident.number}/edit/"


def hidden(page) -> dict[str, str]:
    """What the form carries without showing it."""
    return dict(HIDDEN.findall(page.content.decode()))


def typed(incident: Incident, **changed) -> dict:
    form = {"title": incident.title, "description": incident.description, "category": "", "service": ""}
    return form | {"impact": incident.impact, "urgency": incident.urgency} | changed


def fresh(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def test_what_i_left_alone_follows_the_other_one_and_what_i_typed_stays(world, incident):
    client = signed(world.agent)
    opened = hidden(client.get(address(incident)))
    services.edit(incident.pk, actor=world.teammate, urgency=1, major=True)
    page = client.post(address(incident), typed(incident, title="Imprimante du 3e étage") | opened)
    text = page.content.decode()
    assert page.status_code == 409
    assert 'value="Imprimante du 3e étage"' in text
    assert re.search(r'<option value="1" selected>', text)
    assert "keep-urgency" not in text
    again = client.post(
        address(incident), typed(incident, title="Imprimante du 3e étage", urgency=1, major="on") | hidden(page)
    )
    assert again.status_code == 302
    found = fresh(incident)
    assert (found.title, found.urgency, found.major) == ("Imprimante du 3e étage", 1, True)


@pytest.mark.parametrize(("keep", "title"), [("mine", "Mon titre"), ("theirs", "Leur titre")])
def test_what_both_changed_is_chosen_field_by_field(world, incident, keep, title):
    client = signed(world.agent)
    opened = hidden(client.get(address(incident)))
    services.edit(incident.pk, actor=world.teammate, title="Leur titre", description="Leur texte")
    mine = typed(incident, title="Mon titre", description="Mon texte")
    page = client.post(address(incident), mine | opened)
    text = page.content.decode()
    assert page.status_code == 409
    for said in ("Imprimante en panne", "Leur titre", "Mon titre", "Leur texte", "Mon texte"):
        assert said in text
    again = client.post(address(incident), mine | hidden(page) | {"keep-title": keep, "keep-description": "mine"})
    assert again.status_code == 302
    assert (fresh(incident).title, fresh(incident).description) == (title, "Mon texte")


def test_a_choice_made_on_a_version_that_is_old_again_is_asked_once_more(world, incident):
    client = signed(world.agent)
    opened = hidden(client.get(address(incident)))
    services.edit(incident.pk, actor=world.teammate, title="Deuxième")
    mine = typed(incident, title="Le mien")
    page = client.post(address(incident), mine | opened)
    services.edit(incident.pk, actor=world.teammate, title="Troisième")
    page = client.post(address(incident), mine | hidden(page) | {"keep-title": "mine"})
    assert page.status_code == 409
    assert "Troisième" in page.content.decode()
    assert "Le mien" in page.content.decode()
    assert fresh(incident).title == "Troisième"


def test_a_form_refused_for_another_reason_still_knows_what_it_was_filled_with(world, incident):
    client = signed(world.agent)
    opened = hidden(client.get(address(incident)))
    services.edit(incident.pk, actor=world.teammate, title="Leur titre")
    page = client.post(address(incident), typed(incident, title="") | opened)
    assert page.status_code == 422
    assert hidden(page)["seen-title"] == "Imprimante en panne"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_two_browsers_on_one_record_lose_nothing(world, incident, browse):
    mine, theirs = browse(login="agent", language="en"), browse(login="teammate", language="en")
    for page in (mine, theirs):
        page.goto(f"/desk/incidents/{incident.number}/edit/")
    theirs.fill("[name=title]", "Printer: no toner")
    theirs.select_option("[name=urgency]", "1")
    theirs.click("main button[type=submit]")
    theirs.wait_for_url(f"**/{incident.number}/")
    mine.fill("[name=title]", "Printer: paper jam")
    mine.fill("[name=description]", "Third floor.")
    mine.click("main button[type=submit]")
    mine.get_by_text("Somebody was faster.").wait_for()
    assert mine.input_value("[name=title]") == "Printer: paper jam"
    assert mine.input_value("[name=urgency]") == "1"
    mine.get_by_role("radio", name="Take theirs").check()
    mine.click("main button[type=submit]")
    mine.wait_for_url(f"**/{incident.number}/")
    found = fresh(incident)
    assert (found.title, found.description, found.urgency) == ("Printer: no toner", "Third floor.", 1)
