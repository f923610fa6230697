"""The share of jobs that ended well, by hand."""

from datetime import timedelta

import pytest

from itsm.core import now
from kpis import collecting, rollup
from kpis.models import Fact, Sample
from kpis.query import Window, number
from kpis.registry import KPIS
from operations.control.scheduling import holding, services
from operations.control.scheduling.running import Told

from .factories import at, job, swept

pytestmark = pytest.mark.django_db
KPI = "job-success"


def figure(world):
    today = now().date()
    return number(KPIS.get(KPI), Window(today - timedelta(days=3), today, None, {}))


def test_missed_and_failed_count_against_and_given_up_not_at_all(ops, clock):
    for n in range(8):
        one = job(ops, f"OK{n}", schedule="30 6 * * *")
        services.tell(one.pk, Told("success", at(minutes=31)))
    failed, fast, missed, held = (
        job(ops, name, schedule="30 6 * * *", min_seconds=60) for name in ("F", "T", "M", "H")
    )
    services.tell(failed.pk, Told("fail", at(minutes=31)))
    services.tell(fast.pk, Told("start", at(minutes=31)))
    services.tell(fast.pk, Told("success", at(minutes=31) + timedelta(seconds=5)))
    holding.hold(held.pk, actor=ops.operator, reason="x")
    swept(clock, at(24, 31))
    holding.release(held.pk, actor=ops.operator)
    swept(clock, at(30))
    collecting.collect()
    found = figure(ops)
    assert found.details == {"numerator": 8, "denominator": 11}
    assert missed.runs.filter(state="not_started").count() == 1


def test_collected_twice_is_the_same_and_a_rebuild_keeps_it(ops, clock):
    one = job(ops, schedule="30 6 * * *")
    services.tell(one.pk, Told("success", at(minutes=31)))
    clock.move_to(at(2))
    collecting.collect()
    before = list(Fact.objects.values_list("source_id", "numerator"))
    collecting.collect()
    rollup.rebuild()
    assert list(Fact.objects.filter(kpi=KPI).values_list("source_id", "numerator")) == before
    assert Sample.objects.filter(kpi=KPI).count() == 1


def test_the_rows_behind_the_figure_lead_to_the_jobs(ops, signed, clock):
    one = job(ops, schedule="30 6 * * *")
    services.tell(one.pk, Told("success", at(minutes=31)))
    collecting.collect()
    shown = signed("manager").get(f"/kpis/{KPI}/rows/?days=90").content.decode()
    assert f'href="/operations/jobs/{one.pk}/"' in shown
    assert signed("manager").get(f"/kpis/{KPI}/").status_code == 200
    assert signed("manager").get(f"/api/v1/kpis/{KPI}/rows/").json()["results"][0]["title"] == "PAIE_CALC_J"
