"""Policies as data: which one applies, what its steps do, and what becomes of clocks that run when one is edited."""

from datetime import timedelta

import pytest
from django.utils import translation

from itsm.audit.models import Entry
from itsm.core import now, reference
from itsm.core.errors import DomainError, StaleVersion
from itsm.escalation import policies, replanning, sweep
from itsm.escalation import services as escalation
from itsm.escalation.models import Policy, Replanning
from itsm.levels import clocks as levels
from itsm.levels.models import Agreement, Clock
from itsm.notify import outbox
from itsm.notify.models import Message, Notice
from itsm.records import timeline
from itsm.records.models import Comment, Record
from servicedesk.incidents import services

from .test_sweep import late, steps

pytestmark = pytest.mark.django_db
WARN = {"do": "warn", "who": ["assignee", "team"]}
ALERT = {"do": "alert", "who": ["leader"]}
HOUR = 3600


def policy(world, code="P", *, of_steps, **conditions):
    conditions.setdefault("clock", "sla")
    conditions.setdefault("metric", "resolve")
    return escalation.create_policy(
        actor=world.admin, code=code, name_fr=code, name_en=code, steps=of_steps, **conditions
    )


def resolution(incident) -> Clock:
    return Clock.objects.select_related("record").get(record=incident, kind="sla", metric="resolve")


def sweep_all() -> int:
    taken = [sweep.sweep()]
    while taken[-1]:
        taken.append(sweep.sweep())
    return sum(taken)


def test_the_defaults_are_those_of_before(world):
    kept = {
        code: [
            (s.percent, [a["do"] for a in s.actions]) for s in Policy.objects.get(code=code).steps.order_by("percent")
        ]
        for code in ("RESOLUTION", "OWNERSHIP")
    }
    assert kept == {
        "RESOLUTION": [(75, ["warn"]), (100, ["alert"]), (150, ["escalate"])],
        "OWNERSHIP": [(75, ["warn"]), (100, ["alert"])],
    }


def test_the_most_specific_policy_wins_and_says_so(world):
    of_steps = [{"percent": 50, "actions": [WARN]}]
    agreement = Agreement.objects.get(code="STANDARD")
    for code, conditions in (
        ("BY-PRIORITY", {"priorities": [3]}),
        ("BY-GROUP", {"organisation_id": world.lumen.pk}),
        ("BY-FINANCE", {"organisation_id": world.finance.pk}),
        ("BY-AGREEMENT", {"agreement_id": agreement.pk}),
    ):
        policy(world, code, of_steps=of_steps, **conditions)
    ordered = policies.applicable(policies.book.get().rules, "sla", "resolve", agreement.pk, world.finance.pk, 3)
    assert [rule.code for rule in ordered] == ["BY-AGREEMENT", "BY-FINANCE", "BY-GROUP", "BY-PRIORITY", "RESOLUTION"]
    assert policies.why(ordered[1])[0] == "pour Finance"
    incident = services.open_incident(actor=world.agent, requester=world.customer, title="X", urgency=2)
    services.acknowledge(incident.pk, actor=world.agent)
    clock = resolution(incident)
    assert policies.policy_for(clock).code == "BY-AGREEMENT"
    assert (clock.next_step_at - clock.started_at) < (clock.due_at - clock.started_at) * 0.75


def test_a_repeated_step_falls_in_business_time_or_in_clock_time_and_ends(world):
    again = {"every_seconds": 2 * HOUR, "most": 3, "actions": [ALERT]}
    policy(
        world, of_steps=[{"percent": 100, "actions": [WARN]}, again | {"wall": True}], organisation_id=world.lumen.pk
    )
    incident = late(world)
    for _each in range(4):
        assert sweep.sweep(at=Clock.objects.get(record=incident, metric="resolve").next_step_at) == 1
    assert sweep_all() == 0
    assert steps(incident) == [("warned", 100), *[("alerted", 100)] * 3]
    assert Record.objects.get(pk=incident.pk).assignee_id == world.agent.pk, "a hierarchical escalation moves nobody"
    repeats = Entry.objects.filter(subject_id=incident.pk, verb="incident.alerted").order_by("pk")
    assert [entry.data["repeat"] for entry in repeats] == [1, 2, 3]


