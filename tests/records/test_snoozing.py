"""Set aside by one person: out of that person's way only, back at its time, and earlier when it matters."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.escalation import returning, sweep
from itsm.levels.models import Clock
from itsm.notify import outbox
from itsm.notify.models import Notice
from itsm.notify.texts import notice_text
from itsm.records import snoozing
from itsm.records.models import Record, Snooze
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db
LATER = timedelta(days=3)


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def asleep(world, incident, person=None, **more):
    """Set aside a moment ago, all that was told before being told."""
    settle()
    person = person or world.agent
    return snoozing.set_aside(Incident.objects.get(pk=incident.pk), actor=person, until=now() + LATER, **more)


def settle():
    while outbox.drain():
        continue


def why(incident, person) -> str | None:
    """What woke it for a person; None while it sleeps."""
    settle()
    row = Snooze.objects.get(record_id=incident.pk, person=person)
    return row.why or None


def test_nothing_changes_for_anybody_else(world, incident):
    record, clocks = Record.objects.filter(pk=incident.pk), Clock.objects.filter(record=incident).order_by("pk")
    before, running = record.values().get(), list(clocks.values())
    entries = Entry.objects.count()
    asleep(world, incident)
    assert record.values().get() == before
    assert list(clocks.values()) == running
    assert Entry.objects.count() == entries
    assert snoozing.aside(world.agent.pk, now()).asleep == (incident.pk,)
    assert snoozing.aside(world.teammate.pk, now()).asleep == ()


def test_it_wakes_at_its_time_and_tells_once(world, incident):
    row = asleep(world, incident)
    assert returning.wake_snoozed() == 0
    Snooze.objects.update(until=now(), since=now() - LATER)
    assert snoozing.aside(world.agent.pk, now()).asleep == ()  # even before the sweep comes by
    assert [returning.wake_snoozed() for _ in range(3)] == [1, 0, 0]
    assert why(incident, world.agent) == "date"
    told = Notice.objects.get(template="woken")
    assert told.user_id == world.agent.pk
    assert "son heure est venue" in notice_text("woken", told.data)
    assert snoozing.aside(world.agent.pk, now()).woken == (incident.pk,)
    assert row.pk == Snooze.objects.get().pk


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once(world):
    made = [
        services.open_incident(actor=world.customer, requester=world.customer, title=f"Panne {n}", urgency=3)
        for n in range(6)
    ]
    for each in made:
        asleep(world, each)
    Snooze.objects.update(until=now(), since=now() - LATER)
    woken = []

    def sweeps():
        try:
            woken.append(returning.wake_snoozed())
        finally:
            connection.close()

    threads = [threading.Thread(target=sweeps) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(woken) == 6
    assert Notice.objects.filter(template="woken").count() == 6


def test_a_worker_that_dies_has_woken_nobody(world, incident, monkeypatch):
    asleep(world, incident)
    Snooze.objects.update(until=now(), since=now() - LATER)

    def dies(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(snoozing.notices, "tell", dies)
    with pytest.raises(KeyboardInterrupt):
        returning.wake_snoozed()
    monkeypatch.undo()
    assert Snooze.objects.get().woken_at is None
    assert returning.wake_snoozed() == 1


def test_the_requester_s_reply_wakes_it_and_a_colleague_s_note_does_not(world, incident):
    asleep(world, incident)
    services.comment(incident.pk, actor=world.teammate, body="Je regarde.", public=False)
    assert why(incident, world.agent) is None
    services.comment(incident.pk, actor=world.customer, body="Alors ?", public=True)
    assert why(incident, world.agent) == "replied"
    assert Notice.objects.filter(template="woken", user=world.agent).count() == 1


def test_what_was_said_before_wakes_nobody_and_neither_does_one_s_own_act(world, incident):
    services.comment(incident.pk, actor=world.customer, body="Alors ?", public=True)
    snoozing.set_aside(Incident.objects.get(pk=incident.pk), actor=world.agent, until=now() + LATER)
    assert why(incident, world.agent) is None
    services.edit(incident.pk, actor=world.agent, urgency=1)
    assert why(incident, world.agent) is None


def test_it_wakes_for_whom_it_is_given_to(world, incident):
    asleep(world, incident)
    asleep(world, incident, world.teammate)
    services.assign(incident.pk, actor=world.lead, assignee=world.teammate)
    assert why(incident, world.teammate) == "assigned"
    assert why(incident, world.agent) is None


def test_it_wakes_for_the_team_that_it_comes_to(world, incident):
    asleep(world, incident)
    asleep(world, incident, world.network)
    services.escalate(incident.pk, actor=world.teammate, reason="Réseau", to_team=world.n2)
    assert why(incident, world.network) == "escalated"
    assert why(incident, world.agent) is None


def test_it_wakes_when_it_becomes_more_urgent_not_less(world, incident):
    asleep(world, incident)
    services.edit(incident.pk, actor=world.teammate, urgency=4)
    assert why(incident, world.agent) is None
    services.edit(incident.pk, actor=world.teammate, urgency=1, impact=1)
    assert why(incident, world.agent) == "priority"


def test_it_wakes_when_a_step_of_its_clock_is_taken(world):
    late = services.open_incident(
        actor=world.customer, requester=world.customer, title="Tard", at=now() - timedelta(days=60)
    )
    asleep(world, late)
    services.alert(late.pk, actor=world.teammate, reason="Un avis")
    assert why(late, world.agent) is None
    sweep.sweep()
    assert why(late, world.agent) == "clock"


def test_it_wakes_when_a_colleague_calls_and_when_a_wait_ends(world, incident):
    asleep(world, incident)
    services.comment(incident.pk, actor=world.teammate, body="@agent un avis ?", public=False)
    assert why(incident, world.agent) == "called"
    snoozing.wake_now(incident.pk, actor=world.agent)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier)
    asleep(world, incident)
    services.resume(incident.pk, actor=world.teammate)
    assert why(incident, world.agent) == "resumed"


def test_it_is_forgotten_when_the_work_is_over_or_out_of_sight(world, incident):
    asleep(world, incident)
    services.resolve(incident.pk, actor=world.teammate, resolution_code=world.solved, resolution="Fait.")
    settle()
    assert not Snooze.objects.exists()
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Autre", urgency=3)
    asleep(world, other)
    Snooze.objects.update(until=now(), since=now() - LATER)
    Record.objects.filter(pk=other.pk).update(confidentiality=world.circle)
    assert returning.wake_snoozed() == 0
    assert not Snooze.objects.exists()
    assert not Notice.objects.filter(template="woken").exists()


def test_woken_lasts_until_the_person_acts(world, incident):
    asleep(world, incident)
    services.comment(incident.pk, actor=world.customer, body="Alors ?", public=True)
    settle()
    services.comment(incident.pk, actor=world.teammate, body="Note", public=False)
    settle()
    assert snoozing.aside(world.agent.pk, now()).woken == (incident.pk,)
    services.comment(incident.pk, actor=world.agent, body="Voilà", public=True)
    settle()
    assert snoozing.aside(world.agent.pk, now()).woken == ()


def test_it_cannot_hide_for_ever(world, incident):
    with pytest.raises(DomainError):
        snoozing.set_aside(incident, actor=world.agent, until=now() - LATER)
    with pytest.raises(DomainError):
        snoozing.set_aside(incident, actor=world.agent, until=now() + timedelta(days=91))
    late = services.open_incident(
        actor=world.customer, requester=world.customer, title="Tard", at=now() - timedelta(days=60)
    )
    services.acknowledge(late.pk, actor=world.agent)
    late = Incident.objects.get(pk=late.pk)
    snoozing.set_aside(late, actor=world.agent, until=now() + timedelta(days=10))
    Snooze.objects.update(since=now() - timedelta(days=9))
    with pytest.raises(DomainError):  # moving it does not begin anew
        snoozing.set_aside(late, actor=world.agent, until=now() + timedelta(days=10))
    assert snoozing.set_aside(late, actor=world.agent, until=now() + timedelta(days=4))
    assert Snooze.objects.count() == 1


def test_there_is_an_end_to_what_one_sets_aside(world, incident, monkeypatch):
    monkeypatch.setattr(snoozing, "MOST", 1)
    asleep(world, incident)
    asleep(world, incident)  # again is no more
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Autre", urgency=3)
    with pytest.raises(DomainError):
        snoozing.set_aside(other, actor=world.agent, until=now() + LATER)
    services.resolve(other.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.")
    with pytest.raises(DomainError):
        snoozing.set_aside(Incident.objects.get(pk=other.pk), actor=world.teammate, until=now() + LATER)


def test_what_is_set_aside_anew_at_the_very_moment_goes_on_sleeping(world, incident, monkeypatch):
    """The consumer has read the row as woken and acted on; before it deletes, the person sets it aside once more."""
    asleep(world, incident)
    services.comment(incident.pk, actor=world.customer, body="Alors ?", public=True)
    assert why(incident, world.agent) == Snooze.Why.REPLIED
    services.comment(incident.pk, actor=world.agent, body="Vu", public=False)

    def meanwhile(record):
        monkeypatch.undo()
        snoozing.set_aside(record, actor=world.agent, until=now() + LATER)
        return True

    monkeypatch.setattr(Record, "is_active", property(meanwhile))
    settle()
    assert Snooze.objects.get(record_id=incident.pk, person=world.agent).woken_at is None
