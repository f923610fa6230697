"""What each clock does at each act: the promises that break most elsewhere (unmet-needs 2 to 4)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm.audit import log
from itsm.calendars.models import Calendar, Opening
from itsm.core import now, versions
from itsm.core.errors import DomainError
from itsm.levels.agreements import Facts, applicable, why
from itsm.levels.models import Clock, Target
from itsm.people import services as people
from itsm.people.models import User
from itsm.records import replanning
from itsm.records.models import Record
from servicedesk.incidents import services
from tests.cmdb.factories import make_service
from tests.world import person

from .agreed import HOUR, agree, contract, olas

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 16, 9, tzinfo=PARIS)


def opened(world, *, at=MONDAY, urgency=3, **more):
    return services.open_incident(
        actor=world.agent, requester=more.pop("requester", world.customer), title="Ne marche pas", urgency=urgency, channel="phone",
        at=at, **more,
    )  # fmt: skip


def clocks(incident, kind="sla") -> dict:
    return {c.metric: c for c in Clock.objects.filter(record=incident, kind=kind).order_by("cycle")}


def cycles(incident, kind="sla", metric="resolve") -> list[tuple]:
    rows = Clock.objects.filter(record=incident, kind=kind, metric=metric).order_by("cycle")
    return [(c.cycle, c.state, c.met, c.elapsed_seconds) for c in rows]


def resolved(world, incident, at):
    return services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.", at=at)


def test_any_number_of_metrics_and_the_response_never_pauses(world):
    agree("FULL", {(None, "response"): 2 * HOUR, (None, "update"): 4 * HOUR}, organisation=world.lumen)
    incident = opened(world)
    assert set(clocks(incident)) == {"own", "response", "update", "resolve"}
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=MONDAY + timedelta(minutes=30))
    assert {m: c.state for m, c in clocks(incident).items()} == {
        "own": "running", "response": "running", "update": "paused", "resolve": "paused",
    }  # fmt: skip
    services.comment(incident.pk, actor=world.agent, body="On regarde.", public=True, at=MONDAY + timedelta(hours=1))
    answered = clocks(incident)["response"]
    assert (answered.state, answered.met, answered.elapsed_seconds) == ("stopped", True, HOUR)


def test_each_public_word_of_the_desk_begins_a_new_interval(world):
    agree("FULL", {(None, "update"): HOUR})
    incident = opened(world)
    services.comment(incident.pk, actor=world.agent, body="Un.", public=True, at=MONDAY + timedelta(minutes=50))
    services.comment(incident.pk, actor=world.agent, body="Note.", public=False, at=MONDAY + timedelta(minutes=55))
    services.comment(incident.pk, actor=world.customer, body="?", public=True, at=MONDAY + timedelta(minutes=56))
    services.comment(incident.pk, actor=world.agent, body="Deux.", public=True, at=MONDAY + timedelta(minutes=120))
    assert cycles(incident, metric="update") == [
        (1, "stopped", True, 3000), (2, "stopped", False, 4200), (3, "running", None, 0),
    ]  # fmt: skip
    resolved(world, incident, MONDAY + timedelta(minutes=150))
    assert cycles(incident, metric="update")[2][1] == "cancelled"


@pytest.mark.parametrize(
    ("how", "state", "target", "elapsed"),
    [("retroactive", "running", 16, 2), ("from_now", "running", 16, 0), ("reset", "running", 16, 0)],
)
def test_a_new_priority_does_what_the_agreement_says_and_keeps_the_pause(world, how, state, target, elapsed):
    agree("P", {(3, "resolve"): 16 * HOUR, (4, "resolve"): 40 * HOUR}, on_change=how, organisation=world.lumen)
    incident = opened(world)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=MONDAY + timedelta(hours=1))
    services.resume(incident.pk, actor=world.agent, at=MONDAY + timedelta(hours=2))
    services.edit(incident.pk, actor=world.agent, urgency=2, at=MONDAY + timedelta(hours=3))
    clock = clocks(incident)["resolve"]
    assert (clock.state, clock.target_seconds) == (state, target * HOUR)
    assert clock.elapsed_seconds == elapsed * HOUR
    assert Record.objects.get(pk=incident.pk).due_at == clock.due_at
    assert [row[1] for row in cycles(incident)] == (["cancelled", "running"] if how == "reset" else ["running"])


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("continue", [(1, "stopped", True, 3 * HOUR)]),
        ("restart", [(1, "cancelled", None, 2 * HOUR), (2, "stopped", True, HOUR)]),
        ("new_cycle", [(1, "stopped", True, 2 * HOUR), (2, "stopped", True, HOUR)]),
    ],
)
def test_a_reopening_does_what_the_agreement_says_and_every_cycle_is_kept(world, how, found):
    agree("R", {(None, "resolve"): 16 * HOUR}, on_reopen=how, organisation=world.lumen)
    incident = opened(world)
    resolved(world, incident, MONDAY + timedelta(hours=2))
    services.reopen(incident.pk, actor=world.customer, reason="Non.", at=MONDAY + timedelta(hours=5))
    resolved(world, incident, MONDAY + timedelta(hours=6))
    assert cycles(incident) == found


def test_a_leg_for_each_team_from_its_assignment_to_its_hand_off(world):
    olas()
    incident = opened(world)
    services.escalate(
        incident.pk, actor=world.agent, to_team=world.n2, reason="Réseau", at=MONDAY + timedelta(minutes=30)
    )
    services.acknowledge(incident.pk, actor=world.network, at=MONDAY + timedelta(minutes=45))
    services.escalate(incident.pk, actor=world.network, to_team=world.n3, reason="z/OS", at=MONDAY + timedelta(hours=2))
    services.assign(incident.pk, actor=world.mainframe, team=world.n2, at=MONDAY + timedelta(hours=3))
    legs = Clock.objects.filter(record=incident, kind="ola").order_by("started_at", "pk")
    assert [(leg.team_id, leg.metric, leg.cycle, leg.state, leg.met) for leg in legs] == [
        (world.n1.pk, "transfer", 1, "stopped", False), (world.n2.pk, "own", 1, "stopped", True),
        (world.n3.pk, "own", 2, "stopped", True), (world.n2.pk, "own", 3, "running", None),
    ]  # fmt: skip


def test_what_a_team_solves_itself_owes_no_hand_off(world):
    olas()
    incident = opened(world)
    resolved(world, incident, MONDAY + timedelta(hours=2))
    assert cycles(incident, "ola", "transfer") == [(1, "cancelled", None, 2 * HOUR)]


def test_a_contract_counts_while_the_record_waits_for_the_supplier(world):
    uc = contract()
    incident = opened(world)
    for hour in (1, 24):
        services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=MONDAY + timedelta(hours=hour))
        services.resume(incident.pk, actor=world.agent, at=MONDAY + timedelta(hours=hour + 1))
    services.hold(
        incident.pk, actor=world.agent, reason=world.wait_requester, comment="?", at=MONDAY + timedelta(hours=26)
    )
    assert cycles(incident, "uc") == [(1, "stopped", True, HOUR), (2, "stopped", True, HOUR)]
    assert set(Clock.objects.filter(record=incident, kind="uc").values_list("agreement_id", flat=True)) == {uc.pk}


def test_only_the_contract_of_the_supplier_that_is_waited_for_counts(world):
    operator = contract()
    maker = contract(8 * HOUR, code="MAT", name="Mainteneur")
    special = agree(
        "UC-MAT-N", {(None, "resolve"): 2 * HOUR}, kind="uc", supplier=maker.supplier, record_kind="incident"
    )
    incident = opened(world)

    def waited(hour, supplier) -> list[tuple]:
        at = MONDAY + timedelta(hours=hour)
        services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, supplier=supplier, at=at)
        services.resume(incident.pk, actor=world.agent, at=at + timedelta(minutes=30))
        rows = Clock.objects.filter(record=incident, kind="uc").order_by("cycle")
        return [(clock.agreement_id, clock.target_seconds) for clock in rows]

    assert waited(1, maker.supplier) == [(special.pk, 2 * HOUR)]
    assert waited(2, operator.supplier) == [(special.pk, 2 * HOUR), (operator.pk, 4 * HOUR)]
    assert len(waited(3, None)) == 2, "nobody knows whom it waits for"
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=MONDAY + timedelta(hours=4))
    assert Record.objects.get(pk=incident.pk).hold_supplier_id is None, "two could be meant: neither is guessed"
    assert Clock.objects.filter(record=incident, kind="uc").count() == 2


def test_a_wait_of_a_suppliers_team_is_for_that_supplier(world):
    contract()
    maker = contract(8 * HOUR, code="MAT", name="Mainteneur")
    team = people.create_team(
        actor=None, code="FRN-MAT", name_fr="Mainteneur", name_en="Maker", function="supplier", organisation=maker.supplier,
    )  # fmt: skip
    person(world, "maker", "Max", "Tenance", [("specialist", world.lumen)], [team])
    incident = opened(world)
    services.assign(incident.pk, actor=world.agent, team=team, at=MONDAY + timedelta(minutes=5))
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=MONDAY + timedelta(hours=1))
    assert list(Clock.objects.filter(record=incident, kind="uc").values_list("agreement_id", flat=True)) == [maker.pk]


def test_another_priority_during_the_wait_moves_the_contract_too(world):
    uc = contract()
    Target.objects.create(agreement=uc, priority=1, metric="resolve", seconds=HOUR)
    versions.bump("levels")
    incident = opened(world)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=MONDAY + timedelta(hours=1))
    services.edit(incident.pk, actor=world.agent, impact=1, urgency=1, at=MONDAY + timedelta(hours=2))
    clock = Clock.objects.get(record=incident, kind="uc")
    assert (clock.state, clock.target_seconds, clock.started_at) == ("running", HOUR, MONDAY + timedelta(hours=1))


def test_a_wait_for_another_reason_names_no_supplier(world):
    uc = contract()
    incident = opened(world)
    with pytest.raises(DomainError):
        services.hold(
            incident.pk,
            actor=world.agent,
            reason=world.wait_planned,
            supplier=uc.supplier,
            until=now() + timedelta(days=1),
        )
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, supplier=uc.supplier)
    services.resume(incident.pk, actor=world.agent)
    assert Record.objects.get(pk=incident.pk).hold_supplier_id is None


@pytest.mark.parametrize(
    ("how", "state", "started", "elapsed"),
    [("retroactive", "running", 0, 90 * 60), ("from_now", "running", 150, 0)],
)  # fmt: skip
def test_a_priority_raised_inside_a_team_brings_the_leg_that_it_owes(world, how, state, started, elapsed):
    agree("OLA-P1", {(1, "resolve"): 3 * HOUR}, kind="ola", level=1, on_change=how)
    incident = opened(world)
    assert clocks(incident, "ola") == {}
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=MONDAY + timedelta(minutes=30))
    services.resume(incident.pk, actor=world.agent, at=MONDAY + timedelta(minutes=90))
    services.edit(incident.pk, actor=world.agent, impact=1, urgency=1, at=MONDAY + timedelta(minutes=150))
    leg = clocks(incident, "ola")["resolve"]
    assert (leg.team_id, leg.state, leg.started_at, leg.elapsed_seconds) == (
        world.n1.pk, state, MONDAY + timedelta(minutes=started), elapsed,
    )  # fmt: skip
    services.edit(incident.pk, actor=world.agent, impact=4, urgency=4, at=MONDAY + timedelta(minutes=151))
    services.edit(incident.pk, actor=world.agent, impact=1, urgency=1, at=MONDAY + timedelta(minutes=152))
    again = Clock.objects.filter(record=incident, kind="ola", metric="resolve").order_by("cycle")
    assert [leg.state for leg in again] == ["cancelled", "running"]


def test_a_leg_that_comes_during_a_wait_rests_as_the_others_do(world):
    agree("OLA-P1", {(1, "resolve"): 3 * HOUR}, kind="ola", level=1)
    incident = opened(world)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=MONDAY + timedelta(minutes=30))
    services.edit(incident.pk, actor=world.agent, impact=1, urgency=1, at=MONDAY + timedelta(minutes=60))
    leg = clocks(incident, "ola")["resolve"]
    assert (leg.state, leg.elapsed_seconds) == ("paused", 30 * 60)
    services.resume(incident.pk, actor=world.agent, at=MONDAY + timedelta(minutes=90))
    leg = clocks(incident, "ola")["resolve"]
    assert (leg.state, leg.elapsed_seconds) == ("running", 30 * 60)


def test_who_took_charge_already_owes_no_ownership_when_the_priority_rises(world):
    agree("OLA-P1", {(1, "own"): HOUR}, kind="ola", level=1)
    taken, waits = opened(world), opened(world)
    services.acknowledge(taken.pk, actor=world.agent, at=MONDAY + timedelta(minutes=10))
    for incident in (taken, waits):
        services.edit(incident.pk, actor=world.agent, impact=1, urgency=1, at=MONDAY + timedelta(minutes=20))
    assert clocks(taken, "ola") == {}
    leg = clocks(waits, "ola")["own"]
    assert (leg.state, leg.started_at) == ("running", MONDAY)


def test_the_most_specific_agreement_wins_and_says_so(world):
    everybody = agree("ALL", {(None, "resolve"): 40 * HOUR})
    lumen = agree("LUMEN", {(None, "resolve"): 30 * HOUR}, organisation=world.lumen)
    finance = agree("FIN", {(None, "resolve"): 20 * HOUR}, organisation=world.finance)
    vip = agree("VIP", {(None, "resolve"): 10 * HOUR}, vip=True)
    agree("OTHER", {(None, "resolve"): HOUR}, organisation=world.other)
    agree("OFF", {(None, "resolve"): HOUR}, organisation=world.finance, active=False)
    agree("PAST", {(None, "resolve"): HOUR}, organisation=world.finance, valid_until="2025-12-31")
    facts = Facts(world.finance.pk, "incident", 4, MONDAY.date())
    found = applicable("sla", facts)
    assert [rule.code for rule in found] == ["FIN", "LUMEN", "ALL", "STANDARD"]
    assert why(found[0], facts) == ["pour Finance"]
    User.objects.filter(pk=world.customer.pk).update(vip=True)
    incident = opened(world, requester=User.objects.get(pk=world.customer.pk))
    assert clocks(incident)["resolve"].agreement_id == vip.pk
    assert clocks(opened(world, requester=world.colleague))["resolve"].agreement_id == finance.pk
    assert lumen.pk != everybody.pk


def test_another_requester_may_bring_another_agreement(world):
    agree("VIP", {(None, "resolve"): 2 * HOUR}, vip=True)
    User.objects.filter(pk=world.colleague.pk).update(vip=True)
    incident = opened(world)
    assert clocks(incident)["resolve"].target_seconds == 40 * HOUR
    services.edit(
        incident.pk,
        actor=world.agent,
        requester=User.objects.get(pk=world.colleague.pk),
        at=MONDAY + timedelta(hours=1),
    )
    clock = clocks(incident)["resolve"]
    assert (clock.target_seconds, clock.agreement.code) == (2 * HOUR, "VIP")


def test_an_agreement_that_is_silent_leaves_the_word_to_the_next(world):
    agree("ONLY-OWN", {(None, "own"): HOUR}, organisation=world.finance)
    found = clocks(opened(world))
    assert (found["own"].agreement.code, found["resolve"].agreement.code) == ("ONLY-OWN", "STANDARD")


def test_a_word_during_a_hold_begins_an_interval_that_rests(world):
    agree("FULL", {(None, "update"): HOUR}, organisation=world.lumen)
    incident = opened(world)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=MONDAY + timedelta(minutes=10))
    services.comment(incident.pk, actor=world.agent, body="On attend.", public=True, at=MONDAY + timedelta(minutes=20))
    assert cycles(incident, metric="update")[-1][:2] == (2, "paused")


def test_a_promise_that_was_called_off_is_made_again_when_the_mistake_is_put_right(world):
    usual = opened(world).priority
    agree("FULL", {(usual, "response"): 2 * HOUR, (None, "resolve"): 16 * HOUR}, organisation=world.lumen)
    incident = opened(world)
    assert clocks(incident)["response"].state == "running"
    for urgency, minutes in ((1, 10), (3, 20)):
        services.edit(incident.pk, actor=world.agent, urgency=urgency, at=MONDAY + timedelta(minutes=minutes))
    assert [row[:2] for row in cycles(incident, metric="response")] == [(1, "cancelled"), (2, "running")]


def test_another_agreement_with_the_same_target_brings_the_steps_of_its_policy(world):
    service = make_service(name="Paie", organisation=world.lumen)
    agree("PLAIN", {(None, "resolve"): 16 * HOUR}, organisation=world.lumen)
    agree("CLOSER", {(None, "resolve"): 16 * HOUR}, organisation=world.lumen, service=service)
    incident = opened(world)
    Clock.objects.filter(record=incident, metric="resolve").update(next_step_at=None)
    services.edit(incident.pk, actor=world.agent, service=service, at=MONDAY + timedelta(minutes=10))
    after = clocks(incident)["resolve"]
    assert after.agreement.code == "CLOSER"
    assert after.next_step_at is not None


def test_clocks_follow_an_edited_calendar_although_no_worker_was_told(world):
    incident = opened(world)
    clock = clocks(incident)["resolve"]
    due, calendar = clock.due_at, Calendar.objects.get(pk=clock.calendar_id)
    Opening.objects.filter(calendar=calendar).delete()
    Opening.objects.bulk_create(Opening(calendar=calendar, weekday=day, starts=600, ends=660) for day in range(5))
    log.write("calendar.changed", calendar, actor=world.admin, at=now() - timedelta(minutes=1))
    versions.bump("calendars")
    assert (replanning.follow_edits(), replanning.follow_edits()) == (1, 0)
    assert clocks(incident)["resolve"].due_at > due


def test_a_priority_corrected_while_resolved_counts_when_it_is_reopened(world):
    usual = opened(world).priority
    agree(
        "P",
        {(usual, "resolve"): 16 * HOUR, (None, "resolve"): 2 * HOUR},
        organisation=world.lumen,
        on_reopen="continue",
    )
    incident = opened(world)
    resolved(world, incident, MONDAY + timedelta(hours=1))
    services.edit(incident.pk, actor=world.agent, urgency=1, at=MONDAY + timedelta(hours=2))
    services.reopen(incident.pk, actor=world.customer, reason="Encore", at=MONDAY + timedelta(hours=3))
    clock = clocks(incident)["resolve"]
    assert (clock.state, clock.target_seconds) == ("running", 2 * HOUR)
