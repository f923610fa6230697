"""Campaigns: who is asked, one mail with a link, answers without signing in, nothing changed by looking."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from itsm.audit.models import Entry
from itsm.cmdb import services
from itsm.cmdb.models import Campaign, CampaignItem, CampaignShare, Correction
from itsm.cmdb.trust import certifying
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify.models import Message, Preference
from itsm.notify.texts import without_secrets
from tests.cmdb.factories import make_ci, make_service

pytestmark = pytest.mark.django_db


def soon(days: int = 20):
    return timezone.localdate(now()) + timedelta(days=days)


@pytest.fixture
def campaign(world) -> Campaign:
    """Two servers of the agent, one of nobody's own in the network team, and one without anybody."""
    make_ci(name="mine-1", organisation=world.lumen, owner=world.agent, support_team=world.n2)
    make_ci(name="mine-2", organisation=world.lumen, owner=world.agent)
    make_ci(name="team", organisation=world.lumen, support_team=world.n2)
    make_ci(name="orphan", organisation=world.lumen)
    make_ci(name="theirs", organisation=world.other, owner=world.stranger)
    return certifying.start(actor=world.network, name="Year 2026", due_on=soon())


def share_of(person) -> CampaignShare:
    return CampaignShare.objects.get(person=person)


def asked(person) -> dict[str, CampaignItem]:
    return {row.item.name: row for row in CampaignItem.objects.filter(share__person=person).select_related("item")}


def page_of(person) -> str:
    return f"/certify/{certifying.token_of(share_of(person))}/"


def test_owners_are_asked_else_the_leader_of_the_team_else_it_is_listed_as_nobodys(world, campaign):
    make_service(name="Mail", organisation=world.lumen, service={"owner": world.manager})
    planned = certifying.plan(certifying.in_scope(world.network))
    sizes = {pk: len(items) for pk, items in planned.by_person.items()}
    assert (sizes, len(planned.nobody)) == ({world.agent.pk: 2, world.lead.pk: 1, world.manager.pk: 1}, 1)
    assert (set(asked(world.agent)), set(asked(world.lead))) == ({"mine-1", "mine-2"}, {"team"})
    assert CampaignItem.objects.filter(share=None).get().item.name == "orphan"


def test_the_scope_goes_by_class_organisation_and_team(world, campaign):
    make_ci(name="vm", ci_class="virtual_machine", organisation=world.finance, owner=world.agent)

    def count(**scope):
        return certifying.plan(certifying.in_scope(world.network, **scope)).items

    assert (count(classes=["virtual_machine"]), count(organisation="LUMEN-FIN"), count(team=world.n2.pk)) == (1, 1, 2)
    for wrong in ({"due_on": soon(0)}, {"due_on": soon(), "classes": ["lpar"]}):
        with pytest.raises(DomainError):
            certifying.start(actor=world.network, name="No", **wrong)


def test_each_gets_one_mail_one_reminder_and_the_log_shows_no_secret(world, campaign, monkeypatch):
    assert certifying.sweep() == {"sent": 2, "reminded": 0}
    assert certifying.sweep() == {"sent": 0, "reminded": 0}
    body = Message.objects.get(to_user=world.agent).body_text
    token = re.search(r"/certify/([^/\s]+)/", body)[1]
    assert certifying.find(token) == share_of(world.agent)
    assert token not in without_secrets(body)
    assert not CampaignShare.objects.filter(digest=token).exists(), "the secret itself is kept nowhere"
    certifying.answer(share_of(world.lead).pk, {}, rest_is_right=True)
    Campaign.objects.update(remind_at=now())
    assert certifying.sweep()["reminded"] == 1, "who has answered everything is left in peace"
    assert certifying.sweep()["reminded"] == 0
    assert Message.objects.filter(template="certification_reminder").get().to_user == world.agent


def test_a_mail_that_did_not_leave_is_said_on_the_page_of_the_campaign(world, campaign, client):
    Preference.objects.create(user=world.agent, template="certification", email=False)
    certifying.sweep()
    client.force_login(world.network)
    assert "la personne ne le souhaite pas" in client.get(campaign.get_absolute_url()).content.decode()


def test_looking_changes_nothing(world, campaign, client):
    page = page_of(world.agent)
    for address in (page, f"{page}?show=all", f"{page}?act=all&a-1=right"):
        assert client.get(address).status_code == 200
        assert client.head(address).status_code in (200, 405)
    assert not CampaignItem.objects.exclude(answer="").exists()
    assert "mine-1" in client.get(page).content.decode()


