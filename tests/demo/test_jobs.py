"""The jobs of the demo: the chain of the payroll around now, and ninety days of runs."""

from datetime import timedelta

import pytest

from itsm.events.models import Alert
from operations.control.scheduling import forecast, gantt
from operations.models import Job, JobRun

pytestmark = pytest.mark.django_db


def test_the_plan_looks_like_the_morning_of_the_story(lumen):
    states = dict(Job.objects.filter(chain__in=("PAIE", "MES", "TEMPS")).values_list("item__name", "last_state"))
    assert states["PAIE_CALC_J"] == "ok"
    assert states["STOCK_MES"] == "failed"
    assert states["TEMPS_IMPORT"] == "too_fast"
    assert (states["PAIE_VALID_J"], states["PAIE_EDITION"]) == ("running", "waiting")
    assert Job.objects.count() == 184
    jobs, counts = gantt.overview(JobRun.objects.all(), gantt.around(lumen))
    assert len(jobs) > 30
    assert counts["failed"] == 1


def test_the_payroll_is_forecast_to_miss_its_deadline(lumen):
    edition = Job.objects.get(item__name="PAIE_EDITION")
    assert edition.forecast_alerting
    step = next(
        s for s in forecast.of_jobs([edition.pk], lumen).values() if s.job_id == edition.pk and s.state == "waiting"
    )
    assert step.passes
    assert Alert.objects.filter(source="jobs", item__name="STOCK_MES", cleared_at=None).exists()


def test_ninety_days_of_runs_have_their_share_of_failures(lumen):
    past = JobRun.objects.filter(at__gte=lumen - timedelta(days=90), at__lt=lumen)
    ended = past.filter(state="ok").count()
    assert 0.95 < ended / past.count() < 0.995
    late = past.filter(job__item__name="CLOTURE_FIN", deadline_told=True)
    assert late.count() == 1
