"""More calls about one thing than usual at this hour: seen once, and a major incident is proposed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm.cmdb import services as cmdb
from itsm.core import now
from itsm.records.models import Category
from servicedesk.calls.models import Call
from servicedesk.majors import surges
from servicedesk.majors.models import MajorCaller, MajorIncident, Surge
from tests.servicedesk.calls.switchboard import incident


@pytest.fixture
def mail(desk):
    return cmdb.create_service(actor=desk.admin, name="Messagerie", key="SVC-MAIL", organisation=desk.lumen)


def rang(desk, mail, n, at, *, start=0):
    Call.objects.bulk_create(
        Call(
            number=f"CAL9{int(at.timestamp()) % 10**9:09}{start + i:03}", organisation=desk.lumen, from_number=f"+3361200{start + i:04}", service=mail,
            started_at=at, state="closed", ended_at=at,
        )
        for i in range(n)
    )  # fmt: skip


def test_a_surge_is_one_row_against_the_median_of_six_weeks(desk, mail):
    at = now()
    for week in range(1, 7):
        rang(desk, mail, 40 if week == 2 else 3, at - timedelta(weeks=week, minutes=5))
    rang(desk, mail, 8, at - timedelta(minutes=4))
    assert surges.sweep(at) == 0, "eight are no surge where three are usual"
    rang(desk, mail, 4, at - timedelta(minutes=3), start=100)
    assert surges.sweep(at) + surges.sweep(at) == 1
    surge = Surge.objects.get()
    assert (surge.calls, float(surge.usual), surge.state) == (12, 3.0, "open")
    assert MajorIncident.objects.count() == 0
    record = surges.open_major(surge.pk, actor=desk.lead)
    assert record.major
    assert record.service == mail
    assert Call.objects.filter(major=record).count() == MajorCaller.objects.count() == 12
    assert surges.sweep(at) == 0
    assert surges.sweep(at + timedelta(hours=1)) == 0
    surge.refresh_from_db()
    assert surge.ended_at


def test_one_week_that_was_like_no_other_is_not_the_usual(desk, mail):
    at = now()
    for week in range(1, 7):
        rang(desk, mail, 40 if week == 1 else 3, at - timedelta(weeks=week, minutes=5))
    rang(desk, mail, 12, at - timedelta(minutes=4))
    assert surges.sweep(at) == 1, "last week was an outage"


@pytest.mark.parametrize("monday", ["2026-03-30", "2026-10-26"], ids=["summer time begins", "it ends"])
def test_the_same_hour_is_that_of_the_clock_also_after_it_was_changed(desk, mail, monday):
    nine = datetime.fromisoformat(f"{monday}T09:00:00")
    paris = ZoneInfo("Europe/Paris")
    for week in range(7):
        rang(desk, mail, 10, (nine - timedelta(weeks=week, minutes=5)).replace(tzinfo=paris))
    assert surges.sweep(nine.replace(tzinfo=paris)) == 0, "ten before nine o'clock are usual on Mondays"


def test_calls_without_a_service_surge_by_category_and_those_with_one_by_the_service(desk, mail):
    network, mails = (Category.objects.create(code=n, name_fr=n, name_en=n) for n in ("net", "mail"))
    at = now()
    rang(desk, None, 12, at - timedelta(minutes=4))
    Call.objects.update(category=network)
    rang(desk, mail, 5, at - timedelta(minutes=3), start=100)
    rang(desk, mail, 5, at - timedelta(minutes=2), start=200)
    Call.objects.filter(service=mail, started_at__gt=at - timedelta(minutes=3)).update(category=mails)
    assert surges.sweep(at) == 2
    found = set(Surge.objects.values_list("service", "category", "calls"))
    assert found == {(None, network.pk, 12), (mail.pk, None, 10)}


def test_an_open_incident_about_the_same_is_proposed_once(desk, mail):
    record = incident(desk, service=mail)
    at = now()
    rang(desk, mail, 9, at - timedelta(minutes=2))
    assert surges.sweep(at) + surges.sweep(at) == 1
    major = MajorIncident.objects.get(record=record)
    assert (major.state, major.why[0]["rule"], major.why[0]["calls"]) == ("proposed", "surge", 9)
    assert Surge.objects.get().record_id == record.pk


def test_a_few_calls_in_a_quiet_hour_are_no_surge_and_one_set_aside_stays_so(desk, mail):
    at = now()
    rang(desk, mail, 7, at - timedelta(minutes=2))
    assert surges.sweep(at) == 0
    rang(desk, mail, 5, at - timedelta(minutes=1), start=50)
    assert surges.sweep(at) == 1
    surges.dismiss(Surge.objects.get().pk, actor=desk.lead)
    rang(desk, mail, 20, at - timedelta(minutes=1), start=100)
    assert surges.sweep(at) == 0
    assert MajorIncident.objects.count() == 0
