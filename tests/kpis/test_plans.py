"""How PostgreSQL reaches the facts when there are many: by their indexes, whatever the period."""

from datetime import date

import pytest
from django.db import connection

from kpis.query import Window, facts
from kpis.registry import KPIS

pytestmark = pytest.mark.django_db
MANY = """
INSERT INTO kpis_fact (kpi, source_id, record_id, day, at, ended_at, ended_on, value, calendar_value, numerator, denominator,
                       organisation_id, team_id, level, priority, channel)
SELECT kpi, n, n, d, d::timestamptz, d + 3, CASE WHEN n %% 50 = 0 THEN NULL ELSE d + 3 END, n %% 90000, n %% 400000, n %% 2, 1,
       n %% 5, n %% 40, n %% 3, n %% 5, 'portal'
FROM (SELECT n, date '2024-01-01' + n / 25 AS d FROM generate_series(1, 20000) n) days, unnest(%s::text[]) kpi
"""


@pytest.fixture
def many(db):
    with connection.cursor() as cursor:
        cursor.execute(MANY, [["mttr", "backlog", "flr"]])
        cursor.execute("ANALYZE kpis_fact")


def window(**more):
    return Window(date(2025, 10, 1), date(2025, 10, 31), (1, 2, 3), **more)


def test_a_month_of_an_indicator_is_one_range_of_an_index(many):
    plan = facts(KPIS.get("mttr"), window()).explain()
    assert "fact_day" in plan
    assert "Seq Scan" not in plan


def test_the_newest_rows_come_in_order_without_a_sort(many):
    plan = facts(KPIS.get("mttr"), window()).order_by("-at", "-id")[:51].explain()
    assert "Seq Scan" not in plan


def test_the_present_stock_is_found_without_reading_everything(many):
    assert "Seq Scan" not in facts(KPIS.get("backlog"), window()).explain()


def test_the_facts_of_a_record_are_found_by_its_id(many):
    from kpis.models import Fact

    assert "fact_record" in Fact.objects.filter(record_id__in=[3, 4, 5]).explain()
