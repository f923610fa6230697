"""Each indicator on a handful of incidents whose figures one can work out by hand."""

from datetime import timedelta

import pytest

from itsm.core import now
from itsm.levels.models import Clock
from itsm.records.models import Record
from kpis.query import series
from kpis.registry import KPIS
from servicedesk.incidents import services
from servicedesk.models import Survey

from .conftest import MONDAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CONTRACT = {
    "mtta", "mttr", "backlog", "backlog-age", "reopen-rate", "reassignments", "flr", "escalation-rate",
    "sla-compliance", "csat",
}  # fmt: skip


def test_the_ten_indicators_of_the_contract_are_there_and_each_says_what_it_is():
    assert set(KPIS.names()) >= CONTRACT
    for kpi in KPIS:
        assert str(kpi.name)
        assert str(kpi.definition)
        assert str(kpi.formula)
        assert KPIS.find(kpi.pair), kpi.slug


def test_time_to_resolve_counts_business_time_without_waits_and_clock_time_with_them(world, desk):
    incident = desk.open()
    services.acknowledge(incident.pk, actor=world.agent, at=MONDAY + HOUR)
    services.hold(
        incident.pk, actor=world.agent, reason=world.wait_requester, comment="Which printer?", at=MONDAY + 2 * HOUR
    )
    services.resume(incident.pk, actor=world.agent, at=MONDAY + 5 * HOUR)
    desk.resolve(incident, MONDAY + 6 * HOUR)
    desk.settle()
    clock = Clock.objects.get(record=incident, metric="resolve")
    business, wall = desk.figure("mttr"), desk.figure("mttr", clock="calendar")
    assert (business.n, wall.n) == (1, 1)
    assert business.value == clock.elapsed_seconds == 3 * 3600
    assert wall.value == 6 * 3600


def test_a_duration_gives_mean_median_and_percentile_of_exactly_its_rows(desk):
    for hours in (1, 2, 3, 4, 5):
        desk.resolve(desk.open(), MONDAY + hours * HOUR)
    desk.settle()
    details = desk.figure("mttr", clock="calendar").details
    assert details["mean"] == details["median"] == 3 * 3600
    assert details["p90"] == pytest.approx(4.6 * 3600)
    assert details["max"] == 5 * 3600


def test_what_nobody_took_in_charge_is_shown_apart(world, desk):
    taken = desk.open()
    services.acknowledge(taken.pk, actor=world.agent, at=MONDAY + HOUR)
    desk.open()
    desk.settle()
    figure = desk.figure("mtta")
    assert (figure.n, figure.value) == (1, 3600)
    assert figure.details["unacknowledged"] == 1


def test_first_level_resolution_falls_with_an_escalation(world, desk):
    desk.resolve(desk.open(), MONDAY + HOUR)
    escalated = desk.open()
    services.escalate(escalated.pk, actor=world.agent, reason="Routers", at=MONDAY + HOUR)
    desk.resolve(escalated, MONDAY + 2 * HOUR)
    desk.settle()
    assert desk.figure("flr").value == 50
    assert desk.figure("escalation-rate", filters={"level": [1]}).value == 50
    assert desk.figure("escalation-rate", filters={"level": [2]}).value == 0


def test_reopened_and_transferred_say_how_many_and_how_often(world, desk):
    quiet, restless = desk.open(), desk.open()
    desk.resolve(quiet, MONDAY + HOUR)
    services.assign(restless.pk, actor=world.agent, team=world.n2, at=MONDAY + HOUR)
    services.assign(restless.pk, actor=world.network, team=world.n1, at=MONDAY + 2 * HOUR)
    for step in (3, 5):
        desk.resolve(restless, MONDAY + step * HOUR)
        services.reopen(restless.pk, actor=world.agent, reason="Still slow", at=MONDAY + (step + 1) * HOUR)
    desk.resolve(restless, MONDAY + 7 * HOUR)
    desk.settle()
    reopened, moved = desk.figure("reopen-rate"), desk.figure("reassignments")
    assert (reopened.value, reopened.details["numerator"], reopened.details["total"]) == (50, 1, 2)
    assert (moved.value, moved.details["none"], moved.details["max"]) == (1, 1, 2)


