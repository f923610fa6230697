"""Outages by hand: keepers open, plan, tell and close; planned ones begin and end by themselves; the rest have no button."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from itsm.cmdb import outages, services
from itsm.cmdb.models import ConfigurationItem, Outage
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify.models import Outbox

from .factories import make_service

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def local(at) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def mail(world):
    return make_service(name="Messagerie", organisation=world.lumen).item


def state(item) -> str:
    return ConfigurationItem.objects.get(pk=item.pk).state


def form(**more) -> dict:
    return {
        "kind": "down",
        "starts_at": "",
        "ends_at": "",
        "expected_at": "",
        "public_fr": "",
        "public_en": "",
        "cause": "",
    } | more


def test_a_keeper_reports_an_outage_and_says_what_users_read(world, mail):
    client = signed(world.network)
    assert client.get(f"/cmdb/{mail.pk}/outages/new/").status_code == 200
    client.post(f"/cmdb/{mail.pk}/outages/new/", form(public_fr="Nos équipes y travaillent.", cause="Disque plein"))
    outage = Outage.objects.get()
    assert (outage.public_fr, outage.cause, state(mail)) == ("Nos équipes y travaillent.", "Disque plein", "down")
    later = local(now() + HOUR)
    client.post(
        f"/cmdb/{mail.pk}/outages/{outage.pk}/", {"public_fr": "Presque fini.", "public_en": "", "expected_at": later}
    )
    outage.refresh_from_db()
    assert outage.public_text == "Presque fini."
    assert outage.expected_at is not None
    for _twice in range(2):
        client.post(f"/cmdb/{mail.pk}/outages/{outage.pk}/close/")
    assert state(mail) == "up"
    assert Outbox.objects.filter(topic="outage.closed").count() == 1


def test_who_may_not_edit_the_item_finds_no_form(world, mail):
    outage = services.open_outage(mail, actor=world.network)
    for person in (world.agent, world.customer, world.foreign_agent):
        client = signed(person)
        assert client.get(f"/cmdb/{mail.pk}/outages/new/").status_code == 404
        assert client.post(f"/cmdb/{mail.pk}/outages/{outage.pk}/close/").status_code == 404
    assert Outage.objects.get().ends_at is None
    assert f"/cmdb/{mail.pk}/outages/new/" not in signed(world.agent).get(f"/cmdb/{mail.pk}/").content.decode()
    assert f"/cmdb/{mail.pk}/outages/new/" in signed(world.network).get(f"/cmdb/{mail.pk}/").content.decode()


def test_an_outage_of_another_item_is_not_found_under_this_one(world, mail):
    other = services.open_outage(make_service(name="Paie").item, actor=world.network)
    assert signed(world.network).post(f"/cmdb/{mail.pk}/outages/{other.pk}/close/").status_code == 404


@pytest.mark.parametrize(
    ("hours", "more"),
    [
        ((None, None), {"kind": "planned"}),
        ((1, None), {"kind": "down"}),
        ((None, 2), {"kind": "degraded"}),
        ((-1, -2), {"kind": "down"}),
        ((3, 2), {"kind": "planned"}),
        ((None, None), {"kind": "strike"}),
        ((None, None), {"starts_at": "bientôt"}),
    ],
)
def test_times_that_cannot_be_are_refused_beside_their_field(world, mail, hours, more):
    start, end = (local(now() + h * HOUR) if h is not None else "" for h in hours)
    answer = signed(world.network).post(
        f"/cmdb/{mail.pk}/outages/new/", form(starts_at=start, ends_at=end, public_fr="Texte gardé") | more
    )
    assert answer.status_code == 422
    assert "Texte gardé" in answer.content.decode()
    assert not Outage.objects.exists()


def test_planned_maintenance_begins_and_ends_on_the_item_by_itself(world, mail, monkeypatch):
    start = now()
    services.open_outage(
        mail,
        actor=world.network,
        planned=True,
        starts_at=start + HOUR,
        ends_at=start + 2 * HOUR,
        public_fr="Mise à jour",
    )
    assert (services.follow_planned(), state(mail)) == (0, "up")
    for later, expected in ((1.2, "maintenance"), (2.2, "up")):
        monkeypatch.setattr("itsm.cmdb.outages.now", lambda later=later: start + later * HOUR)
        assert (services.follow_planned(), state(mail)) == (1, expected)
        assert services.follow_planned() == 0


def test_a_state_set_by_hand_survives_the_sweep(world, mail, monkeypatch):
    start = now()
    services.open_outage(mail, actor=world.network, planned=True, starts_at=start + HOUR, ends_at=start + 2 * HOUR)
    services.set_state(mail.pk, "down", actor=world.network)
    monkeypatch.setattr("itsm.cmdb.outages.now", lambda: start + 1.2 * HOUR)
    assert (services.follow_planned(), state(mail)) == (0, "down")


@pytest.fixture
def clock(monkeypatch):
    """Moves the time of outages on, by hours from now."""
    start = now()
    return lambda hours: monkeypatch.setattr("itsm.cmdb.outages.now", lambda: start + hours * HOUR)


def maintained(world, mail, start, end) -> Outage:
    times = {"starts_at": now() + start * HOUR, "ends_at": now() + end * HOUR}
    return services.open_outage(mail, actor=world.network, planned=True, **times)


def test_a_standstill_of_hours_misses_no_beginning_and_no_end(world, mail, clock):
    maintained(world, mail, 1, 9)
    for hours, expected in ((5, "maintenance"), (20, "up")):
        clock(hours)
        assert [services.follow_planned() for _twice in range(2)] == [1, 0]
        assert state(mail) == expected


def test_what_began_and_ended_while_nobody_looked_changes_nothing(world, mail, clock):
    maintained(world, mail, 1, 2)
    services.set_state(mail.pk, "maintenance", actor=world.network)
    clock(30)
    assert [services.follow_planned() for _twice in range(2)] == [0, 0]
    assert state(mail) == "maintenance"


def test_each_beginning_and_end_counts_once_and_the_hand_has_the_last_word(world, mail, clock):
    maintained(world, mail, 1, 9)
    for hours, by_hand in ((1.1, "up"), (9.1, "maintenance")):
        clock(hours)
        services.follow_planned()
        services.set_state(mail.pk, by_hand, actor=world.network)
        assert (services.follow_planned(), state(mail)) == (0, by_hand)


def test_one_maintenance_right_after_another_is_one(world, mail, clock):
    maintained(world, mail, 3, 4)
    services.open_outage(mail, actor=world.network, planned=True, ends_at=Outage.objects.get().starts_at)
    for hours, expected in ((3.5, "maintenance"), (4.5, "up")):
        clock(hours)
        services.follow_planned()
        assert state(mail) == expected


def test_an_item_that_was_retired_meanwhile_comes_back_without_its_maintenance(world, mail, clock):
    services.open_outage(mail, actor=world.network, planned=True, ends_at=now() + HOUR)
    services.retire_ci(mail.pk, actor=world.network, reason="Vendu")
    clock(2)
    assert services.follow_planned() == 0
    services.update_ci(mail.pk, actor=world.network, status="live")
    assert (services.follow_planned(), state(mail)) == (1, "up")


def test_the_sweep_reads_an_index_of_what_is_not_over(world, mail):
    at = now()
    rows = [
        Outage(item=mail, planned=True, followed="over", starts_at=at - (n + 1) * HOUR, ends_at=at - n * HOUR)
        for n in range(1, 3000)
    ]
    Outage.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cmdb_outage")
    assert "outage_to_follow" in outages._to_follow(now()).explain()


@pytest.mark.parametrize(("hours", "planned"), [((1, 2), True), ((-2, -1), True), ((-2, -1), False)])
def test_what_is_to_come_or_over_leaves_the_state_that_was_set_by_hand(world, mail, hours, planned):
    times = {"starts_at": now() + hours[0] * HOUR, "ends_at": now() + hours[1] * HOUR}
    services.set_state(mail.pk, "down", actor=world.network)
    services.open_outage(mail, actor=world.network, planned=planned, **times)
    assert state(mail) == "down"
    services.set_state(mail.pk, "degraded", actor=world.network)
    assert (services.follow_planned(), state(mail)) == (0, "degraded")


def test_maintenance_from_now_on_is_the_state_whatever_was_set(world, mail):
    services.set_state(mail.pk, "degraded", actor=world.network)
    services.open_outage(mail, actor=world.network, planned=True, ends_at=now() + HOUR)
    assert state(mail) == "maintenance"


def test_what_is_planned_can_be_called_off_until_it_begins(world, mail):
    planned = services.open_outage(
        mail, actor=world.network, planned=True, starts_at=now() + HOUR, ends_at=now() + 2 * HOUR
    )
    signed(world.network).post(f"/cmdb/{mail.pk}/outages/{planned.pk}/cancel/")
    assert not Outage.objects.exists()
    begun = services.open_outage(mail, actor=world.network)
    assert signed(world.network).post(f"/cmdb/{mail.pk}/outages/{begun.pk}/cancel/").status_code == 422
    with pytest.raises(DomainError):
        services.cancel_outage(begun.pk, actor=world.network)


def test_two_outages_at_the_same_time_are_refused_with_the_reason(world, mail):
    services.open_outage(mail, actor=None, starts_at=now() - 2 * HOUR, ends_at=now() - HOUR)
    answer = signed(world.network).post(
        f"/cmdb/{mail.pk}/outages/new/", form(starts_at=local(now() - 1.5 * HOUR), ends_at=local(now() - 0.5 * HOUR))
    )
    assert answer.status_code == 422
    assert Outage.objects.count() == 1


def test_what_has_not_begun_is_called_off_and_not_closed(world, mail):
    planned = maintained(world, mail, 1, 2)
    assert signed(world.network).post(f"/cmdb/{mail.pk}/outages/{planned.pk}/close/").status_code == 422
    with pytest.raises(DomainError, match="annulez-la"):
        services.close_outage(planned.pk, actor=world.network)
    assert Outage.objects.get().ends_at == planned.ends_at


def test_an_outage_reported_by_a_clock_that_is_fast_began_just_now(world, mail):
    soon = timezone.localtime(now() + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%S")
    signed(world.network).post(f"/cmdb/{mail.pk}/outages/new/", form(starts_at=soon))
    assert (Outage.objects.get().starts_at <= now(), state(mail)) == (True, "down")


def test_an_outage_that_takes_over_from_one_of_this_very_moment_is_the_state(world, mail):
    services.open_outage(mail, actor=world.network)
    services.close_outage(Outage.objects.get().pk, actor=world.network)
    services.open_outage(mail, actor=world.network, degraded=True, starts_at=Outage.objects.get().ends_at)
    assert state(mail) == "degraded"
