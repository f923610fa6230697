"""The indicators of calls, by hand, with the traps: short abandons, closed hours, transfers, the menu, ends that were never told."""

from datetime import timedelta

import pytest

from itsm.calendars.models import Calendar
from kpis import calls, collecting, rollup
from kpis.models import Fact, Sample
from kpis.query import series
from kpis.registry import KPIS
from servicedesk.incidents import services
from servicedesk.models import Call, CallLink, CallMenu, CallNumber, OperatorSpan
from tests.servicedesk.calls.by_hand import call, operator, queue

from .conftest import DAY, MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
CALLS = (
    "asa", "calls-within-threshold", "abandon-rate", "short-abandons", "answer-rate", "aht", "calls", "calls-to-records",
)  # fmt: skip


@pytest.fixture
def signed(world, client):
    def sign(name):
        client.force_login(getattr(world, name))
        return client

    return sign


@pytest.fixture
def day(world, desk, time_machine):
    """A Monday of ten calls for operators, and six that are none."""
    time_machine.move_to(MONDAY.replace(hour=20), tick=False)
    w = desk
    w.line = queue(world, calendar=Calendar.objects.get(code="DESK-EXT"), team=world.n1)
    w.english = queue(world, "EN", answer_within_seconds=20)
    one = {"at": MONDAY, "queue": w.line}
    w.quick = call(world, wait=10, talk=200, hold=40, wrap=20, **one)
    call(world, wait=30, talk=100, wrap=0, minutes=5, **one)
    call(world, wait=31, talk=90, wrap=30, minutes=6, **one)
    call(world, wait=5, talk=60, hold=10, wrap=10, minutes=70, transfers=2, **one)
    call(world, at=MONDAY, queue=w.english, wait=24, talk=300, wrap=100, minutes=75)
    call(world, wait=80, minutes=76, **one)
    call(world, wait=40, minutes=77, state="call_back_due", call_back_at=MONDAY, **one)
    call(world, wait=60, minutes=78, state="voicemail", **one)
    call(world, wait=90, minutes=79, state="closed", answered=False, handled_by="menu", **one)
    call(world, wait=15, talk=7000, wrap=0, minutes=80, handled_by="sweeper", **one)
    # None of an operator's: short, closed, the menu's, hung up in it, never told, still waiting.
    call(world, wait=9, minutes=81, **one)
    call(world, wait=50, minutes=82, in_hours=False, **one)
    call(world, minutes=83, state="closed", answered=False, handled_by="menu", **one)
    call(world, minutes=83, cause="normalClearing", through_menu=True, at=MONDAY)
    call(world, wait=900, minutes=84, handled_by="sweeper", **one)
    call(world, wait=0, minutes=85, state="queued", answered=False, **one)
    # Of another day, and one that was made.
    call(world, at=MONDAY - timedelta(days=1), queue=w.line, wait=3, talk=10, wrap=1)
    call(world, wait=1, talk=50, wrap=1, direction="out", **one)
    collecting.collect()
    return w


def test_a_menu_of_today_changes_no_figure_of_yesterday(world, desk, time_machine):
    time_machine.move_to(MONDAY.replace(hour=20), tick=False)
    number = CallNumber.objects.create(number="+33155004000", name="Standard", organisation=world.lumen)
    call(world, wait=40, cause="normalClearing", to_number=number.number, at=MONDAY)
    call(world, wait=40, cause="normalClearing", to_number=number.number, at=MONDAY, minutes=5, through_menu=True)
    Call.objects.update(queued_at=None)
    menu = CallMenu.objects.create(code="M", name="M", organisation=world.lumen)
    for today in (menu, None):
        CallNumber.objects.update(menu=today)
        Fact.objects.all().delete()
        collecting.collect()
        assert desk.figure("abandon-rate").details == {"numerator": 1, "denominator": 1, "beside": 0}


