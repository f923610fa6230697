"""When mails leave: digests, quiet hours in the reader's time zone, what happens together in one mail."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from itsm.core.errors import DomainError
from itsm.notify import messages, outbox, rhythm, sending
from itsm.notify.models import Message, Preference, Rhythm
from servicedesk.incidents import services

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
DAY = datetime(2026, 11, 30, 10, 20, tzinfo=PARIS)
CHOICES = {"digest": "off", "digest_hour": 8, "quiet_from": None, "quiet_until": None, "group_minutes": 0}


@pytest.fixture
def clock():
    with time_machine.travel(DAY, tick=False) as traveller:
        yield traveller


def choose(user, **values):
    return rhythm.choose(user, **(CHOICES | values))


def opened(world):
    made = services.open_incident(actor=world.customer, title="Écran", requester=world.customer)
    outbox.drain()
    return made


def say(world, record, *bodies):
    for body in bodies:
        services.comment(record.pk, actor=world.agent, body=body, public=True)
    outbox.drain()


def subjects(postman):
    return [letter["Subject"].strip() for letter in postman.letters]


def test_the_first_mail_of_a_ticket_leaves_at_once_and_what_follows_in_one(world, postman, clock, settings):
    settings.MAIL_GROUP_MINUTES = 5
    record = opened(world)
    say(world, record, "Un", "Deux")
    assert sending.send_due() == 1
    held = Message.objects.filter(template="ticket_commented")
    assert [(row.held, row.reason) for row in held] == [("group", "held_group")] * 2
    clock.shift(timedelta(minutes=5))
    assert sending.send_due() == 1
    subject = f"[{record.number}] Écran"
    assert subjects(postman) == [subject, subject]
    text = postman.letters[1].get_body(("plain",)).get_content()
    assert text.index("Un") < text.index("Deux")
    assert text.count("Bonjour Claire,") == 1
    bundle = Message.objects.get(template="bundle")
    assert {(row.state, row.reason, row.bundle_id) for row in held.all()} == {("withheld", "bundled", bundle.pk)}
    assert sending.send_due() == 0


def test_one_that_was_held_alone_leaves_as_it_is(world, postman, clock, settings):
    settings.MAIL_GROUP_MINUTES = 5
    say(world, opened(world), "Seul")
    clock.shift(timedelta(minutes=6))
    assert sending.send_due() == 2
    assert not Message.objects.filter(template="bundle").exists()


@pytest.mark.parametrize(
    ("values", "at", "leaves"),
    [
        ({"digest": "hourly"}, "2026-11-30 10:20", "2026-11-30 11:00"),
        ({"digest": "daily"}, "2026-11-30 07:59", "2026-11-30 08:00"),
        ({"digest": "daily"}, "2026-11-30 08:00", "2026-12-01 08:00"),
        ({"digest": "daily", "digest_hour": 2}, "2027-03-27 20:00", "2027-03-28 03:00"),  # no two o'clock that night
        ({"quiet_from": time(20), "quiet_until": time(7)}, "2026-11-30 19:59", "2026-11-30 19:59"),
        ({"quiet_from": time(20), "quiet_until": time(7)}, "2026-11-30 20:00", "2026-12-01 07:00"),
        ({"quiet_from": time(20), "quiet_until": time(7)}, "2026-12-01 06:59", "2026-12-01 07:00"),
        ({"quiet_from": time(12), "quiet_until": time(14)}, "2026-11-30 12:30", "2026-11-30 14:00"),
        ({"digest": "hourly", "quiet_from": time(20), "quiet_until": time(7)}, "2026-11-30 19:30", "2026-12-01 07:00"),
    ],
)  # fmt: skip
def test_when_a_mail_leaves(world, values, at, leaves):
    choose(world.customer, **values)
    instant, wanted = (datetime.fromisoformat(each).replace(tzinfo=PARIS).astimezone(UTC) for each in (at, leaves))
    assert rhythm.when(world.customer, "ticket_commented", None, instant).at == wanted


def test_quiet_hours_are_those_of_the_reader_wherever_they_are(world):
    world.customer.time_zone = "America/Montreal"
    world.customer.save()
    choose(world.customer, quiet_from=time(20), quiet_until=time(7))
    at = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
    assert rhythm.when(world.customer, "ticket_commented", None, at).at == datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def test_calls_on_call_are_never_held_and_questions_only_for_the_night(world):
    choose(world.customer, digest="daily", quiet_from=time(20), quiet_until=time(7))
    night = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    day = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    assert rhythm.when(world.customer, "oncall_call", None, night).held == ""
    assert rhythm.when(world.customer, "ticket_waiting", None, day).held == ""
    assert rhythm.when(world.customer, "ticket_waiting", None, night).held == "quiet"
    assert rhythm.when(world.customer, "test", None, night).held == ""


def test_a_digest_tells_of_all_tickets_in_one_mail(world, postman, clock):
    choose(world.customer, digest="daily")
    records = [opened(world), opened(world)]
    for record in records:
        say(world, record, f"Pour {record.number}")
    assert sending.send_due() == 0
    clock.move_to(datetime(2026, 12, 1, 8, 0, tzinfo=PARIS))
    assert sending.send_due() == 1
    [letter] = postman.letters
    text = letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    for record in records:
        assert f"Pour {record.number}" in text
        assert f"/r/{record.number}" in text
        assert f"Pour {record.number}" in html
    assert "4" in letter["Subject"]


def test_what_was_held_for_somebody_who_is_gone_or_does_not_want_it_any_more_stays(world, postman, clock):
    choose(world.customer, digest="hourly")
    record = opened(world)
    say(world, record, "Un")
    Preference.objects.update_or_create(user=world.customer, template="ticket_commented", defaults={"email": False})
    clock.shift(timedelta(hours=1))
    assert sending.send_due() == 1
    assert Message.objects.get(template="ticket_commented").reason == "preference"
    assert subjects(postman) == [f"[{record.number}] Écran"]


def test_nobody_is_told_of_their_own_act_in_a_digest(world, clock):
    choose(world.agent, digest="daily")
    record = opened(world)
    services.assign(record.pk, actor=world.agent, assignee=world.agent)
    outbox.drain()
    assert Message.objects.get(template="ticket_assigned").reason == "own_act"


def test_half_of_the_quiet_hours_is_refused(world):
    with pytest.raises(DomainError):
        choose(world.customer, quiet_from=time(20))


def test_the_page_keeps_what_is_chosen_and_says_what_is_missing(world, client):
    client.force_login(world.customer)
    page = "/preferences/notifications/"
    sent = {
        "mail": ["ticket_opened"],
        "digest": "daily",
        "digest_hour": "9",
        "group_minutes": "15",
        "quiet_from": "20:00",
        "quiet_until": "07:00",
    }
    assert client.post(page, sent).status_code == 302
    kept = Rhythm.objects.get(user=world.customer)
    assert (kept.digest, kept.digest_hour, kept.group_minutes, kept.quiet_from) == ("daily", 9, 15, time(20))
    assert 'value="20:00"' in client.get(page).content.decode()
    refused = client.post(page, sent | {"quiet_until": ""})
    assert refused.status_code == 422
    assert Rhythm.objects.get(user=world.customer).quiet_until == time(7)


def test_a_mail_with_an_address_only_is_never_held():
    made = messages.queue(key="k", template="test", context={}, address="a@example.org")
    assert (made.held, made.state) == ("", "queued")
