"""Acts answered in place: the ticket, its context and its queue come back together; what was refused stays where it was typed."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from itsm.audit.models import Entry
from itsm.core import reference
from itsm.records.models import Attachment, Category, Comment, Task
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from servicedesk.macros.models import Macro
from tests.cmdb.factories import make_ci


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def base(incident) -> str:
    return f"/desk/incidents/{incident.number}/"


def act(person, incident, move, data=None, *, at="desk", target="ticket"):
    """What htmx sends from the workspace, or from the record's own page."""
    page = f"/desk/{incident.number}/?tab=unassigned" if at == "desk" else base(incident)
    headers = {"HX-Request": "true", "HX-Target": target, "HX-Current-URL": f"http://testserver{page}"}
    return signed(person).post(f"{base(incident)}{move}/", data or {}, headers=headers)


def fresh(incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def result(answer) -> dict:
    return json.loads(answer["HX-Trigger"])["ticket:acted"]


def test_a_move_brings_the_ticket_its_context_and_its_queue(world, incident):
    answer = act(world.agent, incident, "acknowledge", {"version": incident.version})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#ticket", "innerHTML")
    assert answer["X-Ticket"] == f"{incident.number} {fresh(incident).version}"
    assert result(answer) == {"said": "Pris en charge.", "focus": "act-acknowledge", "sent": False, "undo": ""}
    assert "<html" not in text
    for part in ('id="context"', 'id="queue"', "is-gone", f'href="/desk/{incident.number}/?tab=unassigned"'):
        assert part in text


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("key", "fields"), [("h", ["reason"]), ("s", ["resolution_code", "resolution"])])
def test_what_a_dialog_lacks_is_told_on_the_page_and_by_no_bubble(world, incident, browse, key, fields):
    page = browse(login="agent", language="en")
    page.goto(f"/desk/{incident.number}/")
    page.keyboard.press(key)
    page.locator("#dialog[open] form").wait_for()
    assert page.locator("#dialog form").evaluate("form => form.noValidate")
    page.locator("#dialog button[type=submit]").click()
    page.locator("#dialog [role=alert]:focus").wait_for()
    for name in fields:
        assert page.locator(f"#dialog .fld:has([name={name}]) .field-error").is_visible()
    assert page.locator("#dialog .field-error").count() == len(fields)


@pytest.mark.parametrize("at", ["desk", "own"])
def test_who_has_it_already_keeps_it_and_nothing_is_written(world, incident, at):
    services.assign(incident.pk, actor=world.agent, assignee=world.agent)
    before = fresh(incident)
    entries = Entry.objects.count()
    given = {"version": before.version, "assignee": world.agent.username}
    answer = act(world.agent, incident, "assign", given, at=at)
    name = world.agent.display_name
    assert result(answer)["said"] == f"Rien ne change : {incident.number} est déjà confié à {name}."
    assert act(world.agent, incident, "field/assignee", given, at=at).status_code == 200
    assert fresh(incident).version == before.version
    assert Entry.objects.count() == entries
    given["assignee"] = world.teammate.username
    assert world.teammate.display_name in result(act(world.agent, incident, "assign", given, at=at))["said"]
    assert fresh(incident).version == before.version + 1


def test_on_its_own_page_there_is_no_queue_to_bring(world, incident):
    text = act(world.agent, incident, "acknowledge", {"version": incident.version}, at="own").content.decode()
    assert 'id="context"' in text
    assert 'id="queue"' not in text
    assert "<h1" in text


def test_a_reply_brings_its_entry_and_a_new_composer(world, incident):
    file = SimpleUploadedFile("écran.txt", b"noir")
    answer = act(world.agent, incident, "comment", {"body": "Bonjour", "mode": "public", "files": file})
    comment = Comment.objects.get(record_id=incident.pk)
    assert result(answer) == {"said": "La réponse est envoyée.", "focus": f"c-{comment.pk}", "sent": True, "undo": ""}
    text = answer.content.decode()
    assert f'id="c-{comment.pk}"' in text
    assert f'id="composer-{incident.number}" hx-preserve' not in text
    assert Attachment.objects.get(record_id=incident.pk).comment_id == comment.pk
    assert f'id="composer-{incident.number}" hx-preserve' in act(world.agent, incident, "watch").content.decode()


def test_a_message_that_arrives_twice_is_written_once(world, incident):
    for _ in range(2):
        answer = act(world.agent, incident, "comment", {"body": "Bonjour", "mode": "public", "token": "abc"})
        assert answer.status_code == 200
    assert Comment.objects.filter(record_id=incident.pk).count() == 1


