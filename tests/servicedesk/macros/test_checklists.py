"""Checklists: a task a line, put on a ticket in their order, once; ticked by keyboard."""

import pytest
from django.test import Client
from django.utils import timezone

from itsm.core.errors import DomainError, IllegalMove
from itsm.notify import outbox
from itsm.notify.models import Notice
from itsm.records.models import Task
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from servicedesk.macros import checklists
from servicedesk.macros import services as macros
from servicedesk.macros.checklists import Line
from servicedesk.macros.models import ChecklistTemplate, Macro

pytestmark = pytest.mark.django_db
LINES = "Sauvegarder les données +1\n\n- Changer le poste @teammate +2\nAppeler l’utilisateur"


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Poste à changer", urgency=3)


@pytest.fixture
def template(world):
    return ChecklistTemplate.objects.create(name="Changement de poste", lines=LINES, team=world.n1)


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Faire +2", [Line("Faire", 2)]),
        ("Faire @jdoe +10", [Line("Faire", 10, "jdoe")]),
        ("☐ Faire\n\n  \n* Défaire", [Line("Faire"), Line("Défaire")]),
        ("Écrire à a@b.fr", [Line("Écrire à a@b.fr")]),
        ("C+2 et A +b", [Line("C+2 et A +b")]),
        (" +2", []),
    ],
)
def test_a_line_says_what_when_and_who(text, found):
    assert checklists.parse(text) == found


def test_the_tasks_come_in_their_order_with_who_and_when(world, incident, template):
    checklists.apply(incident.pk, actor=world.agent, template=template)
    tasks = list(Task.objects.filter(record_id=incident.pk).order_by("pk"))
    assert [task.title for task in tasks] == ["Sauvegarder les données", "Changer le poste", "Appeler l’utilisateur"]
    assert [task.assignee_id for task in tasks] == [None, world.teammate.pk, None]
    assert timezone.localtime(tasks[0].due_at).hour == 18
    assert tasks[0].due_at < tasks[1].due_at
    assert tasks[2].due_at is None
    assert Incident.objects.get(pk=incident.pk).version == incident.version + 1
    outbox.drain()
    assert list(Notice.objects.filter(template="task").values_list("user_id", flat=True)) == [world.teammate.pk]


def test_twice_is_refused_and_nothing_is_half_done(world, incident, template):
    checklists.apply(incident.pk, actor=world.agent, template=template)
    with pytest.raises(DomainError):
        checklists.apply(incident.pk, actor=world.agent, template=template)
    long = ChecklistTemplate.objects.create(name="Longue", lines="\n".join(f"Tâche {n}" for n in range(48)))
    with pytest.raises(DomainError):
        checklists.apply(incident.pk, actor=world.agent, template=long)
    assert Task.objects.filter(record_id=incident.pk).count() == 3


def test_who_may_not_work_the_ticket_gets_no_task(world, incident):
    template = ChecklistTemplate.objects.create(name="x", lines="Faire @stranger\nFaire @nobody")
    checklists.apply(incident.pk, actor=world.agent, template=template)
    assert set(Task.objects.filter(record_id=incident.pk).values_list("assignee_id", flat=True)) == {None}


def test_a_macro_brings_its_checklist_once(world, incident, template):
    macro = Macro.objects.create(name="Départ", take=True, checklist=template)
    macros.run(incident.pk, actor=world.agent, macro=macro)
    macros.run(incident.pk, actor=world.agent, macro=macro)
    assert Task.objects.filter(record_id=incident.pk).count() == 3


def test_a_checklist_is_chosen_on_the_page(world, incident, template):
    address = f"/desk/incidents/{incident.number}/checklist/"
    client = signed(world.agent)
    assert "Changement de poste" in client.get(address).content.decode()
    assert "<html" not in client.get(address, headers={"HX-Request": "true"}).content.decode()
    page = client.post(address, {"checklist": template.pk}, follow=True).content.decode()
    assert "0/3" in page
    assert "Checklist ajoutée" in page or "Liste de tâches ajoutée" in page
    hidden = ChecklistTemplate.objects.create(name="Autre", lines="x", team=world.n3)
    assert client.post(address, {"checklist": hidden.pk}).status_code == 404
    assert signed(world.mainframe).get(address).status_code == 403
    assert signed(world.foreign_agent).get(address).status_code == 404
    services.cancel(incident.pk, actor=world.agent, reason="x")
    with pytest.raises(IllegalMove):
        checklists.apply(incident.pk, actor=world.agent, template=template)


def test_a_task_is_given_to_a_colleague(world, incident):
    client = signed(world.agent)
    address = f"/desk/incidents/{incident.number}/tasks/"
    client.post(address, {"title": "Câble", "assignee": "teammate", "due": "2026-12-01"})
    assert Task.objects.get().assignee_id == world.teammate.pk
    for wrong in ("stranger", "personne", "customer"):
        page = client.post(address, {"title": "Non", "assignee": wrong}, follow=True)
        assert 'role="alert"' in page.content.decode()
    assert Task.objects.count() == 1


def test_a_checklist_says_what_is_wrong_with_it(world):
    client = signed(world.agent)
    for lines in ("", "\n - \n", "Faire @personne", "\n".join("abcdefghijklmnopqrstuvwxyzabcdef")):
        sent = {"name": "x", "shelf": "mine", "lines": lines}
        assert client.post("/desk/macros/checklists/new/", sent).status_code == 422
    assert not ChecklistTemplate.objects.exists()
    sent = {"name": "x", "shelf": "mine", "lines": LINES}
    assert client.post("/desk/macros/checklists/new/", sent).status_code == 302
    preview = client.post(
        "/desk/macros/checklists/new/", sent | {"preview": "1"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Changer le poste" in preview


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_tasks_are_ticked_by_one_key(world, incident, template, browse):
    checklists.apply(incident.pk, actor=world.agent, template=template)
    page = browse(login="agent", language="en")
    page.goto(f"/desk/incidents/{incident.number}/")
    for done in (1, 2):
        page.keyboard.press("t")
        page.get_by_text(f"{done}/3").wait_for()
    assert [task.done_at is None for task in Task.objects.order_by("pk")] == [False, False, True]