def test_each_indicator_is_what_one_works_out_by_hand(day):
    asa = day.figure("asa")
    assert (asa.n, asa.value) == (6, pytest.approx((10 + 30 + 31 + 5 + 24 + 15) / 6))
    assert asa.details["median"] == pytest.approx(19.5)
    within = day.figure("calls-within-threshold")
    assert within.details == {"numerator": 4, "denominator": 10}, "31 s are too long, and 24 where 20 are the threshold"
    abandoned = day.figure("abandon-rate")
    assert abandoned.details == {"numerator": 2, "denominator": 10, "beside": 1}
    assert abandoned.value == 20
    assert day.figure("answer-rate").value == 60
    assert day.figure("short-abandons").details == {"numerator": 1, "denominator": 11}
    aht = day.figure("aht")
    assert (aht.n, aht.value) == (5, (260 + 100 + 120 + 80 + 400) / 5), (
        "whose end was never told lasted nobody knows how long"
    )
    assert day.figure("calls").value == 16
    assert day.figure("calls", start=DAY - timedelta(days=1)).value == 17


def test_by_queue_hour_and_team(day):
    hours = series(KPIS.get("calls"), day.window(), by="hour")
    assert [(p["label"], p["value"]) for p in hours] == [("09:00", 3), ("10:00", 13)]
    lines = {p["label"]: p["n"] for p in series(KPIS.get("abandon-rate"), day.window(), by="queue")}
    assert lines == {"N1": 9, "EN": 1}
    assert day.figure("asa", filters={"queue": [day.english.pk]}).value == 24
    teams = {p["label"]: p["n"] for p in series(KPIS.get("calls"), day.window(), by="team")}
    assert teams == {"N1-CDS": 14, "—": 2}


def test_calls_that_opened_a_record_and_those_about_one(world, day):
    made = day.open(channel="phone")
    CallLink.objects.create(call=day.quick, record_id=made.pk, how="created")
    about = call(world, at=MONDAY, queue=day.line, wait=1, talk=30, wrap=3)
    CallLink.objects.create(call=about, record_id=made.pk, how="attached")
    collecting.collect()
    assert day.figure("calls-to-records").details == {"numerator": 1, "denominator": 7}


def test_collecting_twice_or_from_scratch_changes_nothing_and_a_call_that_changes_is_followed(
    day, django_assert_max_num_queries
):
    def rows(model, *names):
        return sorted(model.objects.filter(kpi__in=CALLS).values_list("kpi", *names))

    before = rows(Fact, "source_id", "value", "numerator"), rows(Sample, "day", "n", "numerator", "team_id")
    collecting.collect()
    rollup.rebuild()
    assert (rows(Fact, "source_id", "value", "numerator"), rows(Sample, "day", "n", "numerator", "team_id")) == before
    day.quick.talk_seconds = 1200
    day.quick.save()
    with django_assert_max_num_queries(12 * len([kpi for kpi in KPIS if kpi.collect])):
        collecting.collect()
    assert day.figure("aht").details["max"] == 1260


def test_occupancy_is_of_the_time_on_duty_hour_by_hour(world, day):
    nadia = operator(world, queues=[day.line])
    minutes = (("available", 0, 30), ("ringing", 30, 35), ("in_call", 35, 70), ("wrap_up", 70, 80), ("away", 80, 200))
    for state, began, ended in minutes:
        OperatorSpan.objects.create(
            operator=nadia, state=state, began_at=MONDAY + began * MINUTE, ended_at=MONDAY + ended * MINUTE
        )
    OperatorSpan.objects.create(operator=nadia, state="in_call", began_at=MONDAY.replace(hour=19, minute=30))
    collecting.collect()
    assert day.figure("occupancy").details == {"numerator": (35 + 10) * 60, "denominator": 80 * 60}
    hours = {p["label"]: p["value"] for p in series(KPIS.get("occupancy"), day.window(), by="hour")}
    assert hours == {"09:00": pytest.approx(100 * 25 / 60), "10:00": 100}, "what still goes on is not counted yet"
    assert {p["label"] for p in series(KPIS.get("occupancy"), day.window(), by="team")} == {"N1-CDS"}


