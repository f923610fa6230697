"""The CMDB as of any instant, and snapshots that never overlap."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsm.cmdb import services, snapshots
from itsm.cmdb.models import CIHistory
from itsm.core import now
from tests.cmdb.factories import load_graph, make_ci

pytestmark = pytest.mark.django_db


def test_an_item_reads_as_it_was_before_each_change(world):
    item = make_ci(name="SRV-1", serial="A")
    first = now()
    services.update_ci(item.pk, actor=world.admin, serial="B", reason="swap")
    second = now()
    services.update_ci(item.pk, actor=world.admin, serial="C")
    assert snapshots.item_as_of(item.pk, first).data["serial"] == "A"
    assert snapshots.item_as_of(item.pk, second).data["serial"] == "B"
    assert snapshots.item_as_of(item.pk, now()).data["serial"] == "C"
    assert snapshots.item_as_of(item.pk, item.created_at - timedelta(seconds=1)) is None


def test_a_change_keeps_who_why_and_the_request(world, rf):
    item = make_ci(name="SRV-1")
    services.update_ci(item.pk, actor=world.network, serial="B", reason="swap")
    kept = CIHistory.objects.get(item=item, valid_to=None)
    assert (kept.actor, kept.reason, kept.changes) == (world.network, "swap", {"serial": ["", "B"]})


def test_a_list_of_a_class_reads_as_of_an_instant(world):
    server, laptop = make_ci(), make_ci(ci_class="laptop")
    then = now()
    services.update_ci(laptop.pk, actor=None, ci_class="desktop")
    assert [row.item_id for row in snapshots.items_as_of(then, codes=["laptop"])] == [laptop.pk]
    assert [row.item_id for row in snapshots.items_as_of(now(), codes=["laptop"])] == []
    assert [row.item_id for row in snapshots.items_as_of(then)] == [server.pk, laptop.pk]


def test_relations_read_as_of_an_instant(world):
    source, target = make_ci(), make_ci()
    before = now()
    relation = services.relate(source, target, "depends_on", actor=None)
    during = now()
    services.unrelate(relation.pk, actor=None)
    found = [list(snapshots.relations_as_of(at, targets=[target.pk])) for at in (before, during, now())]
    assert [len(rows) for rows in found] == [0, 1, 0]
    assert found[1][0].source_id == source.pk


@given(st.lists(st.tuples(st.sampled_from(["A", "B", "C"]), st.integers(-120, 120)), max_size=12))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_order_of_instants_snapshots_follow_each_other_without_gap_or_overlap(world, writes):
    item, start = make_ci(), now()
    for serial, seconds in writes:
        services.update_ci(item.pk, actor=None, serial=serial, at=start + timedelta(seconds=seconds))
    rows = list(CIHistory.objects.filter(item=item).order_by("pk").values_list("valid_from", "valid_to"))
    assert [end for _start, end in rows[:-1]] == [begin for begin, _end in rows[1:]]
    assert rows[-1][1] is None
    assert not CIHistory.objects.filter(item=item, valid_to__lt=F("valid_from")).exists()


def test_two_open_snapshots_of_an_item_are_refused_by_the_database(world):
    item = make_ci()
    with pytest.raises(IntegrityError), transaction.atomic():
        CIHistory.objects.create(item=item, ci_class="server", valid_from=now(), data={})


def test_what_is_loaded_in_bulk_has_its_history_too(world):
    ids = load_graph(3, [(1, 0, 0, 1)])
    assert {row.item_id for row in snapshots.items_as_of(now())} == set(ids)
    assert snapshots.relations_as_of(now(), sources=[ids[1]]).count() == 1
