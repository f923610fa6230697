"""A chain that runs for a record: call, wait, call the next, until somebody answers. Each call once, whatever runs twice or dies.

Due pages come from a partial index without a lock; the record is then claimed with SKIP LOCKED (records first, always), the
page is read again under that lock, and the call is noted with its entry and its outbox row in one transaction.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.core.registry import Registry
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.records import assignable, moves, processes
from itsm.records.models import Phase, Record

from . import rotas
from .models import Chain, ChainStep, Page, PageCall
from .rules import Step

logger = logging.getLogger(__name__)
RETRY = timedelta(minutes=1)
State, Outcome, Who = Page.State, PageCall.Outcome, ChainStep.Who
# By kind of record: take it in charge for a person who answered.
TAKERS: Registry[Callable[[int, User], Any]] = Registry("taker")


def begin(record: Record, chain: Chain, *, actor, at: datetime, data: dict | None = None) -> Page | None:
    """Call people for a record that the caller has locked; None when a chain runs for it already."""
    if Page.objects.filter(record_id=record.pk, state=State.RUNNING).exists():
        return None
    page = Page.objects.create(record_id=record.pk, chain=chain, started_at=at, next_at=at)
    moves.tell(
        record, "paged", "record.paged", actor=actor, at=at, data={"chain": chain.code, "page": page.pk} | (data or {})
    )
    return page


def take_step(step: Step, given: dict) -> None:
    """The act of a policy's step that calls the on-call."""
    chain = Chain.objects.filter(code=given["chain"], active=True).first()
    if chain is None:
        logger.warning("The chain %s of policy %s is not in use.", given["chain"], step.policy)
        return
    begin(step.record, chain, actor=None, at=step.at, data=step.told)


@transaction.atomic
def call_now(record_id: int, chain: Chain, *, actor, at: datetime | None = None) -> Page:
    """A person has the on-call called for a record."""
    record = _locked(record_id)
    if not record.is_active:
        raise IllegalMove(_("This ticket is solved: nobody needs to be called."))
    page = begin(record, chain, actor=actor, at=at or now())
    if page is None:
        raise IllegalMove(_("Somebody is being called for this ticket already."))
    return page


def sweep(limit: int = 200, *, at: datetime | None = None) -> int:
    """Do what is due on every page that runs, oldest first. Returns how many were dealt with by this call. `at`: see the sweep of clocks."""
    at = at or now()
    due = Page.objects.filter(state=State.RUNNING, next_at__lte=at).order_by("next_at", "pk")
    return sum(_take(pk, record_id, at) for pk, record_id in list(due.values_list("pk", "record_id")[:limit]))


def _take(pk: int, record_id: int, at: datetime) -> bool:
    try:
        with transaction.atomic():
            return _take_locked(pk, record_id, at)
    except Exception:
        logger.exception("The page %s could not go on; it is tried again in a minute.", pk)
        Page.objects.filter(pk=pk, state=State.RUNNING).update(next_at=at + RETRY)
        return False


def _take_locked(pk: int, record_id: int, at: datetime) -> bool:
    record = Record.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(pk=record_id).first()
    page = Page.objects.filter(pk=pk, state=State.RUNNING, next_at__lte=at).first() if record else None
    if record is None or page is None:
        return False
    if not _needed(page, record, at):
        return True
    _hear_nobody(page, at)
    steps = list(page.chain.steps.order_by("position").select_related("rota", "user"))
    wait = 0
    while wait == 0:
        if page.position >= len(steps):
            page.round, page.position = page.round + 1, 0
        if not steps or page.round > page.chain.rounds:
            _end(page, State.EXHAUSTED, at)
            moves.tell(
                record,
                "page_exhausted",
                "record.page_exhausted",
                actor=None,
                at=at,
                data={"chain": page.chain.code, "page": pk},
            )
            return True
        step = steps[page.position]
        page.position += 1
        reached = _call(page, step, record, at)
        wait = _wait(page, step, steps, record, reached)
    page.next_at = at + timedelta(minutes=wait)
    page.save(update_fields=["round", "position", "next_at"])
    return True


def _needed(page: Page, record: Record, at: datetime) -> bool:
    """Is there still somebody to be called? The record may have been taken in charge, or be solved, in the meantime."""
    if record.phase in (Phase.RESOLVED, Phase.CLOSED):
        _end(page, State.ENDED, at)
        return False
    if record.acknowledged_at and record.acknowledged_at > page.started_at:
        _end(page, State.ANSWERED, at, by=record.assignee_id)
        return False
    return True


def _wait(page: Page, step: ChainStep, steps: list[ChainStep], record: Record, reached: bool) -> int:
    """Minutes until the next call. Nobody waits for nobody, and a P1 for nobody but the end of the round."""
    if page.position < len(steps):
        return step.wait_minutes if reached and not (record.priority == 1 and page.chain.p1_skips_waits) else 0
    return max(1, *(each.wait_minutes for each in steps)) if record.priority == 1 else max(1, step.wait_minutes)


