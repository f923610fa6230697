"""Who is told what about an incident."""

import pytest
from django.core import mail

from itsm.notify import outbox, sending
from itsm.notify.models import Message, Notice, Preference
from itsm.records.models import Watch
from servicedesk.incidents import services

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(world):
    made = services.open_incident(
        actor=world.customer, title="Mail <b>is</b> slow", requester=world.customer, urgency=2
    )
    outbox.drain()
    return made


def told(template):
    """Logins by state of the messages of one kind."""
    rows = Message.objects.filter(template=template).order_by("to_user__username")
    return [(row.to_user.username, row.state, row.reason) for row in rows]


def bells(template):
    return sorted(Notice.objects.filter(template=template).values_list("user__username", flat=True))


def test_the_requester_gets_a_receipt_with_the_number_in_french(incident):
    message = Message.objects.get(template="ticket_opened")
    assert message.subject == f"[{incident.number}] {incident.title}"
    assert message.language == "fr"
    assert f"/r/{incident.number}" in message.body_text
    assert told("ticket_opened") == [("customer", "queued", "")]


def test_the_organisation_decides_the_language_of_who_chose_none(world):
    world.stranger.language = ""
    world.stranger.save(update_fields=["language"])
    services.open_incident(actor=world.stranger, title="Broken", requester=world.stranger)
    outbox.drain()
    message = Message.objects.get(template="ticket_opened")
    assert (message.language, message.body_text.split("\n")[2]) == ("en", "Hello Sam,")


def test_html_in_a_title_or_a_comment_stays_text(world, incident):
    services.comment(incident.pk, actor=world.agent, body="<script>alert(1)</script>", public=True)
    outbox.drain()
    message = Message.objects.get(template="ticket_commented", to_user=world.customer)
    assert "<script" not in message.body_html
    assert "&lt;script&gt;" in message.body_html
    assert "<b>" not in message.body_html
    assert "<script>alert(1)</script>" in message.body_text


def test_a_public_reply_goes_to_the_requester_and_the_watchers_but_not_to_its_author(world, incident):
    Watch.objects.create(record_id=incident.pk, user=world.colleague)
    Watch.objects.create(record_id=incident.pk, user=world.agent)
    services.comment(incident.pk, actor=world.agent, body="Looking", public=True)
    outbox.drain()
    assert told("ticket_commented") == [
        ("agent", "withheld", "own_act"), ("colleague", "queued", ""), ("customer", "queued", ""),
    ]  # fmt: skip
    assert bells("commented") == ["colleague", "customer"]


def test_an_internal_note_reaches_no_requester(world, incident):
    services.acknowledge(incident.pk, actor=world.agent)
    services.comment(incident.pk, actor=world.teammate, body="Between us", public=False)
    outbox.drain()
    assert told("ticket_commented") == []
    assert bells("noted") == ["agent"]


def test_the_requesters_reply_rings_for_the_assignee_else_for_the_team(world, incident):
    services.comment(incident.pk, actor=world.customer, body="More", public=True)
    outbox.drain()
    assert bells("replied") == ["agent", "lead", "teammate"]
    services.acknowledge(incident.pk, actor=world.agent)
    services.comment(incident.pk, actor=world.customer, body="Even more", public=True)
    outbox.drain()
    assert bells("replied") == ["agent", "agent", "lead", "teammate"]


def test_an_assignment_is_mailed_to_the_new_assignee_only(world, incident):
    services.assign(incident.pk, actor=world.lead, assignee=world.teammate)
    outbox.drain()
    assert told("ticket_assigned") == [("teammate", "queued", "")]
    assert bells("assigned") == ["teammate"]


def test_an_escalation_rings_for_the_next_team(world, incident):
    services.escalate(incident.pk, actor=world.agent, reason="Routing")
    outbox.drain()
    assert bells("queued") == ["network"]


def test_an_alert_is_mailed_to_the_leader_with_its_reason(world, incident):
    services.alert(incident.pk, actor=world.agent, reason="The minister calls")
    outbox.drain()
    assert told("ticket_alerted") == [("lead", "queued", "")]
    assert "The minister calls" in Message.objects.get(template="ticket_alerted").body_text


def test_a_solved_ticket_asks_the_requester_to_confirm_or_reopen(world, incident):
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Cable plugged in")
    outbox.drain()
    message = Message.objects.get(template="ticket_resolved")
    assert "Cable plugged in" in message.body_text
    assert "Confirmer ou rouvrir" in message.body_html
    services.reopen(incident.pk, actor=world.customer, reason="Still slow")
    outbox.drain()
    assert told("ticket_reopened") == [("agent", "queued", ""), ("customer", "withheld", "own_act")]
    assert "Still slow" in Message.objects.get(template="ticket_reopened", to_user=world.agent).body_text


def test_only_a_closure_by_the_product_is_mailed(world, incident):
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Done")
    services.close(incident.pk, actor=None)
    outbox.drain()
    assert told("ticket_closed") == [("customer", "queued", "")]


def test_of_a_confidential_ticket_only_the_requester_and_the_circle_hear(world, incident):
    Watch.objects.create(record_id=incident.pk, user=world.colleague)
    world.circle.members.add(world.network)
    Watch.objects.create(record_id=incident.pk, user=world.network)
    services.edit(incident.pk, actor=world.lead, confidentiality=world.circle)
    services.comment(incident.pk, actor=world.lead, body="Secret", public=True)
    outbox.drain()
    assert told("ticket_commented") == [
        ("colleague", "withheld", "confidential"), ("customer", "queued", ""), ("network", "queued", ""),
    ]  # fmt: skip
    assert bells("commented") == ["customer", "network"]


def test_a_quiet_act_is_kept_back_and_says_so(world, incident):
    services.comment(incident.pk, actor=world.agent, body="To all", public=True, quiet=True)
    outbox.drain()
    assert told("ticket_commented") == [("customer", "withheld", "quiet")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"email": ""}, "no_address"),
        ({"is_active": False}, "inactive"),
        ({"email": "a@b.fr\nBcc: x@y.fr"}, "bad_address"),
    ],
)
def test_what_cannot_be_sent_is_kept_with_the_reason(world, incident, change, reason):
    type(world.customer).objects.filter(pk=world.customer.pk).update(**change)
    services.comment(incident.pk, actor=world.agent, body="Hello", public=True)
    outbox.drain()
    assert told("ticket_commented") == [("customer", "withheld", reason)]


def test_a_person_who_wants_no_mail_gets_none_but_still_the_notice(world, incident):
    Preference.objects.create(user=world.customer, template="ticket_commented", email=False)
    services.comment(incident.pk, actor=world.agent, body="Hello", public=True)
    outbox.drain()
    assert told("ticket_commented") == [("customer", "withheld", "preference")]
    assert bells("commented") == ["customer"]


def test_mails_on_one_ticket_share_a_thread_and_a_line_break_makes_no_header(world):
    made = services.open_incident(actor=world.customer, title="Slow\r\nBcc: all@example.org", requester=world.customer)
    outbox.drain()
    sending.send_due()
    (sent,) = mail.outbox
    assert "\n" not in sent.subject
    assert sent.recipients() == ["customer@example.org"]
    headers = sent.message()
    assert headers["References"] == headers["In-Reply-To"] == f"<{made.number}@127.0.0.1>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Bcc"] is None
