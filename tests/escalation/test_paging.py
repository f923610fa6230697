"""Chains: call, wait, next, again, stop. Each call once, all of it told on the ticket."""

from datetime import timedelta

import pytest

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.escalation import paging, sweep
from itsm.escalation import services as escalation
from itsm.escalation.models import Page, PageCall
from itsm.notify import outbox
from itsm.notify.models import Message, Notice
from itsm.people.models import Absence
from itsm.records import timeline
from itsm.records.models import Record
from servicedesk.incidents import services

from . import oncall
from .test_sweep import late

pytestmark = pytest.mark.django_db
THREE = (("first", 5), ("second", 5), ("manager", 5))


@pytest.fixture
def called(world):
    """A P2 of N1, where agent is on call and teammate behind; the chain was begun and nobody called yet."""
    oncall.rota(world, world.agent, second=[world.teammate])
    incident = services.open_incident(
        actor=world.customer, requester=world.customer, title="Down", urgency=1, impact=2, at=now() - timedelta(hours=3)
    )
    page = paging.call_now(incident.pk, oncall.chain(*THREE), actor=world.lead, at=now() - timedelta(hours=2))
    return incident, page


def at(page, minutes, monkeypatch):
    """The sweep at so many minutes after the page began."""
    monkeypatch.setattr(paging, "now", lambda: page.started_at + timedelta(minutes=minutes))
    return paging.sweep()


def calls(page) -> list[tuple]:
    rows = PageCall.objects.filter(page=page).order_by("pk").select_related("user")
    return [(c.round, c.user.username if c.user else None, c.outcome) for c in rows]


def test_one_after_the_other_round_after_round_until_the_end(world, called, monkeypatch):
    incident, page = called
    done = [at(page, minutes, monkeypatch) for minutes in (0, 4, 5, 10, 15, 20, 25, 29, 30, 99)]
    assert done == [1, 0, 1, 1, 1, 1, 1, 0, 1, 0]
    people = ["agent", "teammate", "lead"]
    assert calls(page) == [(n, who, "silent") for n in (1, 2) for who in people]
    page.refresh_from_db()
    assert (page.state, page.next_at) == ("exhausted", None)
    while outbox.drain():
        pass
    assert Message.objects.filter(template="oncall_call", record=incident).count() == 6
    assert Notice.objects.filter(template="oncall_silent", user=world.lead).count() == 1
    said = [line.sentence for line in timeline.timeline(Record.objects.get(pk=incident.pk), agent=True)]
    assert sum("Morel" in sentence for sentence in said) == 2


def test_who_answers_stops_the_chain_and_has_the_ticket(world, called, monkeypatch):
    incident, page = called
    at(page, 0, monkeypatch)
    paging.answer(page.pk, actor=world.agent, how="page")
    paging.answer(page.pk, actor=world.teammate, how="mail")
    assert at(page, 60, monkeypatch) == 0
    page.refresh_from_db()
    taken = Record.objects.get(pk=incident.pk)
    assert (page.state, page.answered_by, taken.assignee, taken.state) == (
        "answered", world.agent, world.agent, "in_progress",
    )  # fmt: skip
    assert calls(page) == [(1, "agent", "answered")]


@pytest.mark.parametrize("act", ["acknowledge", "resolve", "cancel"])
def test_a_ticket_taken_or_solved_in_the_usual_way_ends_it_too(world, called, monkeypatch, act):
    incident, page = called
    at(page, 0, monkeypatch)
    more = {
        "acknowledge": {}, "resolve": {"resolution_code": world.solved, "resolution": "ok"}, "cancel": {"reason": "no"},
    }[act]  # fmt: skip
    getattr(services, act)(incident.pk, actor=world.agent, **more)
    while outbox.drain():
        pass
    page.refresh_from_db()
    assert page.state == ("answered" if act == "acknowledge" else "ended")
    assert at(page, 60, monkeypatch) == 0


def test_the_sweep_sees_it_even_before_the_outbox_is_drained(world, called, monkeypatch):
    incident, page = called
    at(page, 0, monkeypatch)
    services.acknowledge(incident.pk, actor=world.teammate)
    assert at(page, 5, monkeypatch) == 1
    page.refresh_from_db()
    assert (page.state, page.answered_by, len(calls(page))) == ("answered", world.teammate, 1)


