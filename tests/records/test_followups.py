"""The follow-up of a record: shared, audited, told once on its day, gone when the work is over."""

from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.escalation import returning
from itsm.notify import outbox
from itsm.notify.models import Notice, Outbox
from itsm.records.models import FollowUp
from itsm.records.timeline import timeline
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db
SOON = timedelta(days=3)


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def fresh(incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def planned(world, incident, reason="Rappeler le fournisseur", on=None):
    return services.follow_up(incident.pk, actor=world.agent, on=on or now() + SOON, reason=reason)


def come(incident):
    """Its day has come."""
    FollowUp.objects.filter(pk=incident.pk).update(at=now())


def told(template="follow_up"):
    while outbox.drain():
        continue
    return list(Notice.objects.filter(template=template).values_list("user__username", flat=True))


def test_set_moved_done_each_is_a_sentence(world, incident):
    first, then = now() + SOON, now() + 2 * SOON
    planned(world, incident, on=first)
    assert fresh(incident).follow_up_at == first
    planned(world, incident, on=then, reason="Vérifier")
    assert FollowUp.objects.get(pk=incident.pk).reason == "Vérifier"
    services.follow_up(incident.pk, actor=world.teammate, on=None)
    assert fresh(incident).follow_up_at is None
    assert not FollowUp.objects.exists()
    lines = [line.sentence for line in timeline(fresh(incident), agent=True)][:3]
    assert lines[0].startswith("Suivi fait")
    assert lines[1].startswith("Suivi déplacé au")
    assert lines[1].endswith("Vérifier")
    assert lines[2].startswith("À suivre le")
    verbs = Entry.objects.filter(subject_id=incident.pk, verb__startswith="incident.follow").values_list(
        "verb", flat=True
    )
    assert sorted(verbs) == ["incident.follow_up_moved", "incident.follow_up_set", "incident.followed_up"]


def test_the_requester_reads_nothing_of_it(world, incident):
    planned(world, incident, reason="Ne rappelle jamais")
    assert not any("suivre" in line.sentence for line in timeline(fresh(incident), agent=False))


@pytest.mark.parametrize(
    ("on", "reason", "field"),
    [(-SOON, "x", "at"), (timedelta(days=800), "x", "at"), (SOON, " ", "reason"), (None, "", "at")],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(world, incident, on, reason, field):
    before = fresh(incident).version
    with pytest.raises(DomainError) as refused:
        services.follow_up(incident.pk, actor=world.agent, on=on and now() + on, reason=reason)
    assert refused.value.field == field
    assert fresh(incident).version == before
    assert not FollowUp.objects.exists()


def test_a_stale_page_changes_nothing(world, incident):
    seen = fresh(incident).version
    planned(world, incident)
    with pytest.raises(StaleVersion):
        services.follow_up(incident.pk, actor=world.teammate, on=now() + SOON, reason="x", version=seen)


def test_a_solved_ticket_has_none_and_takes_none(world, incident):
    planned(world, incident)
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.")
    assert fresh(incident).follow_up_at is None
    assert not FollowUp.objects.exists()
    with pytest.raises(IllegalMove):
        planned(world, incident)


def test_who_has_it_is_told_once_on_its_day(world, incident):
    services.acknowledge(incident.pk, actor=world.teammate)
    planned(world, incident)
    assert returning.tell_follow_ups() == 0
    come(incident)
    assert [returning.tell_follow_ups() for _ in range(3)] == [1, 0, 0]
    assert told() == ["teammate"]
    assert "Rappeler le fournisseur" in Notice.objects.get(template="follow_up").data["reason"]


def test_without_an_assignee_the_leader_of_the_team_is_told(world, incident):
    planned(world, incident)
    come(incident)
    returning.tell_follow_ups()
    assert told() == ["lead"]


def test_moved_after_it_was_told_it_is_told_again(world, incident):
    planned(world, incident)
    come(incident)
    returning.tell_follow_ups()
    planned(world, incident, on=now() + SOON)
    come(incident)
    returning.tell_follow_ups()
    assert told() == ["lead", "lead"]


def test_nobody_outside_the_circle_hears_of_a_confidential_one(world):
    secret = services.open_incident(
        actor=world.customer, requester=world.customer, title="Secret", urgency=3, confidentiality=world.circle
    )
    planned(world, secret)
    come(secret)
    returning.tell_follow_ups()
    assert told() == []


def test_a_worker_that_dies_in_the_middle_has_told_nobody(world, incident, monkeypatch):
    planned(world, incident)
    come(incident)

    def dies(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(returning.outbox, "put", dies)
    with pytest.raises(KeyboardInterrupt):
        returning.tell_follow_ups()
    monkeypatch.undo()
    assert FollowUp.objects.get(pk=incident.pk).told_at is None
    assert returning.tell_follow_ups() == 1
    assert Outbox.objects.filter(topic="record.follow_up_due").count() == 1


def test_one_that_fails_does_not_keep_the_others(world, incident, monkeypatch):
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Autre", urgency=3)
    for each in (incident, other):
        planned(world, each)
        come(each)
    put = returning.outbox.put

    def fails(topic, *, record, **more):
        if record.pk == incident.pk:
            raise ValueError("broken")
        return put(topic, record=record, **more)

    monkeypatch.setattr(returning.outbox, "put", fails)
    assert returning.tell_follow_ups() == 1
    assert told() == ["lead"]