def test_partial_answers_are_kept_and_wrong_opens_a_correction(world, campaign, client):
    page, rows = page_of(world.agent), asked(world.agent)
    one, two = rows["mine-1"], rows["mine-2"]
    answer = client.post(page, {f"a-{one.pk}": "right", f"a-{two.pk}": "wrong", f"n-{two.pk}": "", "act": "keep"})
    assert answer.status_code == 422
    one.refresh_from_db()
    one.item.refresh_from_db()
    assert (one.answer, one.item.confirmed_at == one.answered_at) == ("right", True)
    assert client.post(page, {f"a-{two.pk}": "wrong", f"n-{two.pk}": "It was moved to Lyon"}).status_code == 302
    correction = Correction.objects.get()
    assert (correction.item, correction.voices.get().note) == (two.item, "It was moved to Lyon")
    assert Entry.objects.filter(verb="certification.answered", actor=world.agent).count() == 2
    assert Entry.objects.filter(verb="ci.confirmed", subject_id=one.item_id).count() == 1
    client.post(page, {f"a-{two.pk}": "right"})
    correction.refresh_from_db()
    two.refresh_from_db()
    assert (two.answer, two.correction, correction.state) == ("right", None, "withdrawn")


def test_all_at_once_is_asked_first_with_its_number(world, campaign, client):
    page, rows = page_of(world.agent), asked(world.agent)
    data = {f"a-{rows['mine-2'].pk}": "wrong", f"n-{rows['mine-2'].pk}": "Scrapped", "act": "all"}
    answer = client.post(page, data)
    assert (answer.status_code, answer["Location"]) == (302, f"{page}?ask=1")
    assert {name: row.answer for name, row in asked(world.agent).items()} == {"mine-1": "", "mine-2": "wrong"}
    assert 'name="seen" value="1"' in client.get(f"{page}?ask=1").content.decode()
    assert client.post(page, {"act": "all", "seen": "7"})["Location"] == f"{page}?ask=1", "another number asks again"
    assert not asked(world.agent)["mine-1"].answer
    after = client.post(page, {"act": "all", "seen": "1"}, follow=True).content.decode()
    assert "Vous pouvez le modifier" in after, "how to undo it is said"
    assert {name: row.answer for name, row in asked(world.agent).items()} == {"mine-1": "right", "mine-2": "wrong"}
    assert not asked(world.lead)["team"].answer


def test_enter_keeps_what_is_ticked_and_nothing_else(world, campaign, client):
    page, rows = page_of(world.agent), asked(world.agent)
    form = client.get(page).content.decode().partition('class="stack"')[2]
    first = re.search(r'<button[^>]*type="submit"[^>]*>', form)[0]
    assert 'value="keep"' in first, "the browser presses the first button of a form on Enter"
    client.post(page, {f"a-{rows['mine-1'].pk}": "right", "act": "keep"})
    assert {name: row.answer for name, row in asked(world.agent).items()} == {"mine-1": "right", "mine-2": ""}


def test_paging_keeps_what_is_ticked(world, campaign, client, monkeypatch):
    from itsm.cmdb.trust import answer_views

    monkeypatch.setattr(answer_views, "ROWS", 1)
    page = page_of(world.agent)
    text = client.get(page).content.decode()
    ticked, cursor = re.search(r'name="a-(\d+)"', text)[1], re.search(r'name="go" value="([^"]+)"', text)[1]
    answer = client.post(page, {f"a-{ticked}": "right", "go": cursor})
    assert (answer.status_code, CampaignItem.objects.get(pk=ticked).answer) == (302, "right")
    text = client.get(answer["Location"]).content.decode()
    assert re.search(r'name="a-(\d+)"', text)[1] != ticked
    back = re.search(r'name="go" value="([^"]+)"', text)[1]
    assert client.get(f"{page}?cursor={back}")["Location"] == page, "a page without anything left leads to the first"


def test_all_of_one_class_leaves_the_others_alone(world, campaign, client):
    make_ci(name="vm", ci_class="virtual_machine", organisation=world.lumen, owner=world.manager)
    make_ci(name="srv", organisation=world.lumen, owner=world.manager)
    certifying.start(actor=world.network, name="Two classes", due_on=soon())
    page = f"{page_of(world.manager)}?class=virtual_machine"
    text = client.get(page).content.decode()
    assert ("vm</span>" in text, "srv</span>" in text) == (True, False)
    client.post(page, {"act": "all", "seen": "1"})
    assert {name: row.answer for name, row in asked(world.manager).items()} == {"vm": "right", "srv": ""}
    answer = client.post(page_of(world.manager), {"class": "virtual_machine"})
    assert answer["Location"] == page


def test_the_language_is_the_readers_choice_else_the_persons(world, campaign, client):
    page = page_of(world.agent)
    world.agent.language = "fr"
    world.agent.save()
    assert "Vos éléments" in client.get(page, headers={"accept-language": "en"}).content.decode()
    client.post("/preferences/language/", {"value": "en", "next": page})
    answer = client.get(page)
    assert ("Are your items right?" in answer.content.decode(), answer["Content-Language"]) == (True, "en")


def test_nobody_answers_for_items_of_another_share(world, campaign, client):
    other = asked(world.lead)["team"]
    client.post(page_of(world.agent), {f"a-{other.pk}": "right"})
    other.refresh_from_db()
    assert other.answer == ""


