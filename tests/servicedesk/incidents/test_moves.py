"""The life of an incident, move by move."""

from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.levels.models import Clock
from itsm.notify.models import Outbox
from itsm.records.models import Comment, Hop, Record, Watch
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, title="Mail is slow", requester=world.customer, urgency=2)


def entries(record):
    return list(
        Entry.objects.filter(subject_kind="record", subject_id=record.pk).order_by("pk").values_list("verb", flat=True)
    )


def fresh(record):
    return Incident.objects.get(pk=record.pk)


def test_an_incident_opens_at_the_desk_with_a_number_a_priority_and_clocks(world, incident):
    assert incident.number.startswith("INC")
    assert len(incident.number) == 10
    assert (incident.team_id, incident.level, incident.owner_team_id) == (world.n1.pk, 1, world.n1.pk)
    assert incident.priority == 3
    assert (incident.organisation_id, incident.site_id) == (world.finance.pk, world.paris.pk)
    clocks = {clock.metric: clock for clock in Clock.objects.filter(record=incident)}
    assert set(clocks) == {"own", "resolve"}
    assert fresh(incident).due_at == clocks["resolve"].due_at
    assert fresh(incident).queue_at == clocks["own"].due_at
    assert entries(incident) == ["incident.opened"]
    row = Outbox.objects.get(record=incident)
    assert row.topic == "record.opened"
    assert row.payload["entry"] == Entry.objects.get(subject_id=incident.pk, subject_kind="record").pk


def test_only_an_event_may_have_no_requester(world):
    with pytest.raises(DomainError):
        services.open_incident(actor=world.agent, title="Nobody", organisation=world.lumen)
    made = services.open_incident(actor=world.agent, title="Disk full", organisation=world.lumen, channel="event")
    assert made.requester_id is None


def test_taking_charge_stops_the_ownership_clock_once(world, incident):
    services.acknowledge(incident.pk, actor=world.agent)
    taken = fresh(incident)
    assert (taken.state, taken.assignee_id) == ("in_progress", world.agent.pk)
    assert taken.acknowledged_at is not None
    own = Clock.objects.get(record=incident, metric="own")
    assert (own.state, own.met) == ("stopped", True)
    with pytest.raises(IllegalMove):
        services.acknowledge(incident.pk, actor=world.teammate)


def test_an_escalation_records_the_hop_its_duration_and_reason_and_level_one_keeps_sight(world, incident):
    start = incident.opened_at
    services.acknowledge(incident.pk, actor=world.agent, at=start + timedelta(minutes=5))
    services.escalate(incident.pk, actor=world.agent, reason="Needs network skill", at=start + timedelta(minutes=20))
    moved = fresh(incident)
    assert (moved.team_id, moved.level, moved.assignee_id, moved.state) == (world.n2.pk, 2, None, "assigned")
    assert (moved.escalation_count, moved.reassignment_count, moved.past_teams) == (1, 1, [world.n1.pk])
    first, second = Hop.objects.filter(record=incident).order_by("started_at", "pk")
    assert (first.team_id, first.ended_at - first.started_at) == (world.n1.pk, timedelta(minutes=20))
    assert (second.team_id, second.kind, second.reason) == (world.n2.pk, "escalation", "Needs network skill")
    assert Entry.objects.get(verb="incident.escalated").data["held_seconds"] == 1200
    assert Record.objects.workable_by(world.agent).filter(pk=incident.pk).exists()
    services.escalate(incident.pk, actor=world.network, reason="z/OS", at=start + timedelta(minutes=40))
    assert fresh(incident).team_id == world.n3.pk
    with pytest.raises(DomainError):
        services.escalate(incident.pk, actor=world.mainframe, reason="higher still")


def test_an_escalation_does_not_stop_the_resolution_clock(world, incident):
    before = Clock.objects.get(record=incident, metric="resolve").due_at
    services.escalate(incident.pk, actor=world.agent, reason="skill")
    clock = Clock.objects.get(record=incident, metric="resolve")
    assert (clock.state, clock.due_at) == ("running", before)


def test_an_alert_never_changes_the_assignee(world, incident):
    services.acknowledge(incident.pk, actor=world.agent)
    services.alert(incident.pk, actor=world.agent, reason="The director waits")
    told = fresh(incident)
    assert (told.alert_count, told.assignee_id, told.escalation_count) == (1, world.agent.pk, 0)


def test_waiting_for_the_requester_needs_a_comment_pauses_and_ends_with_the_reply(world, incident):
    services.acknowledge(incident.pk, actor=world.agent)
    with pytest.raises(DomainError):
        services.hold(incident.pk, actor=world.agent, reason=world.wait_requester)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_requester, comment="Which printer?")
    held = fresh(incident)
    assert (held.phase, held.state_before_hold) == ("waiting", "in_progress")
    assert Clock.objects.get(record=incident, metric="resolve").state == "paused"
    services.comment(incident.pk, actor=world.customer, body="The one on the fourth floor", public=True)
    back = fresh(incident)
    assert (back.phase, back.state, back.hold_reason_id) == ("open", "in_progress", None)
    assert Clock.objects.get(record=incident, metric="resolve").state == "running"


def test_resume_returns_to_the_state_before_and_not_to_a_fixed_one(world, incident):
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier)
    services.resume(incident.pk, actor=world.agent)
    assert fresh(incident).state == "new"


def test_a_planned_hold_needs_a_date_to_come(world, incident):
    with pytest.raises(DomainError):
        services.hold(incident.pk, actor=world.agent, reason=world.wait_planned)
    with pytest.raises(DomainError):
        services.hold(incident.pk, actor=world.agent, reason=world.wait_planned, until=now() - timedelta(hours=1))
    services.hold(incident.pk, actor=world.agent, reason=world.wait_planned, until=now() + timedelta(days=2))
    assert fresh(incident).hold_until is not None


