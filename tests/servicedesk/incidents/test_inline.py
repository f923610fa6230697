"""One value changed where it is read: saved with the version seen, refused in place, asked again when somebody was faster."""

import pytest
from django.test import Client

from itsm.core import reference
from itsm.records.models import Category
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests.browser import faults
from tests.cmdb.factories import make_service


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def client(person) -> Client:
    found = Client()
    found.force_login(person)
    return found


def ask(person, incident, field, data=None):
    """GET without data, POST with them, as htmx does from the record's page."""
    page = f"/desk/incidents/{incident.number}/"
    headers = {"HX-Request": "true", "HX-Target": f"inl-{field}-form", "HX-Current-URL": f"http://testserver{page}"}
    address = f"{page}field/{field}/"
    who = client(person)
    return who.get(address, headers=headers) if data is None else who.post(address, data, headers=headers)


def fresh(incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def test_each_value_has_a_control_and_saves_alone(world, incident):
    service = make_service(name="Paie", organisation=world.lumen)
    category = Category.objects.create(code="browser", name_fr="Navigateur", name_en="Browser")
    reference.forget_everything()
    values = {
        "title": "Écran bleu", "impact": 1, "urgency": 1, "category": category.code, "service": service.pk,
        "team": "N1-CDS", "assignee": "teammate",
    }  # fmt: skip
    services.assign(incident.pk, actor=world.lead, team=world.n2)
    for name, value in values.items():
        form = ask(world.agent, incident, name)
        assert f'name="{name}"' in form.content.decode()
        assert f'for="inl-{name}-field"' in form.content.decode()
        answer = ask(world.agent, incident, name, {name: value, "version": fresh(incident).version})
        assert (answer.status_code, answer["HX-Retarget"]) == (200, "#ticket"), name
    found = fresh(incident)
    assert (found.title, found.impact, found.urgency, found.priority) == ("Écran bleu", 1, 1, 1)
    assert (found.category_id, found.service_id) == (category.pk, service.pk)
    assert (found.team_id, found.assignee_id) == (world.n1.pk, world.teammate.pk)


@pytest.mark.parametrize(
    ("field", "value"), [("title", ""), ("impact", "9"), ("category", "nothing"), ("assignee", "network"), ("assignee", "")]
)  # fmt: skip
def test_a_refused_value_stays_in_its_place_with_the_reason(world, incident, field, value):
    answer = ask(world.agent, incident, field, {field: value, "version": incident.version})
    assert answer.status_code == 422
    assert "HX-Retarget" not in answer
    assert 'role="alert"' in answer.content.decode()
    assert fresh(incident).version == incident.version


@pytest.mark.parametrize(("field", "mine"), [("urgency", "2"), ("title", "Mon titre")])
def test_a_stale_value_opens_the_dialog_with_both(world, incident, field, mine):
    services.edit(incident.pk, actor=world.teammate, title="Leur titre", urgency=1)
    seen = {"urgency": "3", "title": "Écran noir"}[field]
    answer = ask(world.agent, incident, field, {field: mine, "seen": seen, "version": incident.version})
    text = answer.content.decode()
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#dialog")
    assert f'name="keep-{field}"' in text
    assert "Tom Girard" in text
    assert f'name="version" value="{fresh(incident).version}"' in text


def test_a_stale_person_opens_the_dialog_of_the_assignment(world, incident):
    services.edit(incident.pk, actor=world.teammate, title="Leur titre")
    answer = ask(world.agent, incident, "assignee", {"assignee": "teammate", "version": incident.version})
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#dialog")
    assert 'value="teammate"' in answer.content.decode()
    assert fresh(incident).assignee_id is None


def test_who_may_not_and_what_is_not_there(world, incident):
    assert ask(world.customer, incident, "title").status_code == 404
    assert ask(world.foreign_agent, incident, "title").status_code == 404
    assert ask(world.agent, incident, "number").status_code == 404
    assert ask(world.mainframe, incident, "title", {"title": "x", "version": 1}).status_code == 403
    services.cancel(incident.pk, actor=world.agent, reason="Erreur")
    assert ask(world.agent, incident, "title").status_code == 409
    page = client(world.agent).get(f"/desk/incidents/{incident.number}/").content.decode()
    assert "/field/" not in page


def test_without_a_script_the_value_leads_to_the_whole_form(world, incident):
    page = client(world.agent).get(f"/desk/incidents/{incident.number}/").content.decode()
    assert f'id="inl-urgency" href="/desk/incidents/{incident.number}/edit/"' in page
    answer = client(world.agent).get(f"/desk/incidents/{incident.number}/field/team/")
    assert answer.url == f"/desk/incidents/{incident.number}/assign/"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_by_keyboard_a_value_is_changed_left_and_saved(world, incident, browse):
    page = browse(login="agent", language="en")
    page.goto(f"/desk/incidents/{incident.number}/")
    page.locator("#inl-urgency").press("Enter")
    page.locator("#inl-urgency-field:focus").wait_for()
    assert faults(page) == []
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    page.locator("#inl-urgency:focus").wait_for()
    assert fresh(incident).urgency == 3
    page.keyboard.press("Enter")
    page.locator("#inl-urgency-field:focus").wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.locator("#said").get_by_text("Urgency: 3").wait_for(state="attached")
    assert page.evaluate("document.activeElement.id") == "inl-urgency"
    assert fresh(incident).urgency == 2
    # Leaving the field saves too; leaving it as it was does not.
    page.locator("#inl-title").click()
    page.locator("#inl-title-field:focus").fill("Blue screen")
    page.locator("#body").click()
    page.locator("#ticket-title").get_by_text("Blue screen").wait_for()
    version = fresh(incident).version
    page.locator("#inl-impact").click()
    page.locator("#inl-impact-field:focus").wait_for()
    page.locator("#body").click()
    page.locator("#inl-impact").wait_for()
    assert fresh(incident).version == version


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_stale_value_is_settled_in_the_dialog_without_leaving_the_page(world, incident, browse):
    page = browse(login="agent", language="en")
    page.goto(f"/desk/{incident.number}/")
    page.locator("#inl-title").click()
    page.locator("#inl-title-field:focus").fill("Mine")
    services.edit(incident.pk, actor=world.teammate, title="Theirs")
    page.keyboard.press("Enter")
    page.locator("#dialog").get_by_text("Somebody was faster.").wait_for()
    page.locator("#dialog").get_by_role("radio", name="Keep mine").check()
    page.locator("#dialog button[type=submit]").click()
    page.locator("#ticket-title").get_by_text("Mine").wait_for()
    assert not page.locator("#dialog").is_visible()
    assert fresh(incident).title == "Mine"
