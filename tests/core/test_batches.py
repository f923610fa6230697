"""Shares go on from where the one before ended."""

from datetime import timedelta

import pytest

from itsm.core import now
from itsm.core.batches import shares
from itsm.events.models import Alert

pytestmark = pytest.mark.django_db


def test_each_is_given_once_even_where_nothing_is_removed(world, django_assert_num_queries):
    at = now()
    made = Alert.objects.bulk_create(
        Alert(
            number=f"ALR{n}",
            organisation=world.lumen,
            source="s",
            key=f"{n}",
            severity="info",
            title="t",
            first_seen=at,
        )
        for n in range(5)
    )
    ids = [alert.pk for alert in made]
    Alert.objects.filter(pk=ids[1]).update(first_seen=at - timedelta(days=1))
    rows = Alert.objects.all()
    assert list(shares(rows, 2)) == [ids[:2], ids[2:4], ids[4:]]
    assert list(shares(rows, 2, by="first_seen")) == [[ids[1], ids[0]], ids[2:4], ids[4:]]
    with django_assert_num_queries(2):
        list(shares(rows, 5))
