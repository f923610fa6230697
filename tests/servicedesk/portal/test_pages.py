"""The portal: a person reports, follows, answers, confirms; nothing is lost, nothing is seen by others."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from itsm.records.models import Attachment, Comment, HoldReason
from servicedesk import once
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from servicedesk.portal import since

NEW = "/portal/new/"
LIMIT_QUERIES = 12
PARIS = ZoneInfo("Europe/Paris")


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def form(**more) -> dict:
    return {
        "title": "L’imprimante n’imprime plus",
        "urgency": "3",
        "description": "Voyant orange.",
        "token": "t1",
    } | more


@pytest.fixture
def incident(world):
    return services.open_incident(
        actor=world.customer, requester=world.customer, title="Imprimante en panne", urgency=3
    )


def ticket(incident, act: str = "") -> str:
    return f"/portal/tickets/{incident.number}/{act + '/' if act else ''}"


def test_a_report_becomes_an_incident_of_the_person_with_its_file(world):
    photo = SimpleUploadedFile("photo.jpg", b"\xff\xd8\xff\xe0photo")
    answer = signed(world.customer).post(NEW, form(urgency="2", files=photo))
    made = Incident.objects.get()
    assert answer["Location"] == ticket(made)
    assert (made.requester, made.urgency, made.channel) == (world.customer, 2, "portal")
    assert Attachment.objects.get(record_id=made.pk).public


def test_an_error_keeps_everything_that_was_typed(world):
    page = signed(world.customer).post(NEW, form(since="demain 08:00", urgency="2"))
    text = page.content.decode()
    assert page.status_code == 422
    assert "L’imprimante n’imprime plus" in text
    assert "Voyant orange." in text
    assert 'value="demain 08:00"' in text
    assert 'value="2" id="id_urgency_0" checked' in text.replace("required ", "").replace(
        ' class="form-check-input"', ""
    )
    assert not Incident.objects.exists()


def test_a_refused_file_keeps_the_report_and_asks_for_the_file_again(world):
    page = signed(world.customer).post(NEW, form(files=SimpleUploadedFile("virus.exe", b"MZ")))
    assert page.status_code == 422
    assert "virus.exe" in page.content.decode()
    assert "Voyant orange." in page.content.decode()
    assert not Incident.objects.exists()


def test_a_file_that_is_too_big_is_refused_with_the_limit(world, settings):
    settings.UPLOAD_MAX_BYTES = 1024
    page = signed(world.customer).post(NEW, form(files=SimpleUploadedFile("gros.log", b"x" * 2000)))
    assert page.status_code == 422
    assert "gros.log" in page.content.decode()


def test_a_double_click_makes_one_ticket(world):
    client = signed(world.customer)
    first, second = client.post(NEW, form()), client.post(NEW, form())
    assert first["Location"] == second["Location"]
    assert Incident.objects.count() == 1


def test_a_corrected_form_is_not_taken_for_a_double_click(world):
    client = signed(world.customer)
    client.post(NEW, form(files=SimpleUploadedFile("virus.exe", b"MZ")))
    assert client.post(NEW, form()).status_code == 302
    assert Incident.objects.count() == 1


def test_a_claim_is_held_until_the_work_is_kept_or_released(world):
    place = once.key(world.customer, "portal", "x")
    assert once.claim(place) == ""
    once.keep(place, "INC0000001")
    assert once.claim(place) == "INC0000001"
    once.release(place)
    assert once.claim(place) == ""
    cache.delete(place)


def test_the_delay_to_expect_and_the_ticket_already_open_are_told_while_typing(world, incident):
    told = (
        signed(world.customer)
        .get("/portal/new/before/", {"urgency": "3", "title": "imprimante bloquée"})
        .content.decode()
    )
    assert incident.number in told
    assert "P4" in told
    assert (
        incident.number
        not in signed(world.colleague).get("/portal/new/before/", {"title": "imprimante"}).content.decode()
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("aujourd’hui 08:00", "2026-03-18 08:00"), ("today 9:30", "2026-03-18 09:30"), ("hier 14h", "2026-03-17 14:00"),
        ("avant-hier 7h15", "2026-03-16 07:15"), ("lundi 9h", "2026-03-16 09:00"), ("17/03 8h30", "2026-03-17 08:30"),
        ("depuis lundi matin, vers 9h", "2026-03-16 09:00"), ("2026-03-17T10:00", "2026-03-17 10:00"), ("il y a 2 heures", "2026-03-18 10:00"), ("yesterday", "2026-03-17 08:00"),
    ],
)  # fmt: skip
def test_since_when_is_understood_as_people_say_it(words, expected, monkeypatch):
    noon = datetime(2026, 3, 18, 12, tzinfo=PARIS)
    monkeypatch.setattr(since, "now", lambda: noon)
    assert since.parse(words).astimezone(PARIS).strftime("%Y-%m-%d %H:%M") == expected


@pytest.mark.parametrize(
    "words", ["bientôt", "32/13 8h", "99:99", "il était une fois", "la semaine des quatre jeudis", "lundi en huit"]
)
def test_words_that_name_no_instant_are_answered_with_an_example(words):
    with pytest.raises(since.NotATime):
        since.parse(words)


@pytest.mark.parametrize(
    "page", ["/portal/", NEW, "/portal/tickets/", "/portal/tickets/?tab=closed", "/portal/tickets/?q=rien"]
)
def test_every_page_stays_within_its_budget(world, incident, page, django_assert_max_num_queries):
    client = signed(world.customer)
    client.get(page)
    with django_assert_max_num_queries(LIMIT_QUERIES):
        answer = client.get(page)
    assert answer.status_code == 200
    assert len(answer.content) < 60_000


def test_a_stranger_finds_neither_the_ticket_nor_its_number(world, incident):
    assert signed(world.stranger).get(ticket(incident)).status_code == 404
    assert signed(world.stranger).get(f"/r/{incident.number}").status_code == 404
    assert incident.number not in signed(world.stranger).get("/portal/tickets/?tab=all").content.decode()
    assert signed(world.stranger).post(ticket(incident, "reply"), {"body": "Bonjour"}).status_code == 404


def test_a_reply_ends_the_wait_for_the_requester(world, incident):
    services.acknowledge(incident.pk, actor=world.agent)
    services.hold(
        incident.pk, actor=world.agent, reason=HoldReason.objects.get(code="requester"), comment="Quel étage ?"
    )
    assert "Quel étage ?" in signed(world.customer).get(ticket(incident)).content.decode()
    signed(world.customer).post(ticket(incident, "reply"), {"body": "Le quatrième."})
    assert Incident.objects.get(pk=incident.pk).phase == "open"


def test_an_empty_reply_is_422_and_a_repeated_one_is_kept_once(world, incident):
    client = signed(world.customer)
    assert client.post(ticket(incident, "reply"), {"body": " "}).status_code == 422
    for _twice in range(2):
        client.post(ticket(incident, "reply"), {"body": "Toujours en panne."})
    assert Comment.objects.filter(record_id=incident.pk).count() == 1


def resolve(world, incident):
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Toner remplacé.")


def test_a_solved_ticket_is_confirmed(world, incident):
    resolve(world, incident)
    page = signed(world.customer).get(ticket(incident)).content.decode()
    assert "Toner remplacé." in page
    signed(world.customer).post(ticket(incident, "confirm"))
    assert Incident.objects.get(pk=incident.pk).phase == "closed"


def test_a_solved_ticket_is_reopened_only_with_a_reason(world, incident):
    resolve(world, incident)
    client = signed(world.customer)
    client.post(ticket(incident, "reopen"), {"reason": " "})
    assert Incident.objects.get(pk=incident.pk).phase == "resolved"
    client.post(ticket(incident, "reopen"), {"reason": "Le voyant est revenu."})
    assert Incident.objects.get(pk=incident.pk).phase == "open"


def test_a_reason_that_no_text_can_hold_is_refused_with_words(world, incident):
    address = f"/portal/tickets/{incident.number}/cancel/"
    assert signed(world.customer).post(address, {"reason": "impri\0mante"}).status_code == 422
    assert Incident.objects.get(pk=incident.pk).state == incident.state


def test_what_nobody_touched_can_be_cancelled_and_then_no_more(world, incident):
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)
    services.acknowledge(other.pk, actor=world.agent)
    client = signed(world.customer)
    client.post(ticket(incident, "cancel"), {"reason": "Débranchée"})
    client.post(ticket(other, "cancel"), {"reason": "Débranché"})
    assert Incident.objects.get(pk=incident.pk).state == "cancelled"
    assert Incident.objects.get(pk=other.pk).phase == "open"


def test_markup_of_users_is_shown_as_text(world):
    made = services.open_incident(
        actor=world.customer, requester=world.customer, title="<b>gras</b>", description="<script>1</script>", urgency=3
    )
    page = signed(world.customer).get(ticket(made)).content.decode()
    assert "<b>gras" not in page
    assert "<script>1" not in page


@pytest.mark.parametrize(("language", "words"), [("fr", "Que se passe-t-il"), ("en", "What is the matter?")])
def test_the_form_speaks_the_readers_language(world, settings, language, words):
    world.customer.language = language
    world.customer.save(update_fields=["language"])
    client = signed(world.customer)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert words in client.get(NEW).content.decode()