def test_a_clock_that_waits_is_neither_kept_nor_missed_and_an_overdue_open_one_is_missed(world, desk):
    desk.resolve(desk.open(), MONDAY + HOUR)
    waiting, late = desk.open(), desk.open()
    services.hold(waiting.pk, actor=world.agent, reason=world.wait_requester, comment="When?", at=MONDAY + HOUR)
    Clock.objects.filter(record=late, metric="resolve").update(step=100, due_at=MONDAY + HOUR)
    desk.settle()
    figure = desk.figure("sla-compliance")
    assert (figure.details["numerator"], figure.details["denominator"]) == (1, 2)


def test_satisfaction_counts_four_and_five_beside_mean_and_response_rate(desk):
    for score in (5, 4, 2, None):
        incident = desk.open()
        desk.resolve(incident, MONDAY + HOUR)
        Survey.objects.create(
            record=incident, resolved_at=MONDAY + HOUR, due_at=MONDAY, sent_at=MONDAY, score=score,
            answered_at=MONDAY + 2 * HOUR if score else None, state="answered" if score else "sent",
        )  # fmt: skip
    desk.settle()
    figure, answered = desk.figure("csat"), desk.figure("survey-response")
    assert figure.value == pytest.approx(200 / 3)
    assert figure.details["mean"] == pytest.approx(11 / 3)
    assert answered.value == 75


def test_the_stock_is_what_was_opened_and_not_yet_ended(desk):
    early = desk.open(MONDAY)
    desk.open(MONDAY + timedelta(days=1))
    desk.resolve(early, MONDAY + timedelta(days=2))
    desk.settle()
    days = [MONDAY.date() + timedelta(days=i) for i in range(3)]
    assert [desk.figure("backlog", end=day).value for day in days] == [1, 2, 1]
    oldest = desk.figure("backlog-age", end=days[1]).details["max"]
    assert oldest == (15 + 24) * 3600


def test_confidential_cancelled_and_merged_incidents_count_nowhere(world, desk):
    secret, mistaken, merged, kept = (desk.open() for _n in range(4))
    services.edit(secret.pk, actor=world.agent, confidentiality=world.circle, at=MONDAY + HOUR)
    services.cancel(mistaken.pk, actor=world.agent, reason="By mistake", at=MONDAY + HOUR)
    services.merge(merged.pk, into=kept, actor=world.agent, at=MONDAY + HOUR)
    desk.settle()
    assert desk.figure("opened").n == 1
    assert desk.figure("backlog").n == 1


def test_a_day_is_the_organisations_own(world, desk):
    type(world.finance).objects.filter(pk=world.finance.pk).update(time_zone="Pacific/Auckland")
    from itsm.people.directory import directory

    directory.forget()
    desk.open(MONDAY + 5 * HOUR)
    desk.settle()
    assert desk.figure("opened").n == 0
    assert desk.figure("opened", start=MONDAY.date() + timedelta(days=1), end=MONDAY.date() + timedelta(days=1)).n == 1


def test_nothing_is_not_zero(desk):
    assert desk.figure("csat").value is None
    assert desk.figure("mttr").value is None


def test_the_present_stock_is_the_active_records(desk):
    desk.open(now() - timedelta(days=2))
    desk.resolve(desk.open(now() - timedelta(days=3)), now() - timedelta(days=1))
    desk.settle()
    today = now().date() + timedelta(days=1)
    assert desk.figure("backlog", start=today, end=today).value == Record.objects.active().count() == 1


def test_every_indicator_is_described_in_the_reference(settings):
    text = (settings.BASE_DIR / "docs/reference/kpis.md").read_text()
    for kpi in KPIS:
        assert f"| `{kpi.slug}` | {kpi.kind} |" in text


def test_ages_split_into_one_figure_a_team(world, desk):
    for hours in (0, 2):
        desk.open(MONDAY + hours * HOUR)
    moved = desk.open(MONDAY)
    services.assign(moved.pk, actor=world.agent, team=world.n2, at=MONDAY + HOUR)
    desk.settle()
    points = {p["code"]: p for p in series(KPIS.get("backlog-age"), desk.window(), by="team")}
    assert {code: p["n"] for code, p in points.items()} == {"N1-CDS": 2, "N2-RES": 1}
    assert points["N1-CDS"]["median"] == 14 * 3600
