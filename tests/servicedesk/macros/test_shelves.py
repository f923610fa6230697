"""The shelves in the product: one's own, the team's by its leader, everybody's by administrators."""

import pytest
from django.test import Client

from itsm.audit.models import Entry
from itsm.core import reference
from itsm.core.errors import DomainError
from itsm.records.models import ResolutionCode
from servicedesk.incidents import services
from servicedesk.macros import services as macros
from servicedesk.macros.models import CannedReply, ChecklistTemplate, Macro
from servicedesk.requests import services as requests

pytestmark = pytest.mark.django_db
HOME = "/desk/macros/"
REPLY = {"name": "Bonjour", "language": "fr", "body": "Bonjour {requester}"}


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_an_agent_keeps_what_is_theirs(world):
    client = signed(world.agent)
    assert client.get(HOME).status_code == 200
    assert client.get(HOME + "replies/new/").status_code == 200
    client.post(HOME + "replies/new/", REPLY | {"shelf": "mine"})
    row = CannedReply.objects.get()
    assert (row.owner_id, row.team_id) == (world.agent.pk, None)
    client.post(f"{HOME}replies/{row.pk}/", REPLY | {"shelf": "mine", "body": "Bonsoir"})
    assert CannedReply.objects.get().body == "Bonsoir"
    assert signed(world.teammate).get(f"{HOME}replies/{row.pk}/").status_code == 404
    assert signed(world.teammate).post(f"{HOME}replies/{row.pk}/delete/").status_code == 404
    client.post(f"{HOME}replies/{row.pk}/delete/")
    assert not CannedReply.objects.exists()
    verbs = Entry.objects.filter(subject_kind="cannedreply").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["cannedreply.created", "cannedreply.changed", "cannedreply.deleted"]


@pytest.mark.parametrize(("name", "may"), [("agent", False), ("lead", True), ("admin", True)])
def test_the_team_s_shelf_is_kept_by_who_leads_it(world, name, may):
    person = getattr(world, name)
    theirs = CannedReply.objects.create(name="Équipe", body="x", team=world.n1)
    client = signed(person)
    assert "Équipe" in client.get(HOME + "replies/").content.decode()
    assert client.get(f"{HOME}replies/{theirs.pk}/").status_code == (200 if may else 403)
    answer = client.post(HOME + "replies/new/", REPLY | {"shelf": str(world.n1.pk)})
    assert answer.status_code == (302 if may else 422)
    assert CannedReply.objects.filter(team=world.n1).count() == 1 + may


@pytest.mark.parametrize(("name", "may"), [("agent", False), ("lead", False), ("admin", True)])
def test_everybody_s_shelf_is_the_administrators(world, name, may):
    shared = Macro.objects.create(name="Tous", take=True)
    client = signed(getattr(world, name))
    assert client.get(f"{HOME}macros/{shared.pk}/").status_code == (200 if may else 403)
    assert client.post(f"{HOME}macros/{shared.pk}/delete/").status_code == (302 if may else 403)
    assert client.post(HOME + "replies/new/", REPLY | {"shelf": "all"}).status_code == (302 if may else 422)


def test_the_shelves_are_of_the_desk(world):
    foreign = CannedReply.objects.create(name="Secret", body="x", team=world.n1)
    assert signed(world.customer).get(HOME).status_code == 404
    assert signed(world.foreign_agent).get(f"{HOME}replies/{foreign.pk}/").status_code == 404
    assert "Secret" not in signed(world.foreign_agent).get(HOME + "replies/").content.decode()
    assert signed(world.agent).get(HOME + "nothing/").status_code == 404
    assert signed(world.manager).get(HOME).status_code == 200
    assert signed(world.manager).get(HOME + "replies/new/").status_code == 403