def test_a_message_that_was_refused_may_be_sent_again(world, incident):
    bad = SimpleUploadedFile("outil.txt", b"MZ\x90\x00program")
    answer = act(world.agent, incident, "comment", {"body": "Voici", "token": "abc", "files": bad})
    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#compose-error")
    assert "data-focus" in answer.content.decode()
    assert act(world.agent, incident, "comment", {"body": "Voici", "token": "abc"}).status_code == 200
    assert act(world.agent, incident, "comment", {"body": " "}).status_code == 422
    assert Comment.objects.filter(record_id=incident.pk).count() == 1


def test_an_error_in_the_dialog_stays_in_it_and_its_success_leaves_it(world, incident):
    refused = act(world.agent, incident, "escalate", {"version": incident.version}, target="move-form")
    assert refused.status_code == 422
    assert "HX-Retarget" not in refused
    data = {"to_team": "N2-RES", "reason": "Réseau", "version": incident.version}
    done = act(world.agent, incident, "escalate", data, target="move-form")
    assert done["HX-Retarget"] == "#ticket"
    assert "N2-RES" in result(done)["said"]


def test_a_button_pressed_on_an_old_version_opens_the_dialog(world, incident):
    services.edit(incident.pk, actor=world.teammate, urgency=1)
    answer = act(world.agent, incident, "acknowledge", {"version": incident.version})
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#dialog")
    assert "Tom Girard" in answer.content.decode()
    assert 'id="dialog-title"' in answer.content.decode()
    assert fresh(incident).assignee_id is None


def test_an_act_that_takes_the_ticket_out_of_reach_leads_back_to_the_queue(world, incident):
    secret = Category.objects.create(code="rh", name_fr="RH", name_en="HR", confidentiality=world.circle)
    Category.objects.filter(pk=secret.pk).update(path=f"/{secret.pk}/")
    reference.forget_everything()
    answer = act(world.agent, incident, "field/category", {"category": "rh", "version": incident.version})
    assert answer["HX-Redirect"] == "/desk/"
    assert fresh(incident).confidentiality_id == world.circle.pk


def test_small_acts_are_answered_in_place_too(world, incident):
    item = make_ci(name="SRV-7", organisation=world.lumen)
    macro = Macro.objects.create(name="Prendre", take=True)
    assert result(act(world.agent, incident, "watch"))["said"] == "Vous suivez ce ticket."
    assert result(act(world.agent, incident, "watch"))["said"] == "Vous ne suivez plus ce ticket."
    added = act(world.agent, incident, "items", {"item": item.key})
    assert (result(added)["focus"], "SRV-7" in added.content.decode()) == ("item-new", True)
    act(world.agent, incident, "tasks", {"title": "Rappeler"})
    task = Task.objects.get(record_id=incident.pk)
    assert result(act(world.agent, incident, "tasks", {"task": task.pk, "done": ""}))["focus"] == f"task-{task.pk}"
    ran = act(world.agent, incident, "macro", {"macro": macro.pk, "version": fresh(incident).version})
    assert "Prendre" in result(ran)["said"]


@pytest.mark.parametrize(
    ("move", "data", "place"),
    [("items", {"item": "rien"}, "#item-error"), ("items", {"item": ""}, "#item-error"), ("tasks", {"title": " "}, "#task-error")],
)  # fmt: skip
def test_a_small_act_that_was_refused_says_so_in_place(world, incident, move, data, place):
    answer = act(world.agent, incident, move, data)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, place)
    assert 'role="alert"' in answer.content.decode()


def test_an_act_costs_little_more_than_the_pages_it_draws(world, incident, django_assert_max_num_queries):
    act(world.agent, incident, "watch")
    with django_assert_max_num_queries(40):
        answer = act(world.agent, incident, "watch")
    assert len(answer.content) < 60_000


def test_a_tab_of_the_timeline_brings_the_timeline_alone(world, incident):
    services.comment(incident.pk, actor=world.agent, body="Note interne", public=False)
    services.comment(incident.pk, actor=world.agent, body="Réponse", public=True)
    for page in (base(incident), f"/desk/{incident.number}/"):
        headers = {"HX-Request": "true", "HX-Target": "timeline"}
        text = signed(world.agent).get(f"{page}?show=internal", headers=headers).content.decode()
        assert "<html" not in text
        assert 'id="ticket-title"' not in text
        assert ("Note interne" in text, "Réponse<" in text) == (True, False)
        for count in ('Tout <span class="tnum">3', 'Public <span class="tnum">1', 'Interne <span class="tnum">1'):
            assert count in text


