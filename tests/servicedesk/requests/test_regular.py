"""What is ordered by itself: the rhythm, the sweep that orders each time once, and its end."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.notify.models import Message, Notice
from servicedesk.requests import regular, services
from servicedesk.requests.models import RegularOrder, Request

from .factories import make_item

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def at(year, month, day, hour=9):
    return datetime(year, month, day, hour, tzinfo=PARIS)


def order(**values) -> RegularOrder:
    values = {"rhythm": "monthly_weekday", "weekday": 0, "place": 1, "starts_on": date(2026, 11, 1)} | values
    return RegularOrder(**values)


@pytest.mark.parametrize(
    ("rhythm", "after", "expected"),
    [
        ({}, at(2026, 11, 1), at(2026, 11, 2, 8)),
        ({}, at(2026, 11, 2), at(2026, 12, 7, 8)),
        ({"place": 5}, at(2026, 11, 2), at(2026, 11, 30, 8)),
        ({"place": 5, "weekday": 4}, at(2026, 11, 28), at(2026, 12, 25, 8)),
        ({"rhythm": "weekly", "weekday": 2, "place": None}, at(2026, 11, 4), at(2026, 11, 11, 8)),
        ({"rhythm": "weekly", "weekday": 2, "place": None}, at(2026, 11, 4, 7), at(2026, 11, 4, 8)),
        ({"rhythm": "monthly_day", "day": 31, "weekday": None, "place": None}, at(2027, 2, 1), at(2027, 2, 28, 8)),
        ({"ends_on": date(2026, 11, 30)}, at(2026, 11, 2), None),
        ({"starts_on": date(2027, 3, 2)}, at(2026, 11, 2), at(2027, 4, 5, 8)),
    ],
)
def test_the_next_time_of_a_rhythm(world, rhythm, after, expected):
    assert regular.following(order(requester=world.customer, **rhythm), after) == expected


def test_the_morning_stays_the_morning_over_the_change_of_the_clocks(world):
    weekly = order(requester=world.customer, rhythm="weekly", weekday=6, place=None)
    found = regular.following(weekly, at(2027, 3, 22))
    assert (found.date(), found.astimezone(PARIS).hour) == (date(2027, 3, 28), 8)


@pytest.fixture
def monthly(world):
    version = make_item(repeatable=True)
    with time_machine.travel(at(2026, 11, 1), tick=False):
        return regular.begin(
            actor=world.customer, item=version.item, requester=world.customer, answers={"model": "s"},
            rhythm="monthly_weekday", weekday=0, place=1,
        )  # fmt: skip


def test_what_is_due_is_ordered_once_however_often_one_looks(world, monthly):
    with time_machine.travel(at(2026, 11, 1), tick=False):
        assert regular.sweep() == 0
    with time_machine.travel(at(2026, 11, 2), tick=False):
        assert regular.sweep() == 1
        assert regular.sweep() == 0
    made = Request.objects.get()
    assert (made.regular, made.requester, made.answers) == (monthly, world.customer, {"model": "s"})
    monthly.refresh_from_db()
    assert monthly.next_at == at(2026, 12, 7, 8)


def test_the_database_refuses_the_same_time_twice(world, monthly):
    with time_machine.travel(at(2026, 11, 2), tick=False):
        regular.sweep()
    made = Request.objects.get()
    with pytest.raises(DomainError), transaction.atomic():
        services.open_request(
            actor=world.customer,
            requester=world.customer,
            title="Encore",
            regular=monthly,
            regular_for=made.regular_for,
        )


def test_what_was_missed_is_ordered_once(world, monthly):
    with time_machine.travel(at(2027, 2, 10), tick=False):
        assert regular.sweep() == 1
        assert regular.sweep() == 0
    assert Request.objects.count() == 1


def test_an_item_that_is_gone_stops_it_and_says_why(world, monthly):
    monthly.item.state = "retired"
    monthly.item.save(update_fields=["state"])
    with time_machine.travel(at(2026, 11, 2), tick=False):
        assert regular.sweep() == 0
    monthly.refresh_from_db()
    assert monthly.next_at is None
    assert monthly.stopped_why


def test_the_newest_version_is_ordered(world, monthly):
    from .factories import make_version

    newest = make_version(monthly.item, 2)
    with time_machine.travel(at(2026, 11, 2), tick=False):
        regular.sweep()
    assert Request.objects.get().item_version == newest


def test_only_what_allows_it_is_ordered_regularly(world):
    with pytest.raises(DomainError):
        regular.begin(
            actor=world.customer,
            item=make_item().item,
            requester=world.customer,
            answers={},
            rhythm="weekly",
            weekday=0,
        )


def test_it_is_begun_seen_and_stopped_on_the_portal(world):
    version = make_item(repeatable=True)
    request = services.open_request(
        actor=world.customer, requester=world.customer, item_version=version, answers={"model": "s"}
    )
    client = Client()
    client.force_login(world.customer)
    url = f"/portal/tickets/{request.number}/regular/"
    assert url in client.get(f"/portal/tickets/{request.number}/").content.decode()
    assert client.get(url).status_code == 200
    assert client.post(url, {"rhythm": "monthly_day"}).status_code == 422
    assert client.post(url, {"rhythm": "monthly_weekday", "weekday": "0", "place": "1"}).status_code == 302
    made = RegularOrder.objects.get()
    page = client.get("/portal/regular/").content.decode()
    assert "Ordinateur portable" in page
    assert client.post(f"/portal/regular/{made.pk}/stop/").status_code == 302
    made.refresh_from_db()
    assert made.next_at is None


def test_nobody_touches_the_regular_orders_of_others(world, monthly):
    client = Client()
    client.force_login(world.stranger)
    assert client.post(f"/portal/regular/{monthly.pk}/stop/").status_code == 404
    request = services.open_request(
        actor=world.customer, requester=world.customer, item_version=monthly.item.versions.get()
    )
    assert client.get(f"/portal/tickets/{request.number}/regular/").status_code == 404


def told(template: str) -> list[tuple]:
    while outbox.drain():
        continue
    mails = Message.objects.filter(template=template)
    bells = Notice.objects.filter(template=template)
    return [
        sorted(mails.values_list("to_user__username", flat=True)),
        sorted(bells.values_list("user__username", flat=True)),
    ]


def test_its_owner_is_told_that_it_stopped_and_why(world, monthly):
    monthly.item.state = "retired"
    monthly.item.save(update_fields=["state"])
    with time_machine.travel(at(2026, 11, 2), tick=False):
        regular.sweep()
        regular.sweep()
        assert told("regular_stopped") == [["customer"], ["customer"]]
    mail = Message.objects.get(template="regular_stopped")
    assert "Ordinateur portable" in mail.subject
    assert "Ceci n’est plus proposé." in mail.body_text
    assert "/portal/regular/" in mail.body_text


def test_who_stops_it_is_told_nothing_and_its_owner_hears_of_anybody_else(world, monthly):
    regular.stop(monthly, actor=world.customer)
    assert told("regular_stopped") == [[], []]
    other = regular.begin(
        actor=world.manager,
        item=monthly.item,
        requester=world.customer,
        answers={"model": "s"},
        rhythm="weekly",
        weekday=0,
    )
    regular.stop(other, actor=world.customer)
    assert told("regular_stopped") == [["manager"], ["manager"]]


def test_where_its_owner_has_left_the_person_it_was_for_is_told(world, monthly):
    RegularOrder.objects.filter(pk=monthly.pk).update(owner=world.colleague)
    world.colleague.is_active = False
    world.colleague.save(update_fields=["is_active"])
    with time_machine.travel(at(2026, 11, 2), tick=False):
        regular.sweep()
        assert told("regular_stopped") == [["customer"], ["customer"]]


def test_one_that_has_come_to_its_end_says_so_and_offers_nothing_to_stop(world, monthly):
    RegularOrder.objects.filter(pk=monthly.pk).update(next_at=None)
    client = Client()
    client.force_login(world.customer)
    page = client.get("/portal/regular/").content.decode()
    assert "Terminée" in page
    assert f"/portal/regular/{monthly.pk}/stop/" not in page