def test_resolving_needs_words_and_stops_the_clock(world, incident):
    with pytest.raises(DomainError):
        services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="  ")
    services.resolve(
        incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Restarted", cause_code=world.cause
    )
    done = fresh(incident)
    assert (done.phase, done.resolution, done.resolution_code_id) == ("resolved", "Restarted", world.solved.pk)
    assert done.acknowledged_at is not None
    assert Clock.objects.get(record=incident, metric="resolve").met is True


def test_reopening_is_counted_and_the_clock_goes_on_from_where_it_stood(world, incident):
    start = incident.opened_at
    services.resolve(
        incident.pk,
        actor=world.agent,
        resolution_code=world.solved,
        resolution="Done",
        at=start + timedelta(minutes=30),
    )
    used = Clock.objects.get(record=incident, metric="resolve").elapsed_seconds
    services.reopen(incident.pk, actor=world.customer, reason="Still slow", at=start + timedelta(days=30))
    again = fresh(incident)
    assert (again.phase, again.reopen_count, again.resolved_at, again.state) == ("open", 1, None, "in_progress")
    clock = Clock.objects.get(record=incident, metric="resolve")
    assert (clock.state, clock.elapsed_seconds, clock.met) == ("running", used, None)
    assert Comment.objects.get(record=incident).body == "Still slow"


def test_a_closed_incident_cannot_be_reopened(world, incident):
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Done")
    services.close(incident.pk, actor=world.customer)
    assert fresh(incident).closed_at is not None
    with pytest.raises(IllegalMove):
        services.reopen(incident.pk, actor=world.customer, reason="Again")


def test_a_cancelled_incident_was_never_resolved(world, incident):
    services.cancel(incident.pk, actor=world.customer, reason="My mistake")
    gone = fresh(incident)
    assert (gone.phase, gone.resolved_at, gone.resolution_code.code) == ("closed", None, "cancelled")
    assert set(Clock.objects.filter(record=incident).values_list("state", flat=True)) == {"cancelled"}


def test_a_stale_version_is_refused_and_changes_nothing(world, incident):
    services.edit(incident.pk, actor=world.agent, version=1, urgency=1)
    with pytest.raises(StaleVersion):
        services.edit(incident.pk, actor=world.teammate, version=1, title="Other")
    assert fresh(incident).title == "Mail is slow"


def test_a_new_urgency_recomputes_the_priority_and_the_deadline(world, incident):
    before = fresh(incident).due_at
    services.edit(incident.pk, actor=world.agent, impact=2, urgency=1)
    changed = fresh(incident)
    assert changed.priority == 1
    assert changed.due_at < before
    assert Entry.objects.get(verb="incident.edited").changes["priority"] == [3, 1]


def test_an_override_of_the_priority_needs_a_reason(world, incident):
    with pytest.raises(DomainError):
        services.edit(incident.pk, actor=world.lead, priority=1)
    services.edit(incident.pk, actor=world.lead, priority=1, reason="Board meeting")
    assert (fresh(incident).priority, fresh(incident).priority_reason) == (1, "Board meeting")


def test_children_follow_resolution_and_supplier_waits_but_not_waits_for_the_requester(world, incident):
    child = services.open_incident(actor=world.colleague, title="No mail", requester=world.colleague)
    services.link(child.pk, actor=world.agent, to=incident, type="child_of")
    assert fresh(incident).child_count == 1
    services.hold(incident.pk, actor=world.agent, reason=world.wait_requester, comment="You?")
    assert fresh(child).phase == "open"
    services.resume(incident.pk, actor=world.agent)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier)
    assert fresh(child).phase == "waiting"
    services.resume(incident.pk, actor=world.agent)
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Server restarted")
    assert fresh(child).phase == "resolved"
    assert incident.number in fresh(child).resolution


def test_a_childs_resolution_never_reaches_its_parent(world, incident):
    child = services.open_incident(actor=world.colleague, title="No mail", requester=world.colleague)
    services.link(child.pk, actor=world.agent, to=incident, type="child_of")
    services.resolve(child.pk, actor=world.agent, resolution_code=world.solved, resolution="ok")
    assert fresh(incident).phase == "open"


def test_a_merge_keeps_the_old_number_and_moves_messages_and_followers(world, incident):
    twin = services.open_incident(actor=world.colleague, title="Mail again", requester=world.colleague)
    services.comment(twin.pk, actor=world.colleague, body="Me too", public=True)
    services.merge(twin.pk, actor=world.agent, into=incident)
    gone = fresh(twin)
    assert (gone.state, gone.phase, gone.merged_into_id) == ("merged", "closed", incident.pk)
    moved = Comment.objects.get(body="Me too")
    assert (moved.record_id, moved.origin_id) == (incident.pk, twin.pk)
    assert Watch.objects.filter(record=incident, user=world.colleague).exists()


def test_the_person_must_be_a_member_of_the_team(world, incident):
    with pytest.raises(DomainError):
        services.assign(incident.pk, actor=world.agent, assignee=world.network)
    services.assign(incident.pk, actor=world.agent, team=world.n2, assignee=world.network)
    assert (fresh(incident).assignee_id, fresh(incident).reassignment_count) == (world.network.pk, 1)


def test_every_act_leaves_exactly_one_entry_and_one_fact(world, incident):
    services.acknowledge(incident.pk, actor=world.agent)
    services.comment(incident.pk, actor=world.agent, body="Looking", public=True)
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Done")
    assert entries(incident) == ["incident.opened", "incident.acknowledged", "incident.commented", "incident.resolved"]
    assert Outbox.objects.filter(record=incident).count() == 4
    assert fresh(incident).version == 4
