"""Facts and samples follow what changed, and equal a computation from scratch, whatever happened in which order."""

from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.notify.models import Outbox
from kpis import rollup
from kpis.models import DirtyRecord, Fact, Sample
from servicedesk.incidents import services

from .conftest import MONDAY

HOUR = timedelta(hours=1)
FACT = [f.attname for f in Fact._meta.fields if f.attname != "id"]
SAMPLE = [f.attname for f in Sample._meta.fields if f.attname not in ("id", "made_at")]


def everything():
    """All facts and samples, without their own keys."""
    return set(Fact.objects.values_list(*FACT)), set(Sample.objects.values_list(*SAMPLE))


def moves(world):
    """The alphabet: a letter, and what it does to an incident at an instant."""
    agent = world.agent

    def resolve(pk, at):
        services.resolve(pk, actor=agent, resolution_code=world.solved, resolution="Restarted.", at=at)

    def hold(pk, at):
        services.hold(pk, actor=agent, reason=world.wait_requester, comment="Which one?", at=at)

    return {
        "acknowledge": lambda pk, at: services.acknowledge(pk, actor=agent, at=at),
        "escalate": lambda pk, at: services.escalate(pk, actor=agent, reason="Routers", at=at),
        "hold": hold,
        "resume": lambda pk, at: services.resume(pk, actor=agent, at=at),
        "resolve": resolve,
        "reopen": lambda pk, at: services.reopen(pk, actor=agent, reason="Again", at=at),
        "close": lambda pk, at: services.close(pk, actor=agent, at=at),
        "cancel": lambda pk, at: services.cancel(pk, actor=agent, reason="Mistake", at=at),
        "urgent": lambda pk, at: services.edit(pk, actor=agent, urgency=1, impact=1, at=at),
        "secret": lambda pk, at: services.edit(pk, actor=agent, confidentiality=world.circle, at=at),
    }


NAMES = ["acknowledge", "escalate", "hold", "resume", "resolve", "reopen", "close", "cancel", "urgent", "secret"]
STEP = st.tuples(st.integers(0, 2), st.sampled_from(["roll up", *NAMES]), st.integers(1, 40))


@pytest.mark.django_db
@given(steps=st.lists(STEP, min_size=1, max_size=14))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_following_the_changes_equals_computing_from_scratch(world, desk, steps):
    with transaction.atomic():
        incidents, at = [desk.open(MONDAY + i * HOUR) for i in range(3)], MONDAY + 3 * HOUR
        acts = moves(world) | {"roll up": lambda _pk, _at: desk.settle()}
        for which, name, hours in steps:
            at += hours * HOUR
            _try(acts[name], incidents[which].pk, at)
        desk.settle()
        followed = everything()
        Fact.objects.all().delete()
        Sample.objects.all().delete()
        rollup.rebuild()
        assert everything() == followed
        transaction.set_rollback(True)


def _try(act, pk, at):
    """Some moves are refused in some states: that too is part of a life."""
    try:
        with transaction.atomic():
            act(pk, at)
    except DomainError:
        pass


@pytest.mark.django_db
def test_rolling_up_twice_changes_nothing(world, desk):
    desk.resolve(desk.open(), MONDAY + HOUR)
    desk.settle()
    before = everything()
    rollup.mark_dirty(Fact.objects.values_list("record_id", flat=True))
    desk.settle()
    assert everything() == before
    assert not DirtyRecord.objects.exists()


@pytest.mark.django_db
def test_cost_follows_what_changed(desk, django_assert_max_num_queries):
    for _n in range(30):
        desk.open()
    desk.settle()
    changed = desk.open()
    outbox.drain()
    assert list(DirtyRecord.objects.values_list("record_id", flat=True)) == [changed.pk]
    with django_assert_max_num_queries(20):
        rollup.roll_up()


@pytest.mark.django_db
def test_every_fact_of_the_outbox_about_a_record_marks_it(world, desk):
    incident = desk.open()
    desk.settle()
    for topic in ("record.commented", "record.resolved", "survey.answered", "survey.sent"):
        outbox.put(topic, record=incident)
        outbox.drain()
        assert DirtyRecord.objects.filter(record_id=incident.pk).exists(), topic
        DirtyRecord.objects.all().delete()


@pytest.mark.django_db
def test_what_was_loaded_in_bulk_is_marked(desk):
    incidents = [desk.open() for _n in range(3)]
    desk.settle()
    outbox.put("record.loaded", payload={"records": [i.pk for i in incidents], "kind": "incident"})
    outbox.drain()
    assert DirtyRecord.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_change_during_the_roll_up_is_not_lost(desk):
    """Rows are struck off before records are read, so whoever marks one meanwhile marks it anew."""
    incident = desk.open()
    outbox.drain()
    other = connections.create_connection("default")
    try:
        with transaction.atomic():
            assert rollup._take() == [incident.pk]
            with other.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
                with pytest.raises(Exception, match="lock timeout"):
                    cursor.execute(
                        "INSERT INTO kpis_dirtyrecord VALUES (%s, now()) ON CONFLICT DO NOTHING", [incident.pk]
                    )
        with other.cursor() as cursor:
            cursor.execute("INSERT INTO kpis_dirtyrecord VALUES (%s, now()) ON CONFLICT DO NOTHING", [incident.pk])
            assert cursor.rowcount == 1
    finally:
        other.close()


@pytest.mark.django_db
def test_a_rebuild_forgets_records_that_are_gone_and_indicators_that_no_longer_exist(desk):
    desk.open()
    desk.settle()
    right = everything()
    one = Fact.objects.first()
    one.pk, one.kpi = None, "forgotten"
    one.save()
    rollup.resample({("forgotten", one.day)})
    Fact.objects.filter(kpi="opened").update(record_id=0, source_id=0)
    rollup.rebuild()
    assert everything() == right


@pytest.mark.django_db
def test_dirty_rows_are_found_by_their_key(desk):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {rollup.TAKE}", [500])
        assert "kpis_dirtyrecord_pkey" in str(cursor.fetchall())
    assert not Outbox.objects.exists()
