"""The pages and the interface of campaigns: a draft, its preview, at work, reported; for who manages the switchboard only."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from itsm.calendars.models import Calendar
from itsm.core import reference
from itsm.people.models import Team, User
from servicedesk.calls.campaigns import running
from servicedesk.calls.campaigns.models import CallCampaign, CampaignTarget, ContactHook, DoNotCall
from servicedesk.calls.models import Exchange

from .test_running import draft


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def given(desk, **more) -> dict:
    return {
        "name": "Coupure de Lille", "organisation": desk.lumen.pk, "kind": "team", "teams": [desk.n1.pk], "first": "email", "message_fr": "Bonjour[ {prenom}].",
        "per_minute": 6000, "hours_from": "00:00", "hours_to": "23:59", "max_tries": 2, "retry_minutes": 5, **more,
    }  # fmt: skip


def test_from_the_draft_to_the_report(desk):
    lead = signed(desk.lead)
    answer = lead.post("/calls/campaigns/new/", given(desk, kind="list", text=""))
    assert answer.status_code == 302, "an empty list is kept as a draft"
    assert "Collez au moins une ligne" in lead.get(answer.url).content.decode()
    for wrong in ({"teams": []}, {"second": "email"}, {"message_fr": "{depuis}"}, {"hours_to": "00:00"}):
        assert lead.post("/calls/campaigns/new/", given(desk, **wrong)).status_code == 422, wrong
    page = lead.post("/calls/campaigns/new/", given(desk), follow=True).content.decode()
    campaign = CallCampaign.objects.get(audience__kind="team")
    assert "Démarrer : 6 personnes" in page
    assert "Bonjour Hugo." in page
    assert 'data-opens="cg-start"' in page
    assert "Contacter 6 personnes maintenant" in page, "it asks before it begins"
    assert page.count("Coupure de Lille") >= 4, "with the subject of the mail, beside the text and in the question"
    base = f"/calls/campaigns/{campaign.pk}/"
    assert lead.get(f"{base}edit/").status_code == 200
    assert lead.post(f"{base}start/").status_code == 302
    assert lead.post(f"{base}start/").status_code == 409
    running.run(campaign.pk)
    page = lead.get(base)
    assert "100 %" in page.content.decode()
    assert lead.get(f"{base}?state=failed").status_code == 200
    body = b"".join(lead.get(f"{base}report.csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body)))
    assert len(rows) == 7
    assert {row[4] for row in rows[1:]} == {"Joint"}
    assert lead.get("/calls/campaigns/").status_code == 200


def test_a_draft_counts_people_by_language_and_warns_who_gets_the_other_text(desk):
    lead = signed(desk.lead)
    User.objects.filter(pk=desk.agent.pk).update(language="en")
    page = lead.post("/calls/campaigns/new/", given(desk), follow=True)
    campaign = page.context["campaign"]
    html = page.content.decode().replace("\u00a0", " ")
    assert [(each["language"], each["n"]) for each in page.context["languages"]] == [("fr", 5), ("en", 1)]
    assert "1 personne lit l’anglais et reçoit le texte français." in html
    assert "Français 5, English 1" in html, "in the question before the start too"
    assert [(each["for"], each["language"]) for each in page.context["samples"]] == [
        ("Français", "fr"),
        ("English", "fr"),
    ]
    assert lead.get(f"/api/v1/call-campaigns/{campaign.pk}/preview/").json()["languages"] == {"fr": 5, "en": 1}
    both = given(desk, message_en="Hello[ {first_name}].", version=campaign.version)
    html = lead.post(f"{campaign.get_absolute_url()}edit/", both, follow=True).content.decode()
    assert f"Hello {desk.agent.first_name}." in html
    assert "reçoit le texte" not in html


def test_everything_that_is_wrong_is_said_at_once_on_the_form(desk):
    lead = signed(desk.lead)
    form = lead.get("/calls/campaigns/new/").content.decode()
    assert form.count("l’un des deux") == 2, "each message says that one of them is wanted"
    assert re.search(r"<fieldset[^>]*id=\"id_teams\"", form), "boxes, not a list for Ctrl"
    wrong = given(desk, name="", kind="service", message_fr=" ", hours_to="00:00", second="email")
    answer = lead.post("/calls/campaigns/new/", wrong)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "services", "message_fr", "hours_to", "second"}
    unknown = lead.post("/calls/campaigns/new/", given(desk, name="", message_fr="{depuis}"))
    assert set(unknown.context["form"].errors) == {"name", "message_fr"}


def test_a_campaign_that_reaches_nobody_shows_its_messages_and_says_why(desk):
    lead = signed(desk.lead)
    made = {"code": "VIDE", "name": "Équipe vide", "organisation": desk.lumen}
    team = Team.objects.create(**made)
    reference.forget_everything()  # what knows teams has not been told
    nobody = lead.post("/calls/campaigns/new/", given(desk, teams=[team.pk]), follow=True).content.decode()
    for words in (
        "Bonjour[ {prenom}].",
        "Personne n’est contacté",
        "Cette équipe n’a pas de membre",
        "Modifier les destinataires",
    ):
        assert words in nobody, words
    jane = given(desk, kind="list", text="jane", teams=[])
    out = lead.post("/calls/campaigns/new/", jane, follow=True).content.decode()
    assert "Bonjour[ {prenom}]." in out
    assert "ni numéro ni adresse" in out
    assert "Tous sont écartés" in out
    sent = draft(desk)
    lead.post(f"{sent.get_absolute_url()}start/")
    assert sent.message_fr in lead.get(sent.get_absolute_url()).content.decode(), (
        "started, its messages are still to be read"
    )


def test_only_channels_that_are_set_up_are_offered_counted_and_started(desk):
    lead = signed(desk.lead)
    page = lead.get("/calls/campaigns/new/").content.decode()
    assert re.search(r'<option value="call" disabled>Appel \(.*autocommutateur.*\)</option>', page), "with the reason"
    assert '<option value="email" selected>' in page
    kept = draft(desk, channels=["call", "email"])
    page = lead.get(kept.get_absolute_url()).content.decode()
    assert "Démarrage impossible pour l’instant" in page
    assert re.search(r"<button[^>]*disabled[^>]*aria-describedby=\"cg-why-not\"", page)
    assert "cg-start" not in page
    assert "Courriel 6" in page
    assert "Appel : non configuré" in page
    rest = f"/api/v1/call-campaigns/{kept.pk}/"
    assert lead.get(f"{rest}preview/").json()["channels"] == {"email": 6}
    assert lead.post(f"{rest}start/", content_type="application/json").status_code == 400
    assert re.search(r'<option value="call" selected>', lead.get(f"{kept.get_absolute_url()}edit/").content.decode())
    nothing = draft(desk, channels=["call"])
    page = lead.get(nothing.get_absolute_url()).content.decode()
    assert "aucun canal utilisable" in page
    assert lead.get(f"/api/v1/call-campaigns/{nothing.pk}/preview/").json()["people"] == 0
    Exchange.objects.create(source=desk.source, order_url="http://pbx.example/orders")
    assert '<option value="call">Appel</option>' in lead.get("/calls/campaigns/new/").content.decode()
    assert "Démarrer : 6 personnes" in lead.get(kept.get_absolute_url()).content.decode()


def test_one_of_the_two_messages_is_wanted_and_calendars_go_by_their_name(desk):
    lead = signed(desk.lead)
    page = lead.get("/calls/campaigns/new/").content.decode()
    assert "L’un des deux messages est requis" in page
    assert ">DESK-EXT<" not in page
    answer = lead.post("/calls/campaigns/new/", given(desk, message_fr="  "))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["message_fr"])
    assert lead.post("/calls/campaigns/new/", given(desk, message_fr="", message_en="Hello")).status_code == 302


def test_the_poll_of_an_unchanged_campaign_asks_no_table(desk):
    campaign = draft(desk)
    lead = signed(desk.lead)
    page = lead.get(campaign.get_absolute_url())
    version = page.context["version"]
    with CaptureQueriesContext(connection) as found:
        headers = {"HX-Request": "true", "HX-Target": "campaign"}
        assert lead.get(f"{campaign.get_absolute_url()}?v={version}", headers=headers).status_code == 204
    assert not [each for each in found.captured_queries if "campaign" in each["sql"]]


def test_who_asks_for_it_is_left_in_peace_and_gateways_are_for_administrators(desk):
    lead, admin = signed(desk.lead), signed(desk.admin)
    assert (
        lead.post("/calls/campaigns/peace/", {"organisation": desk.lumen.pk, "address": "06 12 34 56 78"}).status_code
        == 302
    )
    assert lead.post("/calls/campaigns/peace/", {"organisation": desk.lumen.pk, "address": "x"}).status_code == 422
    row = DoNotCall.objects.get()
    assert row.address == "+33612345678"
    assert lead.post(f"/calls/campaigns/peace/{row.pk}/remove/").status_code == 302
    assert lead.get("/calls/campaigns/gateways/").status_code == 404
    made = {"organisation": desk.lumen.pk, "kind": "sms", "url": "http://sms.example.org/", "is_active": "on"}
    assert admin.post("/calls/campaigns/gateways/new/", made).status_code == 422, "not without encryption"
    page = admin.post(
        "/calls/campaigns/gateways/new/", made | {"url": "https://sms.example.org/"}, follow=True
    ).content.decode()
    assert "whsec_" in page
    hook = ContactHook.objects.get()
    assert "whsec_" not in admin.get(f"/calls/campaigns/gateways/{hook.pk}/").content.decode()
    assert "sms.example.org" in admin.get("/calls/campaigns/gateways/").content.decode()


@pytest.mark.parametrize("who", ["stranger", "customer", "foreign_agent", "agent", "nadia"])
def test_others_find_nothing_there(desk, who):
    campaign = draft(desk)
    client = signed(getattr(desk, who))
    for place in (
        "",
        "new/",
        "peace/",
        "gateways/",
        f"{campaign.pk}/",
        f"{campaign.pk}/edit/",
        f"{campaign.pk}/report.csv",
    ):
        assert client.get(f"/calls/campaigns/{place}").status_code == 404, place
    assert client.post(f"/calls/campaigns/{campaign.pk}/start/").status_code == 404
    assert client.get("/api/v1/call-campaigns/").status_code == 403


def test_over_rest_a_draft_is_previewed_started_paused_and_told_person_by_person(desk):
    lead = signed(desk.lead)
    body = {
        "name": "Par REST", "organisation": "LUMEN", "audience": {"kind": "team", "teams": ["N1-CDS"]}, "channels": ["email"], "message_fr": "Fini.",
        "hours_from": "00:00:00", "hours_to": "23:59:59",
    }  # fmt: skip
    send = {"content_type": "application/json"}
    answer = lead.post("/api/v1/call-campaigns/", body, **send)
    assert answer.status_code == 201, answer.content
    assert answer.json()["state"] == "draft"
    base = f"/api/v1/call-campaigns/{answer.json()['id']}/"
    assert lead.get(f"{base}preview/").json() == {
        "people": 6,
        "channels": {"email": 6},
        "languages": {"fr": 6},
        "left_out": {},
    }
    assert lead.post(f"{base}start/", **send).json()["state"] == "running"
    assert lead.post(f"{base}pause/", **send).json()["state"] == "paused"
    assert lead.post(f"{base}start/", **send).status_code == 409
    assert lead.post(f"{base}resume/", **send).json()["state"] == "running"
    assert lead.post(f"{base}stop/", **send).json()["state"] == "stopped"
    told = lead.get(f"{base}targets/").json()["results"]
    assert {each["state"] for each in told} == {"stopped"}
    assert CampaignTarget.objects.count() == 6
    wrong = body | {"audience": {"kind": "team", "teams": ["NOBODY"]}}
    assert lead.post("/api/v1/call-campaigns/", wrong, **send).status_code == 400
    Calendar.objects.create(code="ELSEWHERE", name="Elsewhere", organisation=desk.other)
    foreign = lead.post("/api/v1/call-campaigns/", body | {"calendar": "ELSEWHERE"}, **send)
    assert (foreign.status_code, list(foreign.json()["errors"])) == (400, ["calendar"])
    assert [each["name"] for each in lead.get("/api/v1/call-campaigns/?state=stopped").json()["results"]] == [
        "Par REST"
    ]
