"""The same message to many people, once each: audience, order of channels, pace, hours, retries, and what became of everybody."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm.calendars.models import Calendar
from itsm.cmdb import services as cmdb
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from itsm.gateway.webhooks import reaching
from itsm.notify import outbox
from itsm.notify.models import Message
from itsm.records.models import ResolutionCode
from servicedesk.calls.campaigns import audience, hooks, hours, running, services
from servicedesk.calls.campaigns.channels import Ways
from servicedesk.calls.campaigns.models import CallCampaign, CampaignAttempt, CampaignTarget, ContactHook
from servicedesk.calls.models import Call, Exchange
from servicedesk.incidents import services as incidents
from servicedesk.majors import services as majors
from servicedesk.majors.models import MajorCaller
from servicedesk.tasks import run_campaigns
from tests import processes
from tests.gateway.webhooks.receiver import Receiver, signatures_made_by
from tests.servicedesk.calls.switchboard import build, incident

DAY = {"hours_from": time(0), "hours_to": time(23, 59, 59)}


def draft(desk, **values):
    usual = {
        "name": "Messagerie", "audience": {"kind": "team", "ids": [desk.n1.pk]}, "channels": ["email"], "per_minute": 6000,
        "message_fr": "Bonjour[ {prenom}], c’est fini.", "message_en": "Hello[ {first_name}], it is over.",
    }  # fmt: skip
    return services.create(actor=desk.lead, organisation=desk.lumen, **(usual | DAY | values))


def states(campaign) -> dict[str, str]:
    rows = CampaignTarget.objects.filter(campaign=campaign).order_by("pk")
    return {row.name: f"{row.state} {row.why}".strip() for row in rows}


def test_the_preview_says_how_many_and_who_falls_out_why(desk):
    people = desk.agent, desk.teammate, desk.lead
    desk.teammate.is_active = False
    desk.teammate.save(update_fields=["is_active"])
    services.leave_in_peace(actor=desk.lead, organisation=desk.lumen, person=desk.agent, reason="A demandé.")
    text = "\n".join(
        [
            *(each.username for each in people),
            "+33 6 12 34 56 78, Marie",
            "0612345678",
            "n’importe quoi",
            "agent@example.org",
        ]
    )
    given = {"kind": "list", "text": text}
    found = audience.preview(given, ["sms", "email"], organisation=desk.lumen, user=desk.lead)
    assert found.total == 2
    assert found.channels == {"email": 1, "sms": 1}
    assert dict(found.counted) == {"": 2, "do_not_call": 2, "inactive": 1, "duplicate": 1, "unreadable": 1}
    assert [each.name for each in found.entries if not each.why] == ["Julie Lenoir", "Marie"]


def test_audiences_come_from_the_cmdb_and_from_nowhere_one_may_not_look(desk):
    mail = cmdb.create_service(
        actor=desk.admin, name="Messagerie", key="SVC-MAIL", organisation=desk.lumen, service={"customer": desk.finance}
    )
    read = lambda **given: {  # noqa: E731
        each.person_id for each in audience.read(given, organisation=desk.lumen, user=desk.lead)
    }
    finance = {desk.customer.pk, desk.colleague.pk, desk.jane.pk}
    assert read(kind="service", ids=[mail.pk]) == read(kind="item", ids=[mail.pk]) == finance
    assert read(kind="organisation", ids=[desk.finance.pk]) == finance
    assert read(kind="organisation", ids=[desk.other.pk]) == set()
    assert desk.jane.pk in read(kind="site", ids=[desk.paris.pk])
    assert read(kind="team", ids=[desk.n2.pk]) == {desk.network.pk}
    assert read(kind="record", number=incident(desk).number) == {desk.jane.pk}
    with pytest.raises(DomainError):
        read(kind="record", number="INC9999999")
    with pytest.raises(NotAllowed):
        services.create(actor=desk.lead, organisation=desk.other, name="X", channels=["email"])
    with pytest.raises(NotAllowed):
        services.create(actor=desk.agent, organisation=desk.lumen, name="X", channels=["email"])


def test_each_person_is_told_once_in_their_language_by_the_first_way_that_works(desk, gateway, sms):
    desk.agent.mobile, desk.agent.language = "+33612000001", "en"
    desk.agent.save(update_fields=["mobile", "language"])
    gateway.default = (500, {}, b"later")
    campaign = draft(desk, channels=["sms", "email"], max_tries=1)
    services.start(campaign.pk, actor=desk.lead)
    running.run(campaign.pk)
    told = gateway.bodies()
    assert [(each["to"], each["text"]) for each in told] == [("+33612000001", "Hello Léa, it is over.")]
    running.run(campaign.pk)
    assert len(gateway.got) == 1, "one try was allowed, then the next channel"
    mails = dict(Message.objects.filter(template="campaign").values_list("to_address", "body_text"))
    assert "Hello Léa, it is over." in mails["agent@example.org"]
    assert "Bonjour Tom, c’est fini." in mails["teammate@example.org"]
    assert set(states(campaign).values()) == {"reached"}
    campaign.refresh_from_db()
    assert campaign.state == "finished"
    secret = hooks.rotate(sms.pk, actor=desk.admin)[1]
    hooks.send(ContactHook.objects.get(), key="k", to="+33600000000", text="x", language="fr")
    _path, headers, body = gateway.got[-1]
    assert headers["idempotency-key"] == "k"
    assert signatures_made_by(secret, headers, body) == [True]


def test_a_call_that_nobody_answers_is_placed_again_and_the_exchange_says_what_came_of_it(desk, gateway):
    hooks.save(None, actor=desk.admin, organisation=desk.lumen, kind="call", url=gateway.url, allow_private=True)
    campaign = draft(
        desk, channels=["call"], audience={"kind": "list", "text": "+33155000010"}, max_tries=2, retry_minutes=1
    )
    services.start(campaign.pk, actor=desk.lead)
    running.run(campaign.pk)
    row = CampaignTarget.objects.get()
    assert row.state == "sent"

    def call_out(**values):
        Call.objects.create(
            number=f"CAL90000{Call.objects.count()}", organisation=desk.lumen, direction="out", to_number="+33155000010", **values
        )  # fmt: skip

    call_out(state="missed", started_at=now() - timedelta(seconds=9), ended_at=now())
    running.run(campaign.pk)
    row.refresh_from_db()
    assert (row.state, row.tries) == ("waiting", 1)
    CampaignTarget.objects.update(next_at=now())
    Call.objects.all().delete()
    running.run(campaign.pk)
    call_out(state="in_progress", answered_at=now())
    running.run(campaign.pk)
    row.refresh_from_db()
    assert row.state == "reached"
    assert len(gateway.got) == 2


def test_without_a_robot_the_exchange_is_told_to_call_and_tells_what_came_of_it(desk, gateway):
    Exchange.objects.create(source=desk.source, order_url=gateway.url)
    gateway.default = (200, {}, b'{"callId": "pbx-77"}')
    campaign = draft(desk, channels=["call"], audience={"kind": "list", "text": "+33155000010"})
    services.start(campaign.pk, actor=desk.lead)
    running.run(campaign.pk)
    told = gateway.bodies()[0]
    assert (told["action"], told["number"], told["text"]) == ("announce", "+33155000010", "Bonjour, c’est fini.")
    call = Call.objects.get(direction="out")
    assert (call.number, call.call_id) == (told["reference"], "pbx-77")
    assert CampaignTarget.objects.get().state == "sent"
    Call.objects.filter(pk=call.pk).update(state="in_progress", answered_at=now())
    running.run(campaign.pk)
    assert CampaignTarget.objects.get().state == "reached"
    assert CampaignAttempt.objects.get().call == call


def test_pace_pause_resume_and_stop(desk):
    campaign = draft(desk, per_minute=4, audience={"kind": "organisation", "ids": [desk.lumen.pk]})
    services.start(campaign.pk, actor=desk.lead)
    running.run(campaign.pk)
    done = CampaignTarget.objects.exclude(state__in=["waiting", "skipped"])
    assert done.count() == 1, "four a minute: the next one leaves in fifteen seconds"
    CallCampaign.objects.update(next_slot_at=now() - timedelta(hours=1))
    running.run(campaign.pk)
    assert done.count() in (2, 3), "what was missed is not made up for at once"
    services.pause(campaign.pk, actor=desk.lead)
    CallCampaign.objects.update(next_slot_at=now())
    before = done.count()
    assert running.run(campaign.pk) == 0
    services.resume(campaign.pk, actor=desk.lead)
    running.run(campaign.pk)
    assert done.count() == before + 1
    services.stop(campaign.pk, actor=desk.lead)
    assert CampaignTarget.objects.filter(state="waiting").count() == 0
    for act in (services.pause, services.resume, services.stop, services.start):
        with pytest.raises(IllegalMove):
            act(campaign.pk, actor=desk.lead)


def test_nobody_is_contacted_at_night_where_they_are(desk):
    campaign = CallCampaign(hours_from=time(8), hours_to=time(20))
    at = datetime(2026, 6, 1, 18, 30, tzinfo=UTC)
    assert hours.next_allowed(campaign, "Europe/Paris", at) == datetime(2026, 6, 2, 6, 0, tzinfo=UTC)
    assert hours.next_allowed(campaign, "America/Montreal", at) == at
    assert hours.next_allowed(campaign, "Asia/Tokyo", at) == datetime(2026, 6, 1, 23, 0, tzinfo=UTC)
    campaign.calendar = Calendar.objects.get(code="OFFICE")
    friday = datetime(2026, 6, 5, 20, 30, tzinfo=ZoneInfo("Europe/Paris"))
    assert hours.next_allowed(campaign, "Europe/Paris", friday).astimezone(ZoneInfo("Europe/Paris")).weekday() == 0


def test_the_all_clear_tells_the_whole_list_in_one_act(desk, gateway, sms):
    made = incident(desk)
    major = majors.accept(made.pk, actor=desk.lead)
    majors.register_caller(major, number="+33612345678", how="key")
    majors.register_caller(major, person=desk.customer, how="portal")
    majors.register_caller(major, person=desk.customer, number="+33155009999", how="call")
    campaign = majors.all_clear(made.pk, actor=desk.lead)
    CallCampaign.objects.update(per_minute=6000, **DAY)
    CampaignTarget.objects.update(next_at=now())
    running.run_all()
    assert [each["to"] for each in gateway.bodies()] == ["+33612345678"]
    assert "l’incident « Mail is down » est terminé" in gateway.bodies()[0]["text"]
    assert Message.objects.get(template="campaign").to_user == desk.customer
    assert {row.outcome for row in MajorCaller.objects.all()} == {"told"}
    assert campaign.is_all_clear
    with pytest.raises(IllegalMove):
        majors.all_clear(made.pk, actor=desk.lead)
    made.refresh_from_db()
    assert made.major
    assert made.major_incident.state == "over"


def test_a_reopened_major_incident_tells_nobody_else_that_it_works_until_its_second_all_clear(desk, gateway, sms):
    made = incident(desk)
    major = majors.accept(made.pk, actor=desk.lead)
    for number in ("+33612345601", "+33612345602", "+33612345603"):
        majors.register_caller(major, number=number, how="key")
    first = majors.all_clear(made.pk, actor=desk.lead)
    CallCampaign.objects.update(per_minute=6000, **DAY)
    CampaignTarget.objects.update(next_at=now())
    ways = Ways.of(CallCampaign.objects.select_related("major__record").get(pk=first.pk))
    told, attempt = running.claim(first.pk, ways)
    running.settle(attempt.pk, hooks.Outcome(True), ways)
    _on_its_way, late = running.claim(first.pk, ways)

    code = ResolutionCode.objects.filter(is_active=True).first()
    incidents.resolve(made.pk, actor=desk.lead, resolution_code=code, resolution="Reparti.")
    outbox.drain()
    incidents.reopen(made.pk, actor=desk.lead, reason="Encore.")
    outbox.drain()
    first.refresh_from_db()
    assert (first.state, first.targets.filter(state="waiting").count()) == ("stopped", 0)
    assert first.ended_at
    running.settle(late.pk, hooks.Outcome(True), ways)  # that contact had left
    running.run_all()
    assert gateway.bodies() == []
    assert set(MajorCaller.objects.values_list("outcome", "told_at")) == {("waits", None)}

    CallCampaign.objects.filter(pk=first.pk).update(state="running")  # as an earlier version left it
    second = majors.all_clear(made.pk, actor=desk.lead)
    first.refresh_from_db()
    assert first.state == "stopped"
    assert second.targets.filter(state="waiting").count() == 3, "all of them, also who was told too early"
    assert told.number in second.targets.values_list("number", flat=True)
    CallCampaign.objects.filter(pk=first.pk).update(state="finished")
    CampaignTarget.objects.filter(pk=told.pk).update(state="failed")
    with pytest.raises(IllegalMove):
        services.again(first.pk, told.pk, actor=desk.lead)


def test_who_falls_out_of_an_all_clear_waits_for_nothing(desk):
    made = incident(desk)
    major = majors.accept(made.pk, actor=desk.lead)
    majors.register_caller(major, person=desk.customer, how="portal")
    majors.register_caller(major, person=desk.colleague, how="portal")
    services.leave_in_peace(actor=desk.lead, organisation=desk.lumen, person=desk.colleague)
    majors.all_clear(made.pk, actor=desk.lead)
    outcomes = dict(MajorCaller.objects.values_list("person__username", "outcome"))
    assert (outcomes[desk.customer.username], outcomes[desk.colleague.username]) == ("waits", "skipped")


def test_an_all_clear_that_tells_nobody_leaves_nobody_waiting(desk):
    made = incident(desk)
    major = majors.accept(made.pk, actor=desk.lead)
    MajorCaller.objects.all().delete()
    majors.register_caller(major, person=desk.colleague, how="portal")
    services.leave_in_peace(actor=desk.lead, organisation=desk.lumen, person=desk.colleague)
    assert majors.all_clear(made.pk, actor=desk.lead) is None
    assert MajorCaller.objects.get().outcome == "skipped"


def test_news_of_an_open_major_incident_is_no_all_clear(desk):
    made = incident(desk)
    major = majors.accept(made.pk, actor=desk.lead)
    majors.register_caller(major, person=desk.customer, how="portal")
    news = draft(desk, audience={"kind": "record", "number": made.number}, channels=["email"])
    services.start(news.pk, actor=desk.lead)
    running.run_all()
    assert Message.objects.filter(template="campaign", to_user=desk.customer).exists()
    assert MajorCaller.objects.get(person=desk.customer).told_at is None
    campaign = majors.all_clear(made.pk, actor=desk.lead)
    assert campaign.targets.filter(person=desk.customer, state="waiting").exists()


def test_an_interrupted_contact_is_repeated_only_where_its_key_makes_it_the_same(desk, gateway, sms):
    text = "+33612000001\n+33612000002"
    for idempotent in (False, True):
        ContactHook.objects.update(idempotent=idempotent)
        campaign = draft(desk, channels=["sms"], audience={"kind": "list", "text": text})
        services.start(campaign.pk, actor=desk.lead)
        ways = Ways.of(campaign)
        _target, attempt = running.claim(campaign.pk, ways)
        old = now() - timedelta(minutes=3)
        CampaignTarget.objects.filter(campaign=campaign, state="claimed").update(claimed_at=old)
        CampaignAttempt.objects.filter(pk=attempt.pk).update(at=old)
        running.run(campaign.pk)
        running.run(campaign.pk)
        assert states(campaign) == {
            "+33612000001": "reached" if idempotent else "unknown died",
            "+33612000002": "reached",
        }
        assert [each["id"] for each in gateway.bodies()].count(attempt.key) == idempotent


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_five_hundred_contacts_nobody_twice(tmp_path):
    desk, gateway, shift = build(), Receiver(), tmp_path / "shift"
    shift.write_text("0")
    kill_at, workers = 150, []

    def killed():
        if len(gateway.got) == kill_at:  # the message has arrived, its sender dies before it can note that
            processes.kill(workers[0])

    gateway.before_answer = killed
    try:
        hooks.save(None, actor=desk.admin, organisation=desk.lumen, kind="sms", url=gateway.url, allow_private=True)
        text = "\n".join(f"+336120{n:05}" for n in range(500))
        campaign = draft(desk, channels=["sms"], audience={"kind": "list", "text": text})
        workers.append(processes.worker(shift_file=shift))
        services.start(campaign.pk, actor=desk.lead)
        processes.wait_until(lambda: len(gateway.got) >= kill_at)
        processes.kill(workers[0])
        shift.write_text("180")  # the interrupted contact is old by now
        workers.append(processes.worker(shift_file=shift))

        def over() -> bool:
            run_campaigns.delay()
            return CallCampaign.objects.get().state == "finished"

        processes.wait_until(over, 90)
    finally:
        processes.kill(*workers)
        gateway.close()
    told = Counter(each["to"] for each in gateway.bodies())
    assert len(told) == 500
    assert set(told.values()) == {1}
    assert CampaignTarget.objects.filter(state="reached").count() == 499
    row = CampaignTarget.objects.get(state="unknown")
    assert row.why == "died"
    services.again(campaign.pk, row.pk, actor=desk.lead)
    row.refresh_from_db()
    assert row.state == "waiting"


def test_who_is_left_in_peace_is_so_by_their_number_too_and_once_a_campaign_runs(desk, sms):
    jane = {"kind": "list", "text": "01 55 00 00 10\nA@example.org\na@EXAMPLE.org\n@"}
    services.leave_in_peace(actor=desk.lead, organisation=desk.lumen, person=desk.jane)
    found = audience.preview(jane, ["email", "call"], organisation=desk.lumen, user=desk.lead)
    assert dict(found.counted) == {"do_not_call": 1, "": 1, "duplicate": 1, "unreadable": 1}
    campaign = draft(desk, audience={"kind": "list", "text": "b@example.org\nc@example.org"})
    services.start(campaign.pk, actor=desk.lead)
    services.leave_in_peace(actor=desk.lead, organisation=desk.lumen, address="B@example.org")
    running.run(campaign.pk)
    assert states(campaign) == {"b@example.org": "skipped do_not_call", "c@example.org": "reached"}


def test_an_answer_that_cannot_be_read_is_no_failed_call(desk):
    hook = ContactHook(kind="call")
    assert hooks._understood(hook, reaching.Answer(200, "", "", b"[" * 16_000)) == hooks.Outcome(True, "", placed=True)
