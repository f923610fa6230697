"""A message about something else becomes an incident of its own, and both tickets say so."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.utils import FileProxyMixin
from django.test import Client

from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from itsm.notify import outbox
from itsm.notify.models import Message
from itsm.records.models import Attachment, Category, Comment, Link, Watch
from itsm.records.timeline import timeline
from servicedesk.desk import policies
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    category = Category.objects.create(code="mail", name_fr="Messagerie", name_en="Mail", path="/")
    found = services.open_incident(
        actor=world.customer, requester=world.customer, title="Mail is down", category=category, impact=2, urgency=2
    )
    services.comment(found.pk, actor=world.customer, body="And the printer smokes", public=True)
    services.comment(found.pk, actor=world.agent, body="Fire brigade called", public=False)
    file = Attachment(
        record=found, comment=said("And the printer smokes"), name="smoke.png", size=5, content_type="image/png", sha256="0" * 64
    )  # fmt: skip
    file.file.save("x", ContentFile(b"smoke"))
    return found


def said(body: str) -> Comment:
    return Comment.objects.filter(body=body).earliest("pk")


def both() -> list[int]:
    return [said("And the printer smokes").pk, said("Fire brigade called").pk]


def sentences(record) -> list[str]:
    return [line.sentence for line in timeline(Incident.objects.get(pk=record.pk), agent=True) if line.kind == "event"]


def test_messages_and_files_are_copied_and_stay(world, incident):
    made = services.split(incident.pk, actor=world.agent, comments=both(), title="Printer smokes")
    copies = list(made.comments.order_by("pk").values_list("body", "public", "author_id", "origin_id"))
    assert copies == [
        ("And the printer smokes", True, world.customer.pk, incident.pk),
        ("Fire brigade called", False, world.agent.pk, incident.pk),
    ]
    assert made.comments.first().at == said("And the printer smokes").at
    assert incident.comments.count() == 2
    old, new = Attachment.objects.order_by("pk")
    assert (old.record_id, new.record_id, new.comment.body) == (incident.pk, made.pk, "And the printer smokes")
    assert (new.file.name != old.file.name, new.file.read()) == (True, b"smoke")


def test_an_internal_file_of_an_internal_note_stays_internal(world, incident):
    file = Attachment(
        record=incident, comment=said("Fire brigade called"), name="plan.png", size=4, content_type="image/png", sha256="1" * 64,
        public=False,
    )  # fmt: skip
    file.file.save("x", ContentFile(b"plan"))
    made = services.split(incident.pk, actor=world.agent, comments=both(), title="Printer smokes")
    assert dict(made.attachments.values_list("name", "public")) == {"smoke.png": True, "plan.png": False}


def test_what_was_written_for_a_split_that_fails_is_gone(world, incident, tmp_path, monkeypatch):
    def fails(*_given, **_more):
        raise RuntimeError

    monkeypatch.setattr("servicedesk.incidents.splitting.moves.write_entry", fails)
    with pytest.raises(RuntimeError):
        services.split(incident.pk, actor=world.agent, comments=both(), title="Printer smokes")
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [b"smoke"]
    assert Incident.objects.count() == 1


def test_a_file_is_copied_piece_by_piece(world, incident, monkeypatch):
    asked = []
    read = FileProxyMixin.read
    monkeypatch.setattr(
        FileProxyMixin, "read", property(lambda self: lambda *size: asked.append(size) or read.fget(self)(*size))
    )
    made = services.split(incident.pk, actor=world.agent, comments=both(), title="Printer smokes")
    assert asked
    assert () not in asked
    monkeypatch.undo()
    assert made.attachments.get().file.read() == b"smoke"


def test_the_new_incident_is_like_any_other_and_tied_to_the_old_one(world, incident):
    made = services.split(incident.pk, actor=world.agent, comments=both(), title="Printer smokes")
    assert (made.requester_id, made.organisation_id, made.state) == (world.customer.pk, incident.organisation_id, "new")
    assert (made.category_id, made.impact, made.urgency, made.priority) == (
        incident.category_id,
        2,
        2,
        incident.priority,
    )
    assert made.clocks.filter(state="running").count() == 2
    link = Link.objects.get(source_id=made.pk)
    assert (link.target_id, link.type) == (incident.pk, "split_from")
    assert f"2 messages ont été détachés dans {made.number}." in sentences(incident)
    assert f"Détaché de {incident.number}." in sentences(made)


def test_without_codification_it_starts_from_nothing(world, incident):
    made = services.split(incident.pk, actor=world.agent, comments=both(), title="Printer", codification=False)
    assert (made.category_id, made.impact, made.urgency) == (None, 4, 3)


def test_the_requester_is_told_of_the_new_number(world, incident):
    made = services.split(incident.pk, actor=world.agent, comments=both()[:1], title="Printer smokes")
    outbox.drain()
    assert Message.objects.filter(record_id=made.pk, to_user=world.customer, template="ticket_opened").exists()


def test_another_requester_is_of_the_same_house(world, incident):
    made = services.split(incident.pk, actor=world.agent, comments=both()[:1], title="P", requester=world.colleague)
    assert made.requester_id == world.colleague.pk
    with pytest.raises(DomainError):
        services.split(incident.pk, actor=world.agent, comments=both()[:1], title="P", requester=world.stranger)
    assert Incident.objects.count() == 2


def test_a_confidential_ticket_gives_a_confidential_one(world, incident):
    world.circle.members.add(world.agent, world.teammate)
    services.edit(incident.pk, actor=world.agent, confidentiality=world.circle)
    made = services.split(incident.pk, actor=world.agent, comments=both()[:1], title="P", codification=False)
    assert made.confidentiality_id == world.circle.pk
    with pytest.raises(DomainError):
        services.split(incident.pk, actor=world.agent, comments=both()[:1], title="P", requester=world.colleague)


def test_followers_come_along_when_asked(world, incident):
    Watch.objects.create(record_id=incident.pk, user=world.colleague)
    Watch.objects.create(record_id=incident.pk, user=world.stranger)
    alone = services.split(incident.pk, actor=world.agent, comments=both()[:1], title="P")
    assert not alone.watches.exists()
    made = services.split(incident.pk, actor=world.agent, comments=both()[:1], title="P", followers=True)
    assert list(made.watches.values_list("user_id", flat=True)) == [world.colleague.pk]


@pytest.mark.parametrize("comments", [[], [0], [10**12]])
def test_messages_of_elsewhere_are_refused(world, incident, comments):
    with pytest.raises(DomainError) as caught:
        services.split(incident.pk, actor=world.agent, comments=comments, title="P")
    assert caught.value.field == "comments"
    assert Incident.objects.count() == 1


def test_a_merged_ticket_is_not_split_and_a_closed_one_is(world, incident):
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="ok")
    services.close(incident.pk, actor=world.customer)
    assert services.split(incident.pk, actor=world.agent, comments=both()[:1], title="P").phase == "open"
    twin = services.open_incident(actor=world.customer, requester=world.customer, title="Twin")
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Other")
    services.comment(twin.pk, actor=world.customer, body="Hm", public=True)
    services.merge(twin.pk, actor=world.agent, into=other)
    with pytest.raises(IllegalMove):
        services.split(twin.pk, actor=world.agent, comments=[said("Hm").pk], title="P")


def test_only_who_works_the_ticket_splits_it(world, incident):
    for person in (world.mainframe, world.customer):
        with pytest.raises(NotAllowed):
            policies.check(person, incident, "split")


def address(incident, rest=""):
    return f"/desk/incidents/{incident.number}/{rest}"


@pytest.fixture
def desk(world):
    client = Client()
    client.force_login(world.agent)
    return client


def sent(comments, **more) -> dict:
    return {
        "title": "Printer smokes",
        "comments": comments,
        "requester": "customer",
        "codification": "on",
        "token": "t1",
        **more,
    }


def test_the_dialog_knows_the_message_and_who_wrote_it(world, incident, desk):
    services.comment(incident.pk, actor=world.colleague, body="Mine is slow", public=True)
    first = said("Mine is slow").pk
    dialog = desk.get(address(incident, f"split/?comment={first}"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in dialog
    assert f'value="{first}"' in dialog.split("checked", 1)[0].rsplit("<input", 1)[1]
    assert 'value="colleague"' in dialog
    assert "(interne)" in dialog
    page = desk.get(address(incident, "split/?comment=abc"))
    assert (page.status_code, "<html" in page.content.decode()) == (200, True)


def test_the_page_opens_the_new_incident_once(world, incident, desk):
    answers = [desk.post(address(incident, "split/"), sent(both())) for _time in range(2)]
    made = Incident.objects.exclude(pk=incident.pk).get()
    assert {answer["Location"] for answer in answers} == {address(made)}
    page = desk.get(address(made)).content.decode()
    assert incident.number in page
    assert "Détaché de" in page
    old = desk.get(address(incident)).content.decode()
    assert "Détaché dans" in old
    assert "split/?comment=" in old


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"comments": []}, "au moins un message"), ({"title": ""}, "title"), ({"requester": "stranger"}, "Personne"), ({"comments": ["x"]}, "comments")],
)  # fmt: skip
def test_a_bad_form_comes_back(world, incident, desk, wrong, words):
    answer = desk.post(address(incident, "split/"), sent(both()) | wrong)
    assert (answer.status_code, Incident.objects.count()) == (422, 1)
    assert words in answer.content.decode()


def test_the_portal_shows_no_way_to_split_and_no_other_number(world, incident):
    services.split(incident.pk, actor=world.agent, comments=both()[:1], title="P")
    client = Client()
    client.force_login(world.customer)
    page = client.get(f"/portal/tickets/{incident.number}/").content.decode()
    assert "split/" not in page
    assert client.get(address(incident, "split/")).status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_message_is_split_off_in_the_browser(world, incident, browse):
    page = browse(login="agent", language="en")
    page.goto(address(incident))
    page.locator("article", has_text="the printer smokes").get_by_role("link", name="Split off").click()
    page.fill("#dialog [name=title]", "Printer smokes")
    page.locator("#dialog button[type=submit]").click()
    page.get_by_role("heading", name="Printer smokes").wait_for()
    made = Incident.objects.exclude(pk=incident.pk).get()
    assert page.url.endswith(address(made))
    assert made.comments.get().body == "And the printer smokes"
