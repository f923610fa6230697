"""The record page at work: macros, canned replies, the checklist, colleagues called by name."""

import pytest
from django.test import Client

from itsm.notify import outbox
from itsm.notify.models import Notice
from itsm.records import mentions
from itsm.records.models import Attachment, Comment, Task
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from servicedesk.macros.models import CannedReply, Macro


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(incident, rest: str = "") -> str:
    return f"/desk/incidents/{incident.number}/{rest}"


def test_a_macro_runs_from_the_page_and_a_stale_one_does_not(world, incident):
    macro = Macro.objects.create(name="Prendre", take=True, task="Rappeler")
    client = signed(world.agent)
    stale = client.post(address(incident, "macro/"), {"macro": macro.pk, "version": incident.version + 7}, follow=True)
    assert "n’a rien fait" in stale.content.decode()
    assert Incident.objects.get(pk=incident.pk).assignee_id is None
    client.post(address(incident, "macro/"), {"macro": macro.pk, "version": incident.version})
    assert Incident.objects.get(pk=incident.pk).assignee_id == world.agent.pk
    assert Task.objects.filter(record_id=incident.pk).count() == 1


def test_a_macro_of_another_shelf_is_unknown(world, incident):
    macro = Macro.objects.create(name="Autre", take=True, team=world.n3)
    assert signed(world.agent).post(address(incident, "macro/"), {"macro": macro.pk}).status_code == 404
    assert signed(world.agent).post(address(incident, "macro/"), {"macro": "x"}).status_code == 404


def test_the_checklist_is_filled_and_ticked_on_the_page(world, incident):
    client = signed(world.agent)
    client.post(address(incident, "tasks/"), {"title": "Changer le câble", "due": "2026-11-30"})
    task = Task.objects.get(record_id=incident.pk)
    assert task.due_at is not None
    client.post(address(incident, "tasks/"), {"task": task.pk, "done": ""})
    page = client.get(address(incident)).content.decode()
    assert "1/1" in page
    assert "Tâche faite : Changer le câble" in page.replace("\xa0", " ")
    for bad in ({"title": " "}, {"task": "x"}, {"task": "9" * 30}, {"title": "a", "due": "2026-99-99"}):
        assert client.post(address(incident, "tasks/"), bad).status_code in (302, 404)


def test_a_colleague_is_called_by_name_once_and_a_requester_never(world, incident):
    services.comment(incident.pk, actor=world.agent, body="@teammate et @customer : voyez a@network.fr.", public=False)
    outbox.drain()
    assert list(Notice.objects.filter(template="mentioned").values_list("user_id", flat=True)) == [world.teammate.pk]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@lea.", ["lea"]),
        ("a@b.fr", []),
        ("@LEA @lea", ["LEA", "lea"]),
        ("(@j.doe)", ["j.doe"]),
        ("@@x", []),
        ("@é1", ["é1"]),
    ],
)
def test_names_in_a_text(text, found):
    assert mentions.logins(text) == found


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_canned_reply_and_a_pasted_picture_go_with_the_message(world, incident, browse):
    CannedReply.objects.create(name="Redémarrage", body="Bonjour {requester}, redémarrez.")
    page = browse(login="agent", language="en")
    page.goto(address(incident))
    page.keyboard.press("r")
    page.keyboard.type("Note. ")
    page.locator("#compose summary").press("Enter")
    page.get_by_role("button", name="Redémarrage").press("Enter")
    assert page.input_value("#body") == f"Note. Bonjour {world.customer.display_name}, redémarrez."
    page.evaluate(
        """() => { const data = new DataTransfer(); data.items.add(new File(["hello"], "écran.txt", {type: "text/plain"}));
        document.getElementById("body").dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true})); }"""
    )
    page.get_by_text("écran.txt").wait_for()
    page.keyboard.press("Control+Enter")
    page.locator(".tl article").get_by_text("redémarrez").wait_for()
    assert Comment.objects.get(record_id=incident.pk).body.startswith("Note. Bonjour")
    assert Attachment.objects.get(record_id=incident.pk).name == "écran.txt"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_macro_is_two_keys(world, incident, browse):
    Macro.objects.create(name="Prendre", take=True)
    page = browse(login="agent", language="en")
    page.goto(address(incident))
    page.keyboard.press("m")
    page.keyboard.press("1")
    page.locator(".toasts").get_by_text("“Prendre” is done.").wait_for()
    assert Incident.objects.get(pk=incident.pk).assignee_id == world.agent.pk