def test_the_rows_are_the_calls_for_who_may_see_them_and_nobodys_number_for_who_may_not(world, day, signed):
    window = f"from={DAY}&to={DAY}"
    shown = signed("lead").get(f"/kpis/asa/rows/?{window}").content.decode()
    assert f'href="/calls/{day.quick.number}/"' in shown
    assert "+33 1 55 00 42 08" in shown
    hidden = signed("manager").get(f"/kpis/asa/rows/?{window}").content.decode()
    assert day.quick.number in hidden
    assert "••• 4208" in hidden
    assert "55004208" not in hidden
    assert "/calls/CAL" not in hidden
    for address in (f"/api/v1/kpis/asa/rows/?{window}", f"/kpis/asa/export.csv?{window}"):
        answer = signed("manager").get(address)
        text = answer.getvalue().decode()
        assert day.quick.number in text
        assert "55004208" not in text
    nadia = operator(world)
    OperatorSpan.objects.create(operator=nadia, state="available", began_at=MONDAY, ended_at=MONDAY + MINUTE)
    collecting.collect()
    assert "Nadia" in signed("lead").get(f"/kpis/occupancy/rows/?{window}").content.decode()
    assert "Nadia" not in signed("manager").get(f"/kpis/occupancy/rows/?{window}").content.decode()


def test_an_operator_reads_the_calls_of_another_switchboard_as_others_do(world, day):
    theirs = call(world, at=MONDAY, organisation=world.other, wait=1, talk=30, wrap=3, caller_name="Sam Stone")
    nadia = operator(world).person
    shown = calls.subjects([Fact(source_id=theirs.pk), Fact(source_id=day.quick.pk)], nadia)
    assert shown[theirs.pk] == (f"{theirs.number} · ••• 4208", "")
    assert shown[day.quick.pk] == (f"{day.quick.number} · +33 1 55 00 42 08", f"/calls/{day.quick.number}/")


def test_the_pages_and_rest_tell_them_as_all_others(day, signed):
    page = signed("manager").get(f"/kpis/abandon-rate/?from={DAY}&to={DAY}&by=queue").content.decode()
    assert "20" in page
    assert "Abandons très courts" in page
    assert "by=queue&amp;queue=EN" in page
    assert "Toutes les files" in page
    assert "Toutes les priorités" not in page
    asa = signed("manager").get(f"/kpis/aht/?from={DAY}&to={DAY}").content.decode()
    assert "3\u00a0min\u00a012" in asa
    answer = signed("manager").get(f"/api/v1/kpis/asa/series/?from={DAY}&to={DAY}&by=queue&queue=N1").json()
    assert [point["code"] for point in answer["points"]] == ["N1"]
    assert signed("manager").get("/api/v1/kpis/asa/?queue=NONE").status_code == 400
    assert signed("manager").get("/api/v1/kpis/asa/?hour=24").status_code == 400
    assert signed("manager").get("/kpis/calls/?by=priority").status_code == 200, (
        "calls have none: told by queue instead"
    )


def test_first_contact_resolution_and_what_has_no_first_contact(world, desk):
    def born(minutes, *, call_of=None, **more):
        incident = desk.open(channel=more.pop("channel", "phone"), **more)
        if call_of:
            CallLink.objects.create(call=call_of, record_id=incident.pk, how="created")
        desk.resolve(incident, MONDAY + minutes * MINUTE)
        return incident

    long_call = call(world, at=MONDAY, wait=5, talk=3000, wrap=1)
    born(60, call_of=long_call)  # the call took 50 minutes: solved within a quarter of an hour of its end
    born(70, call_of=long_call)  # later
    born(20)
    born(45)
    born(10, channel="walk_up")
    handed = desk.open(channel="phone")
    services.escalate(handed.pk, actor=world.agent, reason="Routers", at=MONDAY + MINUTE)
    desk.resolve(handed, MONDAY + 2 * MINUTE)
    again = born(5)
    services.reopen(again.pk, actor=world.customer, reason="Still", at=MONDAY + 30 * MINUTE)
    desk.resolve(again, MONDAY + 40 * MINUTE)
    # Not counted: by portal, by monitoring, the child of another, resolved by silence, still open.
    born(5, channel="portal")
    born(5, channel="event")
    silent = born(5)
    type(silent).objects.filter(pk=silent.pk).update(resolution_code=code("no_answer"))
    child = born(5)
    type(child).objects.filter(pk=child.pk).update(parent_id=again.pk)
    desk.open(channel="phone")
    rollup.mark_dirty([silent.pk, child.pk])
    desk.settle()
    found = desk.figure("fcr")
    assert found.details == {"numerator": 3, "denominator": 7}


def code(name):
    from itsm.records.models import ResolutionCode

    return ResolutionCode.objects.get(code=name)