def test_a_macro_is_made_changed_and_run(world):
    client = signed(world.agent)
    page = client.post(HOME + "macros/new/", {"name": "Vide", "shelf": "mine", "task_days": "1"})
    assert page.status_code == 422
    wanted = {
        "name": "Attente", "shelf": "mine", "active": "on", "take": "on", "urgency": "2", "to_team": "N2-RES", "task_days": "1",
        "reply": "Bonjour {requester}", "public": "on", "hold_reason": "requester",
    }  # fmt: skip
    assert client.post(HOME + "macros/new/", wanted).status_code == 302
    macro = Macro.objects.get()
    assert (macro.to_team_id, macro.hold_reason.code, macro.owner_id) == (world.n2.pk, "requester", world.agent.pk)
    text = client.get(f"{HOME}macros/{macro.pk}/").content.decode()
    assert '<option value="N2-RES" selected>' in text
    assert '<option value="requester" selected>' in text
    incident = services.open_incident(actor=world.customer, requester=world.customer, title="Écran", urgency=3)
    client.post(f"/desk/incidents/{incident.number}/macro/", {"macro": macro.pk, "version": incident.version})
    incident.refresh_from_db()
    assert (incident.phase, incident.team_id) == ("waiting", world.n2.pk)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reply": "Bonjour {nom}"}, "reply"),
        ({"hold_reason": "supplier", "resolution_code": "solved", "resolution": "x"}, "resolution_code"),
        ({"resolution_code": "solved"}, "resolution"),
        ({"hold_reason": "planned"}, "hold_days"),
        ({"hold_reason": "planned", "hold_days": "732"}, "hold_days"),
        ({"hold_reason": "requester"}, "reply"),
        ({"take": "on", "shelf": "999999"}, "shelf"),
        ({"take": "on", "name": ""}, "name"),
        ({"take": "on", "to_team": "NOPE"}, "to_team"),
    ],
)
def test_what_could_not_run_is_not_kept(world, more, field):
    page = signed(world.agent).post(
        HOME + "macros/new/", {"name": "x", "shelf": "mine", "active": "on", "task_days": "1"} | more
    )
    assert page.status_code == 422
    assert f'id="id_{field}_error"' in page.content.decode() or f"{field}_error" in page.content.decode()
    assert not Macro.objects.exists()


def code(name: str, kinds: list[str]) -> ResolutionCode:
    made = ResolutionCode.objects.create(code=name, name_fr=name, name_en=name, kinds=kinds)
    reference.forget_everything()
    return made


def test_a_macro_offers_the_codes_of_the_kind_that_it_is_for(world):
    code("delivered", ["request"])
    client = signed(world.agent)
    page = client.get(HOME + "macros/new/").content.decode()
    assert "delivered (Demandes)" in page
    sent = {
        "name": "Livré",
        "shelf": "mine",
        "active": "on",
        "task_days": "1",
        "resolution_code": "delivered",
        "resolution": "Posé.",
    }
    for kind in ("", "incident"):
        refused = client.post(HOME + "macros/new/", sent | {"kind": kind})
        assert refused.status_code == 422
        assert "Ceci ne vaut que pour : Demandes." in refused.content.decode()
    assert client.post(HOME + "macros/new/", sent | {"kind": "request"}).status_code == 302
    assert Macro.objects.get().kind == "request"
    assert "Seulement pour : Demandes" in client.get(HOME).content.decode()


def test_a_macro_of_a_kind_is_offered_on_its_records_alone(world):
    macro = Macro.objects.create(name="Livré", kind="request", take=True)
    ticket = services.open_incident(actor=world.customer, requester=world.customer, title="Écran", urgency=3)
    request = requests.open_request(actor=world.customer, requester=world.customer, title="Écran")
    client = signed(world.agent)
    assert ">Livré<" not in client.get(f"/desk/incidents/{ticket.number}/").content.decode()
    assert "Livré" in client.get(f"/desk/requests/{request.number}/").content.decode()
    sent = {"macro": macro.pk}
    assert client.post(f"/desk/incidents/{ticket.number}/macro/", sent).status_code == 404
    assert client.post(f"/desk/requests/{request.number}/macro/", sent).status_code == 302
    with pytest.raises(DomainError):
        macros.run(ticket.pk, actor=world.agent, macro=macro)


def test_a_name_is_taken_once_on_each_shelf(world):
    client = signed(world.agent)
    assert client.post(HOME + "replies/new/", REPLY | {"shelf": "mine"}).status_code == 302
    assert client.post(HOME + "replies/new/", REPLY | {"shelf": "mine"}).status_code == 422
    assert signed(world.teammate).post(HOME + "replies/new/", REPLY | {"shelf": "mine"}).status_code == 302
    assert CannedReply.objects.count() == 2


