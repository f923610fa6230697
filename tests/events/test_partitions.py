"""Events lie in weeks: made ahead, dropped when old; what came before its week was made moves there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from itsm.core import now
from itsm.events import partitions
from itsm.events.models import Event

pytestmark = pytest.mark.django_db


def tell(world, at):
    return Event.objects.create(
        organisation=world.lumen,
        source="s",
        key="k",
        severity="info",
        status="firing",
        title="t",
        at=at,
        received_at=at,
    )


def where():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM events_event GROUP BY 1 ORDER BY 1")
        return dict(cursor.fetchall())


def test_a_week_of_a_year_that_begins_in_another_one():
    name, begins, ends = partitions.week_of(datetime(2027, 1, 1, 12, tzinfo=UTC))
    assert (name, begins.isoformat(), (ends - begins).days) == ("events_event_2026w53", "2026-12-28T00:00:00+00:00", 7)


def test_what_rests_moves_into_its_week(world):
    at = now()
    tell(world, at)
    assert where() == {"events_event_rest": 1}
    assert partitions.keep() == partitions.AHEAD
    assert where() == {partitions.week_of(at)[0]: 1}
    assert partitions.keep() == 0
    tell(world, at + timedelta(days=7))
    assert partitions.week_of(at + timedelta(days=7))[0] in where()


def test_what_is_old_goes_with_its_week(world, settings):
    settings.EVENT_DAYS = 30
    at, old = now(), now() - timedelta(days=60)
    tell(world, old)
    partitions.make(old)
    tell(world, old - timedelta(days=30))
    tell(world, at)
    partitions.keep()
    assert Event.objects.count() == 1
    assert partitions.week_of(old)[0] not in partitions.weeks()