def _call(page: Page, step: ChainStep, record: Record, at: datetime) -> bool:
    """Call everybody whom a step means; False when there is nobody who could answer."""
    people = {pk: None for pk in _people(step, record, at) if pk}
    known = User.objects.filter(is_active=True).in_bulk(people)
    calls = []
    for pk in people:
        person = known.get(pk)
        outcome = Outcome.CALLED if person and assignable.may_hold(record, person) else Outcome.UNABLE
        calls.append(_noted(page, step, record, at, pk, outcome))
    if not calls:
        _noted(page, step, record, at, None, Outcome.NOBODY)
    return any(call.outcome == Outcome.CALLED for call in calls)


def _noted(page: Page, step: ChainStep, record: Record, at: datetime, user_id: int | None, outcome: str) -> PageCall:
    call = PageCall.objects.create(
        page=page, at=at, round=page.round, step=page.position, who=step.who, user_id=user_id, outcome=outcome,
        settled_at=None if outcome == Outcome.CALLED else at,
    )  # fmt: skip
    data = {
        "call": call.pk, "page": page.pk, "chain": page.chain.code, "round": page.round, "call_step": page.position, "who": step.who,
        "user": user_id, "outcome": outcome,
    }  # fmt: skip
    moves.tell(record, "called", "record.called", actor=None, at=at, data=data)
    return call


def _people(step: ChainStep, record: Record, at: datetime) -> list[int | None]:
    """Whom a step means for a record at an instant."""
    team = directory.get().teams.get(record.team_id or 0)
    desk = directory.get().teams_by_code.get(settings.DEFAULT_TEAM)
    match step.who:
        case Who.PERSON:
            return [step.user_id]
        case Who.LEADER:
            return [team.leader_id if team else None]
        case Who.MANAGER:
            return [desk.leader_id if desk else None]
    rank = 1 if step.who == Who.FIRST else 2
    if step.rota:
        shift = rotas.on_call(step.rota, at, rank=rank) if step.rota.active else None
        return [shift.user_id] if shift else []
    return [shift.user_id for shift in rotas.who_is_on_call(record.team_id, at, rank=rank)] if record.team_id else []


@transaction.atomic
def answer(pk: int, *, actor: User, how: str, at: datetime | None = None) -> Page:
    """“I take it”: the chain stops and the record is taken in charge. A second time, or too late, changes nothing."""
    page = Page.objects.get(pk=pk)
    record, at = _locked(page.record_id), at or now()
    page.refresh_from_db()
    if page.state != State.RUNNING or not _needed(page, record, at):
        return page
    _settle(page, actor, at)
    data = {"page": pk, "how": how, "seconds": int((at - page.started_at).total_seconds())}
    moves.tell(record, "page_answered", "record.page_answered", actor=actor, at=at, data=data)
    take = TAKERS.find(record.kind)
    if take and record.is_active:
        take(record.pk, actor)
    return page


@transaction.atomic
def pass_on(pk: int, *, actor: User, at: datetime | None = None) -> Page:
    """Who was called cannot: the next one is called at once."""
    page = Page.objects.get(pk=pk)
    record, at = _locked(page.record_id), at or now()
    page.refresh_from_db()
    if page.state != State.RUNNING:
        return page
    mine = PageCall.objects.filter(page=page, user=actor, outcome__in=[Outcome.CALLED, Outcome.SILENT])
    if not mine.update(outcome=Outcome.PASSED, settled_at=at):
        raise DomainError(_("You are not being called for this ticket."))
    page.next_at = at
    page.save(update_fields=["next_at"])
    moves.tell(record, "page_passed", "record.page_passed", actor=actor, at=at, data={"page": pk})
    return page


@transaction.atomic
def stop_for(record_id: int, *, since: datetime, person_id: int | None, answered: bool) -> None:
    """The record was taken in charge or solved at `since`: a chain that ran then has nobody left to call."""
    record = _locked(record_id)
    page = Page.objects.filter(record_id=record.pk, state=State.RUNNING, started_at__lte=since).first()
    if page and answered:
        _settle(page, User.objects.filter(pk=person_id).first(), since)
    elif page:
        _end(page, State.ENDED, since)


def _locked(record_id: int) -> Record:
    """The record locked as every act on it locks it, so that two never wait for each other crosswise."""
    kind = Record.objects.values_list("kind", flat=True).get(pk=record_id)
    return processes.get(kind).model.objects.locked().get(pk=record_id)


def _settle(page: Page, actor: User | None, at: datetime) -> None:
    if actor:
        mine = PageCall.objects.filter(
            page=page, user=actor, outcome__in=[Outcome.CALLED, Outcome.SILENT, Outcome.PASSED]
        )
        mine.update(outcome=Outcome.ANSWERED, settled_at=at)
    _end(page, State.ANSWERED, at, by=actor.pk if actor else None)


def _hear_nobody(page: Page, at: datetime) -> None:
    PageCall.objects.filter(page=page, outcome=Outcome.CALLED).update(outcome=Outcome.SILENT, settled_at=at)


def _end(page: Page, state: str, at: datetime, *, by: int | None = None) -> None:
    _hear_nobody(page, at)
    page.state, page.next_at, page.ended_at, page.answered_by_id = state, None, max(at, page.started_at), by
    page.save(update_fields=["state", "next_at", "ended_at", "answered_by", "round", "position"])
