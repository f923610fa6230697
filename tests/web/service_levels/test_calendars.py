"""Calendars edited in the product: what is typed comes back, what is wrong says so, what runs follows."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import translation

from itsm.audit.models import Entry
from itsm.calendars import drawing, regions, services
from itsm.calendars.models import Calendar
from itsm.calendars.spec import spec_of
from itsm.core import reference
from itsm.levels.models import Clock
from itsm.records import replanning
from itsm.records.models import Record
from servicedesk.incidents import services as incidents

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 16, 9, tzinfo=PARIS)


@pytest.fixture
def admin(world):
    client = Client()
    client.force_login(world.admin)
    return client


def typed(**more) -> dict:
    data = {
        "code": "SHIFT", "name_fr": "Équipe", "name_en": "Shift", "time_zone": "Europe/Paris", "holiday_country": "FR", "holiday_subdivision": "57",
        "from-0": ["08:00", "13h30", ""], "to-0": ["12:30", "18:00", ""], "from-6": ["22:00"], "to-6": ["24:00"],
        "day-date": ["2026-12-24", "2026-12-25", ""], "day-label": ["Pont", "Inventaire", ""], "day-from": ["", "09:00", ""], "day-to": ["", "12:00", ""],
    }  # fmt: skip
    return data | more


def test_a_calendar_is_made_whole_and_audited(admin, world):
    answer = admin.post("/settings/calendars/new/", typed())
    assert (answer.status_code, answer.url) == (302, "/settings/calendars/SHIFT/")
    spec = spec_of(Calendar.objects.get(code="SHIFT"))
    assert spec.week[0] == ((480, 750), (810, 1080))
    assert spec.week[6] == ((1320, 1440),)
    assert spec.special == {date(2026, 12, 24): (), date(2026, 12, 25): ((540, 720),)}
    assert spec.holiday(date(2026, 4, 3))  # Good Friday is a holiday in Moselle only
    assert Entry.objects.get(verb="calendar.created").actor == world.admin
    text = admin.get("/settings/calendars/SHIFT/").content.decode()
    assert 'value="13:30"' in text
    assert "Moselle" in text
    assert len(text.encode()) < 63_000


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"time_zone": "Europe/Pari"}, "fuseau"),
        ({"from-0": ["08:00", "12:00"], "to-0": ["12:30", "18:00"]}, "se chevauchent"),
        ({"from-0": ["08:00"], "to-0": ["08:00"]}, "finit après"),
        ({"from-0": ["08:00"], "to-0": ["late"]}, "08:30"),
        ({"from-0": ["08:00"], "to-0": ["24:30"]}, "08:30"),
        ({"day-date": ["2026-02-30"], "day-label": [""], "day-from": [""], "day-to": [""]}, "2026-12-24"),
        (
            {"day-date": ["2026-02-03"] * 2, "day-label": [""] * 2, "day-from": ["", "08:00"], "day-to": ["", "09:00"]},
            "fermé et ouvert",
        ),
        ({"holiday_subdivision": "QC"}, "région"),
        ({"holiday_country": "ZZ"}, "ZZ"),
        ({"code": "OFFICE"}, "code"),
        ({"code": "a b"}, "chiffres"),
        ({"name_fr": ""}, "corriger"),
    ],
)
def test_what_is_wrong_says_so_and_nothing_is_lost(admin, wrong, said):
    before = Calendar.objects.count()
    answer = admin.post("/settings/calendars/new/", typed(**wrong))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert "Inventaire" in text or "day-date" in wrong
    assert Calendar.objects.count() == before


def test_two_people_at_once_the_second_is_told(admin):
    calendar = Calendar.objects.get(code="OFFICE")
    seen = services.digest(services.content_of(calendar))
    data = typed(code="OFFICE", seen=seen)
    assert admin.post("/settings/calendars/OFFICE/", data).status_code == 302
    again = admin.post("/settings/calendars/OFFICE/", data | {"name_fr": "Autre"})
    assert again.status_code == 409
    assert Calendar.objects.get(code="OFFICE").name_fr == "Équipe"


def test_running_clocks_follow_and_settled_ones_do_not(admin, world):
    def opened():
        return incidents.open_incident(
            actor=world.agent, requester=world.customer, title="Lent", urgency=2, channel="phone", at=MONDAY
        )

    running, done = opened(), opened()
    incidents.resolve(
        done.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.", at=MONDAY + timedelta(hours=2)
    )
    clock = Clock.objects.get(record=running, metric="resolve")
    settled = Clock.objects.filter(record=done).values_list("pk", "elapsed_seconds", "due_at", "met", "frozen_id")
    kept, was = sorted(settled), clock.due_at
    office = Calendar.objects.get(code="OFFICE")
    content = services.content_of(office)
    short = services.Content(content.values, [(d, 480, 720) for d in range(5)], content.days)
    services.save_calendar(office, short, actor=world.admin)
    reference.forget_everything()
    assert replanning.replan_calendar(office.pk) is None
    clock.refresh_from_db()
    assert was == datetime(2026, 11, 17, 17, tzinfo=PARIS)
    assert clock.due_at == datetime(2026, 11, 20, 9, tzinfo=PARIS)
    record = Record.objects.get(pk=running.pk)
    assert record.due_at == clock.due_at
    assert sorted(settled) == kept
    version = record.updated_at
    replanning.replan_calendar(office.pk)
    assert Record.objects.get(pk=running.pk).updated_at == version


def test_only_administrators_change(world):
    for who in ("agent", "lead", "manager", "customer", "stranger"):
        client = Client()
        client.force_login(getattr(world, who))
        for address in ("/settings/calendars/new/", "/settings/calendars/region/"):
            assert client.get(address).status_code == 404, (who, address)
        assert client.post("/settings/calendars/OFFICE/", {"code": "X"}).status_code == 404, who


def test_the_pages_in_few_queries(admin, django_assert_max_num_queries):
    admin.get("/settings/calendars/")
    with django_assert_max_num_queries(8):
        assert admin.get("/settings/calendars/").status_code == 200
    with django_assert_max_num_queries(12):
        assert admin.get("/settings/calendars/OFFICE/").status_code == 200


def test_regions_have_names_in_both_languages_and_their_dates():
    with translation.override("en"):
        assert dict(regions.subdivision_choices("FR"))["973"] == "French Guiana"
        assert dict(regions.country_choices())["DE"] == "Germany"
    with translation.override("fr"):
        assert dict(regions.subdivision_choices("FR"))["6AE"] == "Alsace (droit local)"
        names = dict(regions.dates("FR", "974", range(2026, 2027)))
    assert date(2026, 12, 20) in names  # abolition of slavery, in Réunion
    assert regions.dates("ZZ", "", range(2026, 2027)) == []


def test_the_picture_of_a_year_says_what_each_day_is(world):
    spec = spec_of(Calendar.objects.get(code="OFFICE"))
    kinds = [drawing.kind_of(spec, date(2026, 11, n)) for n in (9, 11, 14)]
    assert kinds == ["open", "holiday", "closed"]
    drawn = drawing.year(spec, 2026)
    assert drawn["open"] == 252
    assert "Armistice" in {each["name"] for each in drawn["named"]}