def test_passing_on_calls_the_next_one_at_once(world, called, monkeypatch):
    _incident, page = called
    at(page, 0, monkeypatch)
    paging.pass_on(page.pk, actor=world.agent, at=page.started_at + timedelta(minutes=1))
    assert at(page, 1, monkeypatch) == 1
    assert calls(page) == [(1, "agent", "passed"), (1, "teammate", "called")]
    with pytest.raises(DomainError):
        paging.pass_on(page.pk, actor=world.mainframe)


def test_a_p1_calls_a_whole_round_at_once_where_the_chain_says_so(world, monkeypatch):
    oncall.rota(world, world.agent, second=[world.teammate])
    incident = services.open_incident(actor=world.lead, requester=world.customer, title="Down", urgency=1, impact=1)
    page = paging.call_now(incident.pk, oncall.chain(*THREE, p1_skips_waits=True), actor=None)
    assert at(page, 0, monkeypatch) == 1
    assert [who for _round, who, _outcome in calls(page)] == ["agent", "teammate", "lead"]
    page.refresh_from_db()
    assert page.next_at == page.started_at + timedelta(minutes=5)


def test_nobody_on_call_is_told_and_nobody_waits_for_nobody(world, monkeypatch):
    incident = services.open_incident(actor=world.lead, requester=world.customer, title="Down", urgency=1)
    steps = (("first", 5), ("person", 5, {"user": world.stranger}), ("leader", 5))
    page = paging.call_now(incident.pk, oncall.chain(*steps), actor=None)
    assert at(page, 0, monkeypatch) == 1
    assert calls(page) == [(1, None, "nobody"), (1, "stranger", "unable"), (1, "lead", "called")]


def test_where_substitutes_point_at_each_other_the_second_line_is_called_at_once(world, monkeypatch):
    """A is replaced by B and B by A: nobody is in the first line, so that nobody is waited for."""
    oncall.rota(world, world.agent, second=[world.lead])
    day = timedelta(days=1)
    for person, substitute in ((world.agent, world.teammate), (world.teammate, world.agent)):
        Absence.objects.create(user=person, substitute=substitute, starts_at=now() - day, ends_at=now() + day)
    incident = services.open_incident(actor=world.lead, requester=world.customer, title="Down", urgency=1)
    page = paging.call_now(incident.pk, oncall.chain(("first", 5), ("second", 5)), actor=None)
    assert at(page, 0, monkeypatch) == 1
    assert calls(page) == [(1, None, "nobody"), (1, "lead", "called")]


def test_the_substitute_of_the_substitute_is_called(world, monkeypatch):
    oncall.rota(world, world.agent)
    day = timedelta(days=1)
    for person, substitute in ((world.agent, world.teammate), (world.teammate, world.lead)):
        Absence.objects.create(user=person, substitute=substitute, starts_at=now() - day, ends_at=now() + day)
    incident = services.open_incident(actor=world.lead, requester=world.customer, title="Down", urgency=1)
    page = paging.call_now(incident.pk, oncall.chain(("first", 5)), actor=None)
    assert at(page, 0, monkeypatch) == 1
    assert calls(page) == [(1, "lead", "called")]


def test_one_chain_at_a_time_and_none_for_what_is_solved(world, called):
    incident, page = called
    with pytest.raises(IllegalMove):
        paging.call_now(incident.pk, page.chain, actor=world.lead)
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="ok")
    Page.objects.update(state="ended", next_at=None, ended_at=now())
    with pytest.raises(IllegalMove):
        paging.call_now(incident.pk, page.chain, actor=world.lead)


def test_a_policy_calls_the_on_call(world):
    oncall.rota(world, world.agent)
    made = oncall.chain(("first", 5))
    escalation.create_policy(
        actor=world.admin, code="P", name_fr="P", name_en="P", metric="resolve", organisation_id=world.lumen.pk,
        steps=[{"percent": 50, "actions": [{"do": "page", "chain": made.code}]}],
    )  # fmt: skip
    incident = late(world)
    assert sweep.sweep() == 1
    assert paging.sweep() == 1
    assert calls(Page.objects.get(record=incident)) == [(1, "agent", "called")]


def test_a_page_that_fails_does_not_stop_the_others(world, called, monkeypatch):
    _incident, page = called
    other = services.open_incident(actor=world.lead, requester=world.customer, title="Also down", urgency=1)
    second = paging.call_now(other.pk, page.chain, actor=None)
    people = paging._people
    monkeypatch.setattr(
        paging, "_people", lambda step, record, at: 1 / 0 if record.pk == page.record_id else people(step, record, at)
    )
    assert paging.sweep() == 1
    assert len(calls(second)) == 1
    page.refresh_from_db()
    assert page.next_at > now()