def test_the_preview_is_filled_from_a_ticket_and_saves_nothing(world):
    services.open_incident(actor=world.customer, requester=world.customer, title="Écran", urgency=3)
    client = signed(world.agent)
    sent = REPLY | {"shelf": "mine", "preview": "1", "body": "Bonjour {requester} <b>"}
    whole = client.post(HOME + "replies/new/", sent)
    assert whole.status_code == 200
    part = client.post(HOME + "replies/new/", sent, headers={"HX-Request": "true"}).content.decode()
    assert f"Bonjour {world.customer.display_name} &lt;b&gt;" in part
    assert "<html" not in part
    assert not CannedReply.objects.exists()


def test_the_pages_stay_within_their_budget(world, django_assert_max_num_queries):
    for n in range(40):
        Macro.objects.create(name=f"M{n}", take=True, team=world.n1)
        ChecklistTemplate.objects.create(name=f"C{n}", lines="a\nb", team=world.n1)
    client = signed(world.lead)
    for page in ("macros/", "checklists/", "macros/new/"):
        client.get(HOME + page)
        with django_assert_max_num_queries(12):
            assert client.get(HOME + page).status_code == 200


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_text_is_previewed_kept_and_deleted_in_the_browser(world, browse):
    services.open_incident(actor=world.customer, requester=world.customer, title="Écran", urgency=3)
    page = browse(login="agent", language="en", width=390)
    page.goto(HOME + "replies/new/")
    page.fill("[name=name]", "Hello")
    page.fill("[name=body]", "Hello {requester}")
    page.get_by_role("button", name="Preview").click()
    page.locator("#preview").get_by_text(f"Hello {world.customer.display_name}").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_role("link", name="Hello").click()
    page.get_by_role("button", name="Delete").click()
    page.locator("dialog[open]").get_by_role("button", name="Delete").click()
    page.get_by_text("“Hello” is deleted.").wait_for()
    assert not CannedReply.objects.exists()


def test_a_checklist_that_macros_use_is_not_deleted(world):
    template = ChecklistTemplate.objects.create(name="Départ", lines="Faire", team=world.n1)
    for owner, name in ((world.lead, "Le mien"), (world.teammate, "Secret"), (None, "De tous")):
        Macro.objects.create(name=name, take=True, checklist=template, owner=owner, team=None if owner else world.n1)
    client = signed(world.lead)
    page = client.post(f"{HOME}checklists/{template.pk}/delete/", follow=True).content.decode()
    assert "De tous, Le mien, 1 macro" in page
    assert "Secret" not in page
    assert ChecklistTemplate.objects.filter(pk=template.pk).exists()
    Macro.objects.all().delete()
    client.post(f"{HOME}checklists/{template.pk}/delete/")
    assert not ChecklistTemplate.objects.filter(pk=template.pk).exists()


@pytest.mark.parametrize(
    ("checklist", "macro", "fits"),
    [
        ("mine", "mine", True), ("mine", "team", False), ("mine", "all", False), ("team", "mine", True), ("team", "team", True),
        ("team", "all", False), ("all", "team", True),
    ],
)  # fmt: skip
def test_a_macro_uses_no_checklist_of_a_narrower_shelf(world, checklist, macro, fits):
    client, shelf = signed(world.admin), {"mine": "mine", "team": str(world.n1.pk), "all": "all"}
    world.n1.leader = world.admin
    world.n1.save(update_fields=["leader"])
    reference.forget_everything()
    where = {"mine": {"owner": world.admin}, "team": {"team": world.n1}, "all": {}}
    template = ChecklistTemplate.objects.create(name="Départ", lines="Faire", **where[checklist])
    sent = {"name": "Partir", "active": "on", "task_days": "1", "checklist": template.pk, "shelf": shelf[macro]}
    assert client.post(f"{HOME}macros/new/", sent).status_code == (302 if fits else 422)
    Macro.objects.all().delete()
    template.owner = template.team = None
    template.save()
    Macro.objects.create(name="Partir", checklist=template, **where[macro])
    moved = {"name": "Départ", "lines": "Faire", "shelf": shelf[checklist]}
    assert client.post(f"{HOME}checklists/{template.pk}/", moved).status_code == (302 if fits else 422)
