"""Which windows touch a job: those of all that it stands on now, however far down."""

from datetime import timedelta

import pytest

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import Relation
from itsm.core import now
from itsm.planning import services as planning
from operations.control.scheduling import windows

from .factories import job, server

pytestmark = pytest.mark.django_db


def touched(one):
    return set(windows.at([one], now()))


def test_what_a_job_stood_on_once_holds_it_no_more(ops):
    lpar = server(ops)
    one = job(ops, stands_on=lpar)
    planning.plan_window(
        actor=ops.operator, organisation_id=ops.lumen.pk, name="IPL", starts_at=now() - timedelta(minutes=1), ends_at=now() + timedelta(hours=1),
        scope={"items": [lpar.pk]},
    )  # fmt: skip
    assert touched(one) == {one.pk}
    Relation.objects.filter(source=one.pk).update(valid_to=now() - timedelta(days=30))
    assert touched(one) == set()
    Relation.objects.filter(source=one.pk).update(valid_to=None, valid_from=now() + timedelta(days=1))
    assert touched(one) == set()


def test_a_window_six_steps_below_touches_the_job_too_and_circles_end(ops):
    chain = [server(ops, f"lpar-{n}") for n in range(6)]
    one = job(ops, stands_on=chain[0])
    for above, below in zip(chain, [*chain[1:], chain[0]], strict=True):
        cmdb.relate(above, below, "depends_on", actor=ops.admin)
    assert windows.below([one.pk])[one.pk] == [one.pk, *(each.pk for each in chain)]
    planning.plan_window(
        actor=ops.operator, organisation_id=ops.lumen.pk, name="IPL", starts_at=now() - timedelta(minutes=1), ends_at=now() + timedelta(hours=1),
        scope={"items": [chain[-1].pk]},
    )  # fmt: skip
    assert touched(one) == {one.pk}
