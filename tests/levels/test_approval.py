"""Where the agreement says so, what waits for approvals counts from the last of them, through the one door."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from itsm.audit.models import Entry
from itsm.core.errors import DomainError, IllegalMove
from itsm.escalation import sweep
from itsm.levels import services as levels
from itsm.levels.models import Clock
from itsm.levels.services import Terms, terms_of
from itsm.notify.models import Outbox
from itsm.records import approving, clockface, processes, rebuilding
from itsm.records.explained import page as explained
from itsm.records.lifecycle import STAY, Lifecycle, Move
from itsm.records.models import Approval, Record
from servicedesk.incidents import services

from .agreed import HOUR, agree

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 16, 9, tzinfo=PARIS)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def approvals(monkeypatch):
    """The process of incidents, as one that asks for approvals: it has the move `approve`."""
    plain = processes.get("incident")
    moves = [
        *plain.lifecycle.moves.values(),
        Move("approve", "Approve", frozenset({"new", "assigned", "hold", "on_hold"}), STAY),
    ]
    asking = replace(plain, approvals=True, lifecycle=Lifecycle(states=plain.lifecycle.states, moves=moves))
    monkeypatch.setattr(processes, "get", lambda kind: asking)
    return asking


def opened(world, **more):
    return services.open_incident(
        actor=world.agent, requester=world.customer, title="Une licence", urgency=3, channel="phone", at=MONDAY, **more
    )


def clock(record, metric="resolve", kind="sla") -> Clock:
    return Clock.objects.filter(record=record, kind=kind, metric=metric).latest("cycle")


def asked(record, world, **more) -> Approval:
    return Approval.objects.create(record_id=record.pk, approver=world.manager, asked_at=MONDAY, **more)


def test_the_clock_waits_until_the_last_approval_and_keeps_both_dates(world, approvals):
    agree("LATE", {(None, "own"): HOUR, (None, "resolve"): 8 * HOUR}, starts="approval")
    record = opened(world)
    waiting = clock(record)
    assert (waiting.state, waiting.started_at, waiting.counted_from, waiting.due_at) == ("waiting", MONDAY, None, None)
    assert (Record.objects.get(pk=record.pk).due_at, sweep.sweep(at=MONDAY + 9 * DAY)) == (None, 0)
    ask = asked(record, world)
    with pytest.raises(IllegalMove, match="approuver"):
        approving.grant(record.pk, actor=world.manager, at=MONDAY + DAY)
    assert clock(record).state == "waiting"
    Approval.objects.filter(pk=ask.pk).update(state="approved", decided_at=MONDAY + DAY, decided_by=world.manager)
    approving.grant(record.pk, actor=world.manager, at=MONDAY + DAY)
    runs = clock(record)
    assert (runs.state, runs.started_at, runs.counted_from, runs.due_at) == (
        "running", MONDAY, MONDAY + DAY, MONDAY + DAY + timedelta(hours=9),
    )  # fmt: skip
    assert clock(record, "own").state == "running"
    assert Record.objects.get(pk=record.pk).due_at == runs.due_at
    entry = Entry.objects.get(verb="incident.approve")
    assert (entry.actor_id, entry.data["approvals"]) == (world.manager.pk, 1)
    assert Outbox.objects.filter(topic="record.approved", record_id=record.pk).count() == 1


def test_an_agreement_from_the_opening_and_a_process_without_approvals_do_not_wait(world, approvals, monkeypatch):
    agree("PLAIN", {(None, "resolve"): 8 * HOUR})
    assert clock(opened(world)).state == "running"
    monkeypatch.undo()
    agree("LATE", {(None, "resolve"): 8 * HOUR}, starts="approval", organisation=world.lumen)
    assert clock(opened(world)).state == "running"


def test_a_refusal_starts_nothing_and_what_never_began_is_neither_kept_nor_missed(world, approvals):
    agree("LATE", {(None, "own"): HOUR, (None, "resolve"): HOUR}, starts="approval")
    record = opened(world)
    asked(record, world, state="refused", decided_at=MONDAY + DAY, decided_by=world.manager, reason="Trop cher")
    with pytest.raises(IllegalMove, match="pas été approuvé"):
        approving.grant(record.pk, actor=world.manager, at=MONDAY + DAY)
    services.resolve(record.pk, actor=world.agent, resolution_code=world.solved, resolution="Non", at=MONDAY + 2 * DAY)
    over = clock(record)
    assert (over.state, over.met, over.elapsed_seconds) == ("cancelled", None, 0)


def test_approved_while_on_hold_it_begins_and_rests(world, approvals):
    agree("LATE", {(None, "own"): HOUR, (None, "resolve"): 8 * HOUR}, starts="approval")
    record = opened(world)
    services.hold(
        record.pk,
        actor=world.agent,
        reason=world.wait_requester,
        comment="Quelle version ?",
        at=MONDAY + timedelta(hours=1),
    )
    approving.grant(record.pk, actor=world.manager, at=MONDAY + timedelta(hours=2))
    assert (clock(record).state, clock(record, "own").state) == ("paused", "running")
    services.resume(record.pk, actor=world.agent, at=MONDAY + timedelta(hours=3))
    assert clock(record).due_at == MONDAY + DAY + timedelta(hours=2)


def test_a_new_priority_and_another_agreement_while_it_waits(world, approvals):
    agree("LATE", {(4, "resolve"): 8 * HOUR, (None, "resolve"): 4 * HOUR}, starts="approval")
    record = opened(world)
    services.edit(record.pk, actor=world.agent, impact=1, urgency=1, at=MONDAY + timedelta(hours=1))
    assert (clock(record).state, clock(record).target_seconds) == ("waiting", 4 * HOUR)
    agree("NOW", {(None, "resolve"): 6 * HOUR}, organisation=world.lumen)
    services.edit(record.pk, actor=world.agent, impact=4, at=MONDAY + timedelta(hours=2))
    runs = clock(record)
    assert (runs.state, runs.counted_from, runs.due_at) == ("running", MONDAY, MONDAY + timedelta(hours=7))


@pytest.mark.parametrize("said", ["opening", "approval"])
@pytest.mark.parametrize("users", ["opening", "approval"])
def test_the_legs_of_teams_wait_whatever_is_promised_to_the_users(world, approvals, said, users):
    agree("OLA", {(None, "own"): HOUR}, kind="ola", level=2, starts=said)
    agree("LATE", {(None, "resolve"): 8 * HOUR}, starts=users)
    record = opened(world)
    services.assign(record.pk, actor=world.agent, team=world.n2, at=MONDAY + timedelta(hours=1))
    assert clock(record, "own", "ola").state == "waiting"
    services.edit(record.pk, actor=world.agent, impact=1, urgency=1, at=MONDAY + timedelta(hours=1))
    leg = clock(record, "own", "ola")
    assert (leg.state, leg.due_at, leg.next_step_at) == ("waiting", None, None)
    approving.grant(record.pk, actor=world.manager, at=MONDAY + timedelta(hours=2))
    leg = clock(record, "own", "ola")
    assert (leg.counted_from, leg.due_at) == (MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=3))
    services.assign(record.pk, actor=world.agent, team=world.n1, at=MONDAY + timedelta(hours=3))
    services.assign(record.pk, actor=world.agent, team=world.n2, at=MONDAY + timedelta(hours=4))
    assert clock(record, "own", "ola").counted_from == MONDAY + timedelta(hours=4), "approved once is approved"


@pytest.mark.parametrize("act", ["approve", "edit"])
def test_a_leg_that_counts_already_goes_back_and_begins_at_the_approval(world, approvals, monkeypatch, act):
    """As records of an earlier version stand."""
    agree("OLA", {(None, "own"): HOUR}, kind="ola", level=2)
    agree("LATE", {(None, "resolve"): 8 * HOUR}, starts="approval")
    record = opened(world)
    services.assign(record.pk, actor=world.agent, team=world.n2, at=MONDAY)
    early = clock(record, "own", "ola")
    Clock.objects.filter(pk=early.pk).update(
        state="running", since=MONDAY, counted_from=MONDAY, due_at=MONDAY + timedelta(hours=1),
        events=[{"at": MONDAY.isoformat(), "what": "started"}],
    )  # fmt: skip
    if act == "edit":
        services.edit(record.pk, actor=world.agent, impact=1, urgency=1, at=MONDAY + timedelta(minutes=90))
        assert (clock(record, "own", "ola").state, clock(record, "own", "ola").due_at) == ("waiting", None)
    approving.grant(record.pk, actor=world.manager, at=MONDAY + timedelta(hours=2))
    leg = clock(record, "own", "ola")
    assert (leg.pk, leg.state, leg.elapsed_seconds) == (early.pk, "running", 0)
    assert (leg.counted_from, leg.due_at) == (MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=3))


@pytest.mark.parametrize(
    ("language", "waits", "starts"),
    [
        ("fr", "Attend une approbation : rien ne compte encore", "Approuvé : l’horloge démarre"),
        ("en", "Waits for approval: nothing counts yet", "Approved: the clock starts"),
    ],
)
def test_the_explanation_says_that_it_waits_and_when_it_began(world, approvals, language, waits, starts):
    agree("LATE", {(None, "resolve"): 8 * HOUR}, starts="approval")
    record = opened(world)
    with translation.override(language), timezone.override(PARIS):
        waiting = explained.context(record, at=MONDAY + timedelta(hours=3))
        assert waits in str(waiting)
        pill = clockface.pill(clock(record), MONDAY + timedelta(hours=3))
        assert (pill["text"], pill["due"]) == (
            {"fr": "attend une approbation", "en": "waits for approval"}[language],
            None,
        )
        approving.grant(record.pk, actor=world.manager, at=MONDAY + timedelta(hours=4))
        told = str(explained.context(record, at=MONDAY + timedelta(hours=5)))
        assert waits in told
        assert starts in told


def test_clocks_rebuilt_from_the_history_begin_with_the_approval_too(world, approvals):
    agree("LATE", {(None, "resolve"): 8 * HOUR}, starts="approval")
    record = opened(world)
    approving.grant(record.pk, actor=world.manager, at=MONDAY + DAY)
    services.acknowledge(record.pk, actor=world.agent, at=MONDAY + DAY + timedelta(hours=1))
    entries = Entry.objects.filter(subject_kind="record", subject_id=record.pk).exclude(verb="incident.opened")
    record.refresh_from_db()
    [resolve] = [c for c in rebuilding.rebuilt(record, list(entries.order_by("pk"))) if c.metric == "resolve"]
    assert (resolve.counted_from, resolve.elapsed_seconds) == (MONDAY + DAY, HOUR)


def test_a_contract_counts_from_the_wait_and_nothing_else(world):
    agreement = agree("STANDARD-2", {(None, "resolve"): HOUR}, starts="approval")
    terms = terms_of(agreement)
    supplier = world.other
    with pytest.raises(DomainError) as refused:
        levels.check(Terms({**terms.values, "kind": "uc", "supplier_id": supplier.pk}, terms.targets))
    assert refused.value.field == "starts"