@pytest.mark.parametrize("wall", [True, False])
def test_repeats_that_were_missed_are_one_run_and_the_next_comes_when_it_is_due(world, wall):
    again = {"every_seconds": 2 * HOUR, "most": 500, "actions": [ALERT], "wall": wall}
    policy(world, of_steps=[{"percent": 100, "actions": [WARN]}, again], organisation_id=world.lumen.pk)
    incident = late(world)
    due = resolution(incident).next_step_at
    assert sweep.sweep(at=due) == 1
    first = resolution(incident).next_step_at
    assert sweep.sweep(at=first) == 1
    back = levels.step_instant(resolution(incident), 100, 7)  # nobody swept at the five before it
    assert sweep.sweep(at=back + timedelta(minutes=1)) == 1
    told = Entry.objects.filter(subject_id=incident.pk, verb="incident.alerted").order_by("-pk")[0]
    assert (told.data["repeat"], told.data["missed"]) == (7, 5)
    clock = resolution(incident)
    assert clock.repeats == 7
    assert clock.next_step_at == levels.step_instant(clock, 100, 8)
    with translation.override("fr"):
        assert "5 rappels" in timeline.timeline(Record.objects.get(pk=incident.pk), agent=True)[0].sentence
    assert sweep.sweep(at=back + timedelta(minutes=2)) == 0


def test_repeats_missed_beyond_the_last_one_end_the_clock(world):
    again = {"every_seconds": 2 * HOUR, "most": 3, "actions": [ALERT]}
    policy(world, of_steps=[{"percent": 100, "actions": [WARN]}, again], organisation_id=world.lumen.pk)
    incident = late(world)
    assert sweep_all() == 2
    told = Entry.objects.get(subject_id=incident.pk, verb="incident.alerted")
    assert (told.data["repeat"], told.data["missed"]) == (3, 2)
    assert resolution(incident).next_step_at is None


def test_a_step_that_changes_the_ticket_is_known_to_the_next_clock(world):
    """Two clocks of a record are due in one batch; the first raises the priority, for which the second has nothing to say."""
    texts = {"fr": "Trop long", "en": "Too long"}
    policy(
        world, "FIRST", metric="own", organisation_id=world.lumen.pk,
        of_steps=[{"percent": 10, "actions": [{"do": "raise_priority", **texts}]}],
    )  # fmt: skip
    only = {"priorities": [4], "actions": [WARN]}
    policy(world, "SECOND", of_steps=[{"percent": 10, **only}], organisation_id=world.lumen.pk)
    incident = services.open_incident(
        actor=world.customer, requester=world.customer, title="Late", urgency=3, at=now() - timedelta(days=60)
    )
    assert incident.priority == 4
    assert sweep_all() == 2
    assert steps(incident) == [("edited", 10)]


def test_conditions_of_a_step_are_asked_when_it_is_due(world):
    of_steps = [
        {"percent": 10, "actions": [WARN], "unassigned": True},
        {"percent": 20, "actions": [WARN], "priorities": [1]},
        {"percent": 30, "actions": [WARN], "vip": True},
        {"percent": 40, "actions": [WARN], "major": True},
        {"percent": 50, "actions": [WARN], "phases": ["open"], "vip": False, "major": False},
    ]
    policy(world, of_steps=of_steps, organisation_id=world.lumen.pk)
    incident = late(world)
    assert sweep_all() == 5
    assert steps(incident) == [("warned", 50)]


def test_every_action_is_done_and_told_in_both_languages(world):
    texts = {"fr": "Trop long", "en": "Too long"}
    everything = [
        WARN, {"do": "alert", "who": ["leader", "manager"]}, {"do": "raise_priority", **texts}, {"do": "note", **texts},
        {"do": "escalate"},
    ]  # fmt: skip
    policy(world, of_steps=[{"percent": 75, "actions": everything}], organisation_id=world.lumen.pk)
    incident = late(world)
    before = incident.priority
    assert sweep.sweep() == 1
    moved = Record.objects.get(pk=incident.pk)
    assert (moved.priority, moved.team_id, moved.alert_count, moved.escalation_count) == (before - 1, world.n2.pk, 1, 1)
    assert Comment.objects.get(record=incident, public=False).body == "Trop long"
    said = {line.verb: line.sentence for line in timeline.timeline(moved, agent=True)}
    assert "75\u00a0% du délai de résolution" in said["alerted"]
    assert "Trop long (" in said["edited"]
    with translation.override("en"):
        said = {line.verb: line.sentence for line in timeline.timeline(moved, agent=True)}
    assert "75 % of the resolution target is used." in said["escalated"]
    assert "Too long (policy P)" in said["edited"]
    outbox.drain()
    assert Message.objects.filter(template="ticket_alerted", record=incident).count() == 1, (
        "leader and manager are one here"
    )


