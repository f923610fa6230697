"""The record page and its moves: budget, legal moves only, 404, 409, 422, and nothing typed is lost."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from itsm.records import attachments
from itsm.records.models import Attachment, Comment, Task
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests.cmdb.factories import make_ci, make_service

LIMIT_BYTES = 66_000
LIMIT_QUERIES = 12


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def incident(world):
    return services.open_incident(
        actor=world.customer,
        requester=world.customer,
        title="Imprimante en panne",
        description="Voyant orange.",
        urgency=3,
    )


def address(incident: Incident, move: str = "") -> str:
    return f"/desk/incidents/{incident.number}/{move + '/' if move else ''}"


def fresh(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def test_a_long_record_stays_within_its_budget(world, incident, django_assert_max_num_queries):
    for turn in range(40):
        services.comment(incident.pk, actor=world.agent, body=f"Étape {turn}", public=bool(turn % 2))
    client = signed(world.agent)
    client.get(address(incident))
    with django_assert_max_num_queries(LIMIT_QUERIES):
        page = client.get(address(incident))
    assert page.status_code == 200
    assert len(page.content) < LIMIT_BYTES


def test_a_record_with_all_its_parts_stays_within_its_budget(world, incident, django_assert_max_num_queries):
    kiosk = make_ci(name="Kiosk 7", organisation=world.lumen)
    parent, twin, child = (
        services.open_incident(actor=world.customer, requester=world.customer, title=title)
        for title in ("Parent", "Twin", "Child")
    )
    services.link(incident.pk, actor=world.agent, to=parent, type="child_of")
    services.link(incident.pk, actor=world.agent, to=twin, type="related")
    services.link(twin.pk, actor=world.agent, to=incident, type="caused_by")
    services.comment(incident.pk, actor=world.customer, body="Voici la photo", public=True)
    for to_comment in (True, False):
        file = SimpleUploadedFile("photo.txt", b"orange", content_type="text/plain")
        attachments.add(
            incident, attachments.clean([file]), actor=world.customer, public=True, to_last_comment=to_comment
        )
    services.set_items(incident.pk, actor=world.agent, add=[kiosk])
    Task.objects.create(record_id=incident.pk, title="Rappeler")
    services.edit(incident.pk, actor=world.agent, service=make_service(name="Paie", organisation=world.lumen))
    services.assign(incident.pk, actor=world.agent, team=world.n2, assignee=world.network)
    client = signed(world.agent)
    client.get(address(incident))
    with django_assert_max_num_queries(LIMIT_QUERIES):
        page = client.get(address(incident)).content.decode()
    for part in (parent.number, twin.number, "photo.txt", kiosk.name, "Rappeler", "Yann Nguyen"):
        assert part in page


def test_a_new_incident_offers_to_be_taken_and_not_to_be_resumed(world, incident):
    page = signed(world.agent).get(address(incident)).content.decode()
    assert '/acknowledge/"' in page
    assert '/resume/"' not in page
    assert '/reopen/"' not in page


def test_an_agent_of_another_team_reads_and_writes_but_does_not_act(world, incident):
    page = signed(world.mainframe).get(address(incident)).content.decode()
    assert '/comment/"' in page
    assert '/resolve/"' not in page
    refused = signed(world.mainframe).post(address(incident, "resolve"), {"resolution": "x"})
    assert refused.status_code == 403
    assert fresh(incident).state == "new"


def test_taking_charge_makes_it_mine_and_leads_back(world, incident):
    answer = signed(world.agent).post(address(incident, "acknowledge"), {"version": incident.version})
    assert answer["Location"] == address(incident)
    assert fresh(incident).assignee_id == world.agent.pk


def test_from_a_page_that_does_not_show_the_ticket_a_script_is_sent_to_it(world, incident):
    answer = signed(world.agent).post(
        address(incident, "acknowledge"), {"version": incident.version}, headers={"HX-Request": "true"}
    )
    assert answer["HX-Redirect"] == address(incident)


def test_an_invalid_form_comes_back_with_what_was_typed_and_what_to_do(world, incident):
    page = signed(world.agent).post(
        address(incident, "resolve"), {"resolution": "Redémarrée.", "version": incident.version}
    )
    text = page.content.decode()
    assert page.status_code == 422
    assert "Redémarrée." in text
    assert re.search(r'<select name="resolution_code"[^>]*aria-invalid="true"', text)


def test_a_stale_form_shows_what_happened_meanwhile_and_can_be_sent_again(world, incident):
    seen = incident.version
    services.edit(incident.pk, actor=world.teammate, urgency=1)
    form = {"to_team": "N2-RES", "reason": "Commutateur en panne", "version": seen}
    page = signed(world.agent).post(address(incident, "escalate"), form)
    text = page.content.decode()
    assert page.status_code == 409
    assert "Commutateur en panne" in text
    assert "Tom Girard" in text
    version = re.search(r'name="version" value="(\d+)"', text)[1]
    again = signed(world.agent).post(address(incident, "escalate"), form | {"version": version})
    assert again.status_code == 302
    assert fresh(incident).team_id == world.n2.pk


def test_an_illegal_move_is_409_with_the_reason(world, incident):
    services.cancel(incident.pk, actor=world.agent, reason="Erreur")
    page = signed(world.agent).post(address(incident, "hold"), {"reason": "supplier", "comment": "Pièce"})
    assert page.status_code == 409
    assert incident.number in page.content.decode()


def test_an_unknown_move_is_404(world, incident):
    assert signed(world.agent).post(address(incident, "explode")).status_code == 404


@pytest.mark.parametrize(
    "move", ["assign", "escalate", "alert", "hold", "resolve", "cancel", "link", "merge", "edit", "comment"]
)
def test_every_move_has_a_page_of_its_own_and_a_dialog(world, incident, move):
    client = signed(world.agent)
    page, dialog = (
        client.get(address(incident, move)),
        client.get(address(incident, move), headers={"HX-Request": "true"}),
    )
    assert page.status_code == dialog.status_code == 200
    assert "<html" in page.content.decode()
    assert "<html" not in dialog.content.decode()
    assert 'id="dialog-title"' in dialog.content.decode()


def test_markup_in_comments_is_shown_as_text(world, incident):
    services.comment(incident.pk, actor=world.customer, body='<img src=x onerror="alert(1)">', public=True)
    page = signed(world.agent).get(address(incident)).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_an_internal_note_stays_inside(world, incident):
    signed(world.agent).post(address(incident, "comment"), {"body": "Mot de passe oublié, encore.", "mode": "internal"})
    assert not Comment.objects.get(record_id=incident.pk).public
    assert "encore." in signed(world.agent).get(address(incident)).content.decode()
    assert "encore." not in signed(world.customer).get(f"/portal/tickets/{incident.number}/").content.decode()


def test_a_refused_file_keeps_the_message(world, incident):
    bad = SimpleUploadedFile("outil.txt", b"MZ\x90\x00program")
    page = signed(world.agent).post(
        address(incident, "comment"), {"body": "Voici l’outil.", "mode": "public", "files": bad}
    )
    assert page.status_code == 422
    assert "Voici l’outil." in page.content.decode()
    assert not Comment.objects.filter(record_id=incident.pk).exists()


def test_a_page_in_disguise_is_only_ever_downloaded(world, incident):
    page = SimpleUploadedFile(
        "../../etc/photo.png", b"<html><script>alert(1)</script></html>", content_type="image/png"
    )
    signed(world.agent).post(address(incident, "comment"), {"body": "Photo", "mode": "public", "files": page})
    kept = Attachment.objects.get(record_id=incident.pk)
    assert kept.name == "photo.png"
    assert "photo" not in kept.file.name
    answer = signed(world.customer).get(f"/files/{kept.pk}/?inline=1")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_picture_is_shown_in_the_page(world, incident):
    png = SimpleUploadedFile("écran.png", b"\x89PNG\r\n\x1a\n" + b"0" * 40)
    signed(world.agent).post(address(incident, "comment"), {"body": "Voir", "mode": "public", "files": png})
    kept = Attachment.objects.get(record_id=incident.pk)
    assert f'src="/files/{kept.pk}/?inline=1"' in signed(world.agent).get(address(incident)).content.decode()
    shown = signed(world.agent).get(f"/files/{kept.pk}/?inline=1")
    assert shown["Content-Type"] == "image/png"
    assert shown["Content-Disposition"].startswith("inline")


def test_files_of_internal_notes_and_of_strangers_do_not_exist(world, incident):
    file = SimpleUploadedFile("note.txt", b"secret")
    signed(world.agent).post(address(incident, "comment"), {"body": "Note", "mode": "internal", "files": file})
    kept = Attachment.objects.get(record_id=incident.pk)
    assert signed(world.agent).get(f"/files/{kept.pk}/").status_code == 200
    assert signed(world.customer).get(f"/files/{kept.pk}/").status_code == 404
    assert signed(world.stranger).get(f"/files/{kept.pk}/").status_code == 404


def test_a_merged_number_leads_to_its_successor(world, incident):
    target = services.open_incident(actor=world.customer, requester=world.customer, title="Imprimante du 4e")
    services.merge(incident.pk, actor=world.agent, into=target)
    assert signed(world.agent).get(f"/r/{incident.number}")["Location"] == address(target)
    page = signed(world.customer).get(f"/portal/tickets/{incident.number}/")
    assert page["Location"] == f"/portal/tickets/{target.number}/"


def test_three_transfers_are_marked_in_red(world, incident):
    for team in (world.n2, world.n3, world.n1):
        services.escalate(incident.pk, actor=world.lead, reason="Compétence", to_team=team)
    page = signed(world.lead).get(address(incident)).content.decode()
    assert re.search(r'<span class="chip red">.{0,400}3 transfer', page, re.DOTALL)


def test_following_and_leaving(world, incident):
    client = signed(world.agent)
    client.post(address(incident, "watch"))
    assert incident.watches.filter(user=world.agent).exists()
    client.post(address(incident, "watch"))
    assert not incident.watches.filter(user=world.agent).exists()


def new_form(world, **more) -> dict:
    return {
        "requester": world.customer.username, "title": "Écran noir", "channel": "phone", "impact": "4", "urgency": "2", "token": "abc",
    } | more  # fmt: skip


def test_an_agent_opens_for_somebody_by_a_part_of_the_name(world):
    signed(world.agent).post("/desk/incidents/new/", new_form(world, requester="fontaine"))
    made = Incident.objects.get(title="Écran noir")
    assert (made.requester, made.opened_by, made.channel) == (world.customer, world.agent, "phone")


def test_sending_the_new_form_twice_makes_one_incident(world):
    client = signed(world.agent)
    first, second = (client.post("/desk/incidents/new/", new_form(world)) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Incident.objects.filter(title="Écran noir").count() == 1


def test_an_agent_cannot_open_for_somebody_of_another_organisation(world):
    page = signed(world.agent).post("/desk/incidents/new/", new_form(world, requester=world.stranger.username))
    assert page.status_code == 422
    assert not Incident.objects.exists()


def test_suggestions_name_people_of_the_readers_organisations_only(world):
    found = signed(world.agent).get("/desk/incidents/pick/people/?q=fon").content.decode()
    assert 'value="customer"' in found
    assert "stranger" not in signed(world.agent).get("/desk/incidents/pick/people/?q=stone").content.decode()


def test_the_priority_is_told_while_the_form_is_filled(world):
    told = signed(world.agent).get("/desk/incidents/estimate/?impact=1&urgency=1").content.decode()
    assert "P1" in told
    assert "P1" not in signed(world.agent).get("/desk/incidents/estimate/?impact=4&urgency=4").content.decode()
