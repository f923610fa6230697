"""The list of calls, the page of one, and the calls beside records and people; whose numbers are shown to whom, how long."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from itsm.audit.models import Entry
from itsm.core import now
from itsm.gateway.sources.models import Inbound
from servicedesk.calls import policy, privacy, services
from servicedesk.calls.campaigns.models import CallCampaign, CampaignTarget
from servicedesk.calls.models import Call, CallerNote, CallEvent

from .switchboard import incident

JANE = "+33 1 55 00 00 10"


@pytest.fixture
def page(desk):
    """Get or post as somebody."""

    def ask(person, path, data=None, status=200, language="en"):
        client = Client(headers={"Accept-Language": language})
        client.force_login(person)
        person.language = language
        person.save(update_fields=["language"])
        answer = client.get(path) if data is None else client.post(path, data)
        assert answer.status_code == status, answer.content[:2000]
        return answer.content.decode() if status != 302 else answer["Location"]

    return ask


def ring(desk, call_id="x1", number="+33155000010", **more):
    return services.ring(
        organisation=desk.lumen,
        source=desk.source,
        call_id=call_id,
        from_number=number,
        to_number="+33155000000",
        **more,
    )


def test_the_list_shows_who_called_and_narrows(desk, page):
    assert "No call yet" in page(desk.nadia, "/calls/list/")
    call = services.hang_up(
        services.answer(ring(desk, queue=desk.queue), operator=desk.nadia_operator), talk_seconds=92
    )
    ring(desk, "x2", number="anonymous")
    text = page(desk.nadia, "/calls/list/")
    for words in (call.number, "Jane Doe", JANE, "VIP", "N1 Help", "Nadia Petit", "1:32", "Number withheld"):
        assert words in text
    assert "No call fits" in page(desk.nadia, "/calls/list/?state=voicemail")
    assert page(desk.nadia, "/calls/list/?q=doe").count("/calls/CAL") == 1
    assert "not one of" in page(desk.nadia, "/calls/list/?state=strange", status=422)
    assert "Appels" in page(desk.nadia, "/calls/list/", language="fr")


def test_the_page_of_a_call_tells_its_story_and_acts_without_script(desk, page):
    call, record = ring(desk, number="+33612345678", queue=desk.queue), incident(desk)
    CallEvent.objects.create(
        call=call, event="recordingStarted", understood=False, facts={"file": "x", "from": "+33612345678"}
    )
    address = f"/calls/{call.number}/"
    assert page(desk.nadia, address + "answer/", {}, 302) == address
    page(desk.nadia, address + "attach/", {"record": record.number}, 302)
    text = page(desk.nadia, address)
    for words in (
        "+33 6 12 34 56 78",
        record.number,
        "Answered in the console",
        "recordingStarted",
        "kept as it came",
        "N1 Help",
    ):
        assert words in text
    assert "There is no record" in page(desk.nadia, address + "attach/", {"record": "INC9"}, 422)
    page(desk.nadia, address + "end/", {}, 302)
    assert "this cannot be done now" in page(desk.nadia, address + "end/", {}, 409)
    page(desk.nadia, address + "nonsense/", {}, 404)
    assert page(desk.nadia, f"/r/{call.number}", status=302) == address


def test_who_may_be_calling_is_chosen_on_the_page(desk, page):
    services.say_who(services.hang_up(ring(desk, "a", number="0612345678")), caller=desk.colleague, actor=desk.nadia)
    call = services.hang_up(ring(desk, "b", number="0612345678"))
    assert "It is this person" in page(desk.nadia, f"/calls/{call.number}/")
    page(desk.nadia, f"/calls/{call.number}/recognise/", {"person": "colleague"}, 302)
    assert Call.objects.get(pk=call.pk).caller == desk.colleague
    page(desk.nadia, f"/calls/{call.number}/recognise/", {"person": "lead"}, 422)


def test_without_rights_there_is_no_page_and_beside_a_record_only_the_end_of_a_number(desk, page):
    call, record = ring(desk), incident(desk)
    services.attach(call, record=record, how="attached", actor=desk.nadia)
    for person in (desk.agent, desk.customer, desk.foreign_agent, desk.manager):
        for path in ("/calls/list/", f"/calls/{call.number}/", f"/r/{call.number}"):
            page(person, path, status=404)
    around = f"/desk/incidents/{record.number}/around/"
    beside = page(desk.agent, around)
    assert call.number in beside
    assert "••• 0010" in beside
    assert JANE not in beside
    assert JANE in page(desk.nadia, around)
    assert call.number in page(desk.nadia, f"/desk/access/people/{desk.jane.username}/")
    assert call.number not in page(desk.agent, f"/desk/access/people/{desk.jane.username}/")


def test_numbers_and_stories_are_forgotten_in_time_and_what_is_counted_stays(desk):
    old, young = services.hang_up(ring(desk, "old")), services.hang_up(ring(desk, "young"))
    row = policy.policy.get()
    policy.change(actor=desk.admin, version=row.version, numbers_days=30, story_days=10)
    Call.objects.filter(pk=old.pk).update(started_at=now() - timedelta(days=31))
    CallEvent.objects.create(call=young, event="ring", at=now() - timedelta(days=11))
    campaign = CallCampaign.objects.create(
        organisation=desk.lumen, created_by=desk.lead, name="x", channels=["sms"], audience={"kind": "list", "text": "+33612345678"},
        state="finished", started_at=old.started_at, ended_at=now() - timedelta(days=31),
    )  # fmt: skip
    CampaignTarget.objects.create(
        campaign=campaign, name="Marie", mobile="+33612345678", state="reached", done_at=campaign.ended_at
    )
    assert privacy.forget() == {"calls": 1, "lists": 2, "events": 1}
    assert privacy.forget() == {"calls": 0, "lists": 0, "events": 0}
    old.refresh_from_db()
    assert (old.from_number, old.caller, old.state, old.wait_seconds) == ("", None, "abandoned", 0)
    assert Call.objects.get(pk=young.pk).from_number == "+33155000010"


def test_one_persons_calls_are_erased_wherever_their_number_stands(desk):
    Client().post(
        desk.path, "event=newCall&callId=z&from=%2B33155000010&to=1", content_type="application/x-www-form-urlencoded"
    )
    Client().post(
        desk.path, "event=newCall&callId=y&from=%2B33612345678&to=1", content_type="application/x-www-form-urlencoded"
    )
    mine = services.hang_up(Call.objects.get(call_id="z"))
    due = services.owe_call_back(services.hang_up(ring(desk, "due")))
    campaign = CallCampaign.objects.create(organisation=desk.lumen, created_by=desk.lead, name="x", channels=["call"])
    told = CampaignTarget.objects.create(
        campaign=campaign, person=desk.jane, name="Jane", number=desk.jane.phone, state="reached", done_at=now()
    )
    pasted = "jane;Jane Doe\n01 55 00 00 10, Jane\n+33612345678,Somebody else\n"
    for state in ("draft", "finished"):
        CallCampaign.objects.create(
            organisation=desk.lumen, created_by=desk.lead, name=state, channels=["call"], audience={"kind": "list", "text": pasted}
        )  # fmt: skip
    CallerNote.objects.create(person=desk.jane, text="Hard of hearing", by=desk.nadia)
    CallerNote.objects.create(person=desk.customer, text="Calls from the stairs", by=desk.nadia)
    Client().post(desk.path, {"event": "odd", "callId": "o", "from": "0155000010"}, content_type="application/json")
    assert privacy.erase(actor=desk.admin, person=desk.jane) == 2
    told.refresh_from_db()
    assert (told.name, told.number, told.state) == ("", "", "reached")
    lists = CallCampaign.objects.filter(audience__kind="list").values_list("audience__text", flat=True)
    assert set(lists) == {"+33612345678,Somebody else"}, "their lines are gone, in whatever spelling; the others stay"
    assert CallerNote.objects.get().person == desk.customer
    for call in (mine, due):
        call.refresh_from_db()
        assert (call.from_number, call.caller, call.caller_name) == ("", None, "")
    assert due.state == "closed"
    assert Call.objects.get(call_id="y").from_number == "+33612345678"
    assert [bool(row.body) for row in Inbound.objects.order_by("id")] == [False, True, False]
    assert Entry.objects.get(verb="calls.erased").data == {"calls": 2}
    assert "33155000010" not in str(list(Entry.objects.filter(subject_kind="call").values()))


def test_the_list_counts_the_wait_of_who_waits_and_asks_again_only_for_what_changed(desk, page):
    call = ring(desk, queue=desk.queue, at=now() - timedelta(seconds=134))
    page(desk.nadia, "/calls/list/")
    shown = page(desk.nadia, "/calls/list/?state=queued")
    assert f'data-tick="{call.queued_at.isoformat(timespec="seconds")}" data-warms>2:1' in shown
    asks = re.search(r'hx-get="(/calls/list/\?[^"]+)" hx-trigger="every 5s"', shown)[1].replace("&amp;", "&")
    client = Client(headers={"HX-Request": "true"})
    client.force_login(desk.nadia)
    assert client.get(asks).status_code == 204
    services.answer(call, operator=desk.nadia_operator, actor=desk.nadia)
    cache.delete("version:calls")  # as the commit of the answer does
    rows = client.get(asks)
    assert rows.status_code == 200
    assert "<html" not in rows.content.decode()
    talks = page(desk.nadia, "/calls/list/")
    assert "data-warms" not in talks
    assert "data-tick" in talks, "how long they speak"