def test_links_end_by_revoking_by_leaving_by_closing_and_by_time(world, campaign, client):
    page = page_of(world.agent)
    certifying.revoke(share_of(world.agent).pk, actor=world.network)
    assert client.get(page).status_code == client.post(page, {"act": "all"}).status_code == 404
    assert client.get("/certify/nonsense/").status_code == 404
    page = page_of(world.lead)
    Campaign.objects.update(expires_at=now() - timedelta(minutes=1))
    assert client.post(page, {"act": "all"}).status_code == 200
    certifying.sweep()
    assert Campaign.objects.get().state == "closed"
    assert not CampaignItem.objects.exclude(answer="").exists()
    world.lead.is_active = False
    world.lead.save()
    assert client.get(page).status_code == 404


def test_guesses_and_storms_are_held_off(world, campaign, client, monkeypatch):
    from itsm.cmdb.trust import answer_views

    monkeypatch.setattr(answer_views, "TRIES_A_MINUTE", 2)
    monkeypatch.setattr(answer_views, "A_MINUTE", 2)
    assert 429 in [client.get(f"/certify/guess-{n}/").status_code for n in range(6)]
    assert 429 in [client.get(page_of(world.agent)).status_code for _n in range(6)]


def test_retired_items_are_no_longer_asked_about(world, campaign, client):
    services.retire_ci(asked(world.agent)["mine-1"].item_id, actor=None, reason="Gone")
    text = client.get(page_of(world.agent)).content.decode()
    assert ("mine-1" in text, "mine-2" in text) == (False, True)


def test_editors_preview_start_follow_and_close_on_pages(world, campaign, client):
    client.force_login(world.network)
    form = {"name": "Servers", "classes": ["physical_server"], "due_on": soon().isoformat()}
    text = client.post("/cmdb/certifications/new/", form | {"act": "look"}).content.decode()
    assert "Léa Morel (2)" in text
    assert Campaign.objects.count() == 1
    start = form | {"act": "start", "seen": "4-2"}
    assert client.post("/cmdb/certifications/new/", start | {"seen": "9-9"}).status_code == 200
    assert Campaign.objects.count() == 1, "what starts is what was shown"
    assert client.post("/cmdb/certifications/new/", start).status_code == 302
    assert "Servers" in client.get("/cmdb/certifications/").content.decode()
    row = asked_first = CampaignItem.objects.filter(campaign=campaign, share__person=world.agent).first()
    certifying.answer(asked_first.share_id, {row.pk: ("wrong", "No longer there")})
    text = client.get(campaign.get_absolute_url()).content.decode()
    assert "No longer there" in text
    assert "orphan" in text
    assert client.get(f"{campaign.get_absolute_url()}shares/{row.share_id}/revoke/").status_code == 200
    assert not CampaignShare.objects.get(pk=row.share_id).revoked_at, "it is asked first"
    client.post(f"{campaign.get_absolute_url()}shares/{row.share_id}/revoke/")
    assert CampaignShare.objects.get(pk=row.share_id).revoked_at
    assert "2 éléments n’ont pas encore" in client.get(f"{campaign.get_absolute_url()}close/").content.decode()
    campaign.refresh_from_db()
    assert campaign.state == "running", "it is asked first"
    client.post(f"{campaign.get_absolute_url()}close/")
    campaign.refresh_from_db()
    assert campaign.state == "closed"
    client.force_login(world.agent)
    assert client.get(campaign.get_absolute_url()).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_each_mail_once(world, campaign):
    def sweep():
        try:
            return certifying.sweep()["sent"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        sent = sum(job.result() for job in [pool.submit(sweep) for _n in range(2)])
    assert (sent, Message.objects.filter(template="certification").count()) == (2, 2)


def test_a_long_page_of_items_costs_no_more_queries_than_a_short_one(world, campaign, client):
    def queries(page: str) -> int:
        client.get(page)
        with CaptureQueriesContext(connection) as found:
            assert client.get(page).status_code == 200
        return len(found)

    few = queries(page_of(world.agent))
    for n in range(40):
        make_ci(name=f"more-{n}", organisation=world.lumen, owner=world.manager, user=world.agent)
    certifying.start(actor=world.network, name="More", due_on=soon())
    share = CampaignShare.objects.get(person=world.manager)
    assert queries(f"/certify/{certifying.token_of(share)}/") <= few + 1


def test_a_day_at_the_end_of_time_is_explained(client, world):
    make_ci(name="mine", organisation=world.lumen, owner=world.agent)
    with pytest.raises(DomainError):
        certifying.start(actor=world.network, name="Ever", due_on=date(9999, 12, 31))
    client.force_login(world.network)
    page = client.post(
        "/cmdb/certifications/new/", {"name": "Ever", "due_on": "9999-12-31", "sure": "1", "act": "start"}
    )
    assert page.status_code < 500