def test_what_is_not_an_action_is_refused_with_words(world):
    for bad in (
        [], [{"do": "fly"}], ["warn"], [{"do": "warn"}], [{"do": "warn", "who": ["everybody"]}], [{"do": "note", "fr": "Oui"}],
        [{"do": "escalate", "to": "N3"}], "warn",
    ):  # fmt: skip
        with pytest.raises(DomainError) as refused:
            policy(world, of_steps=[{"percent": 50, "actions": bad}])
        assert refused.value.field == "actions"
    for bad in (
        {"percent": 0},
        {"percent": None},
        {"percent": 50, "wall": True},
        {"percent": None, "every_seconds": 5, "most": 1},
    ):
        with pytest.raises(DomainError):
            policy(world, of_steps=[{"actions": [WARN]} | bad])
    assert not Policy.objects.filter(code="P").exists()


def test_an_edited_policy_plans_the_running_clocks_again_and_says_so(world, monkeypatch):
    monkeypatch.setattr(replanning, "SETTLED", timedelta(0))
    monkeypatch.setattr(replanning, "BATCH", 2)
    incidents = [
        services.open_incident(actor=world.agent, requester=world.customer, title=f"N {n}", urgency=3) for n in range(3)
    ]
    default = Policy.objects.get(code="RESOLUTION")
    before = {i.pk: resolution(i).next_step_at for i in incidents}
    escalation.change_policy(default.pk, actor=world.admin, steps=[{"percent": 50, "actions": [WARN]}])
    escalation.change_policy(default.pk, actor=world.admin, steps=[{"percent": 60, "actions": [WARN]}])
    assert Replanning.objects.count() == 1, "what waits to begin stands for the second change too"
    assert replanning.go_on(limit=1) == 2
    run = Replanning.objects.get()
    assert (run.ended_at, run.looked) == (None, 2), "cut short, it goes on from there"
    assert replanning.go_on() == 4
    assert replanning.go_on() == 0
    run.refresh_from_db()
    assert (run.looked, run.changed, run.ended_at is not None) == (6, 3, True)
    after = {i.pk: resolution(i).next_step_at for i in incidents}
    assert all(after[pk] < before[pk] for pk in before)
    assert set(Entry.objects.filter(subject_kind="replanning").values_list("verb", flat=True)) == {
        "clocks.replanning", "clocks.replanned",
    }  # fmt: skip


def test_a_clock_that_is_due_by_the_policy_of_before_waits_for_that_of_today(world):
    incident = services.open_incident(actor=world.agent, requester=world.customer, title="X", urgency=3)
    services.acknowledge(incident.pk, actor=world.agent)
    Clock.objects.filter(record=incident, metric="resolve").update(next_step_at=now() - timedelta(minutes=1))
    assert sweep.sweep() == 0
    assert resolution(incident).next_step_at > now()
    assert steps(incident) == []


def test_without_a_policy_nothing_falls_due(world):
    incident = late(world)
    for each in Policy.objects.all():
        escalation.delete_policy(each.pk, actor=world.admin)
    reference.forget_everything()
    assert sweep.sweep() == 0
    assert (resolution(incident).next_step_at, steps(incident)) == (None, [])


def test_two_people_who_edit_one_policy_do_not_overwrite_each_other(world):
    default = Policy.objects.get(code="RESOLUTION")
    escalation.change_policy(default.pk, actor=world.admin, version=default.version, name_fr="Un", name_en="One")
    with pytest.raises(StaleVersion):
        escalation.change_policy(default.pk, actor=world.admin, version=default.version, name_fr="Deux")


def test_another_priority_may_mean_another_policy(world):
    policy(world, of_steps=[{"percent": 10, "actions": [WARN]}], priorities=[2])
    incident = services.open_incident(actor=world.agent, requester=world.customer, title="X", urgency=3)
    services.acknowledge(incident.pk, actor=world.agent)
    services.edit(incident.pk, actor=world.lead, priority=2, reason="Urgent")
    clock = resolution(incident)
    assert policies.policy_for(clock).code == "P"
    assert clock.next_step_at - clock.started_at < timedelta(hours=72)


def test_a_warning_makes_nobodys_edit_out_of_date(world):
    incident = late(world)
    before = Record.objects.get(pk=incident.pk).version
    assert sweep.sweep() == 1
    assert Record.objects.get(pk=incident.pk).version == before


def test_the_third_team_is_told_to_the_manager_once(world):
    incident = services.open_incident(actor=world.agent, requester=world.customer, title="Ping pong", team=world.n1)
    for team in (world.n2, world.n3, world.n2, world.n3, world.n2):
        services.assign(incident.pk, actor=world.admin, team=team)
    while outbox.drain():
        pass
    assert Notice.objects.filter(template="bounced", user=world.lead).count() == 1
    assert Message.objects.filter(template="ticket_bounced", to_user=world.lead).count() == 1