def test_the_order_of_the_timeline_is_kept(world, incident):
    services.comment(incident.pk, actor=world.agent, body="Première", public=True)
    services.comment(incident.pk, actor=world.agent, body="Seconde", public=True)
    client = signed(world.agent)
    first = client.get(base(incident)).content.decode()
    assert first.index("Seconde") < first.index("Première")
    client.get(f"{base(incident)}?order=oldest")
    kept = client.get(base(incident)).content.decode()
    assert kept.index("Première") < kept.index("Seconde")
    assert "à Claire Fontaine" in kept.replace("\xa0", " ")


# In a browser.


@pytest.fixture
def page(world, incident, browse):
    found = browse(login="agent", language="en")
    found.goto(f"/desk/{incident.number}/?tab=open")
    return found


def focused(page) -> str:
    return page.evaluate("document.activeElement.id")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_act_leaves_the_page_where_it_was(world, incident, page):
    page.evaluate("window.sameDocument = true")
    page.fill("#body", "Half a sentence")
    page.locator("#ticket-title").click()
    page.keyboard.press("a")
    page.locator("#said").get_by_text("Taken in charge.").wait_for(state="attached")
    page.locator(".toasts").get_by_text("Taken in charge.").wait_for()
    assert focused(page) == "ticket-title"
    assert page.input_value("#body") == "Half a sentence"
    assert page.evaluate("window.sameDocument")
    assert "tab=open" in page.url
    page.keyboard.press("h")
    page.locator("#dialog select").wait_for()
    page.select_option("#dialog [name=reason]", "supplier")
    page.keyboard.press("Control+Enter")
    page.locator("#act-resume").wait_for()
    assert not page.locator("#dialog").is_visible()
    assert page.evaluate("window.sameDocument")
    page.locator("#act-watch").click()
    page.locator("#said").get_by_text("You follow this ticket.").wait_for(state="attached")
    assert focused(page) == "act-watch"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_note_is_sent_and_the_new_entry_has_the_focus(world, incident, page):
    page.keyboard.press("n")
    page.keyboard.type("Checked the cable.")
    page.get_by_text("Draft saved").wait_for()
    page.keyboard.press("Control+Enter")
    page.locator("article.tl-int:focus").wait_for()
    assert page.input_value("#body") == ""
    assert not page.get_by_text("Draft saved").is_visible()
    page.reload()
    assert page.input_value("#body") == ""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_refused_message_and_a_lost_network_keep_the_draft(world, incident, page):
    page.fill("#body", "Never lost")
    page.context.set_offline(True)
    page.locator("#body").press("Control+Enter")
    page.get_by_text("No connection at the moment.").wait_for()
    page.context.set_offline(False)
    assert page.input_value("#body") == "Never lost"
    page.reload()
    assert page.input_value("#body") == "Never lost"
    page.fill("#body", "   ")
    page.locator("#body").press("Control+Enter")
    page.locator("#compose-error [role=alert]:focus").wait_for()
    assert not Comment.objects.filter(record_id=incident.pk).exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_late_answer_repaints_nothing(world, incident, page):
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Other", urgency=3)
    page.reload()
    held = []
    page.route("**/acknowledge/", lambda route: held.append(route))
    with page.expect_request("**/acknowledge/"):
        page.keyboard.press("a")
    page.wait_for_function("document.querySelector('#act-acknowledge[aria-busy]')")
    page.locator(f"#q-{other.number}").click()
    page.locator("#ticket-title").get_by_text("Other").wait_for()
    held[0].continue_()
    page.locator("#said").get_by_text("Taken in charge.").wait_for(state="attached")
    assert page.locator("#ticket [data-ticket]").get_attribute("data-ticket") == other.number
    assert fresh(incident).assignee_id == world.agent.pk


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_files_are_chips_that_can_be_taken_away(world, incident, page):
    page.locator("#compose input[type=file]").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": b"x"} for name in ("one.txt", "two.txt")]
    )
    page.get_by_role("button", name="Remove one.txt").click()
    assert page.locator("[data-file-list] li span").all_inner_texts() == ["two.txt"]
    page.locator("#act-watch").click()
    page.locator("#said").get_by_text("You follow this ticket.").wait_for(state="attached")
    page.fill("#body", "See the file")
    page.locator("#body").press("Control+Enter")
    page.locator("article.tl-i:focus").wait_for()
    assert [file.name for file in Attachment.objects.filter(record_id=incident.pk)] == ["two.txt"]
    assert page.locator("[data-file-list] li").count() == 0


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_slash_opens_the_canned_replies_and_escape_leads_back(world, incident, page):
    page.locator("#body").click()
    page.keyboard.press("/")
    page.locator("[data-phrases][open]").wait_for()
    page.get_by_text("No canned reply is ready").wait_for()
    page.locator("[data-phrases] summary").press("Escape")
    assert focused(page) == "body"
    assert page.input_value("#body") == ""
