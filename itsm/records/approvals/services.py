"""The approval engine: begin a rule on a record, take answers, go on to the next stage, end it. The record is locked first.

Each act is one transaction: two approvers who answer at once do it one after the other, and the second sees what the first
has brought about. A second answer of the same person to the same question changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, NotAllowed

from .. import approving, freshness, moves, processes
from ..models import Approval, ApprovalRun, Record
from . import access, seats
from .rules import Rule, Stage, parse
from .seats import Seat

State, Instead = Approval.State, Approval.Instead
Run = ApprovalRun.State
LONGEST = 4000


@transaction.atomic
def begin(
    pk: int, rule: Mapping | None, *, actor, facts: Mapping[str, Any] | None = None, at: datetime | None = None
) -> ApprovalRun:
    """Ask the first stage of a rule. Without a stage that applies to the answers (`facts`) the record is granted at once.

    IllegalMove while another rule is at work on the record.
    """
    record = _lock(pk)
    at = at or now()
    if ApprovalRun.objects.filter(record_id=pk, state=Run.RUNNING).exists():
        raise IllegalMove(_("%(number)s is being approved already.") % {"number": record.number})
    parsed = parse(rule)
    last = Approval.objects.filter(record_id=pk).order_by("-stage").values_list("stage", flat=True).first() or 0
    run = ApprovalRun.objects.create(
        record_id=pk,
        rule=dict(rule or {}),
        facts=dict(facts or {}),
        offset=last,
        stage=last,
        started_at=at,
        started_by=actor,
    )
    _go_on(record, run, parsed, actor=actor, at=at)
    return run


@transaction.atomic
def answer(
    pk: int, *, actor, approve: bool, reason: str = "", how: str = "page", at: datetime | None = None
) -> Approval:
    """Take one person's yes or no. NotAllowed for who was not asked, IllegalMove when it is decided otherwise already.

    Who stands in for somebody away answers in their own name (`decided_by`).
    """
    record = _lock(Approval.objects.values_list("record_id", flat=True).get(pk=pk))
    approval = Approval.objects.select_related("run", "approver").get(pk=pk)
    wanted, reason = State.APPROVED if approve else State.REFUSED, reason.strip()[:LONGEST]
    if approval.state != State.PENDING:
        if approval.state == wanted and approval.decided_by_id == actor.pk:
            return approval
        raise IllegalMove(over_text(approval))
    if not access.may_answer(actor, approval, record):
        raise NotAllowed(_("This question is asked of %(person)s.") % {"person": approval.approver.display_name})
    if not approve and not reason:
        raise DomainError(_("Say why you refuse."), field="reason")
    at = at or now()
    _close(approval, wanted, at=at, actor=actor, reason=reason)
    verb = "approval_given" if approve else "approval_declined"
    data = {"approval": approval.pk, "reason": reason, "how": how}
    if actor.pk != approval.approver_id:
        data["person"] = approval.approver_id
    _tell(record, verb, "approval.answered", actor=actor, data=data, at=at)
    if approval.run:
        _settle(record, approval.run, actor=actor, at=at)
    return approval


@transaction.atomic
def withdraw(pk: int, *, actor, reason: str = "", at: datetime | None = None) -> bool:
    """Nobody needs to answer any more: the record was cancelled, or is to be submitted anew. False when nothing was asked."""
    record = _lock(pk)
    run = ApprovalRun.objects.filter(record_id=pk, state=Run.RUNNING).first()
    at = at or now()
    left = _withdraw_pending(Approval.objects.filter(record_id=pk), at)
    if run:
        _end(run, Run.WITHDRAWN, at)
    if run or left:
        _tell(
            record, "approvals_withdrawn", "approval.withdrawn", actor=actor, data={"approvals": left, "reason": reason}, at=at
        )  # fmt: skip
    return bool(run or left)


def over_text(approval: Approval) -> str:
    """Why nobody can answer any more, for people."""
    if approval.decided_by:
        words = {"person": approval.decided_by.display_name, "state": approval.get_state_display().lower()}
        return _("%(person)s has answered already: %(state)s.") % words
    if approval.state == State.EXPIRED:
        return _("The time to answer is over.")
    if approval.state == State.HANDED_ON:
        return _("Somebody else is asked now.")
    return _("Nobody needs to answer any more.")


def expire(record: Record, approval: Approval, *, at: datetime) -> None:
    """The deadline of a pending question has come; the record is locked. It is refused by silence, or asked further up."""
    run = approval.run
    stage = stage_of(approval)
    _close(approval, State.EXPIRED, at=at, actor=None, reason="")
    seat = None
    if run and stage and stage.on_expiry == "escalate":
        taken = Approval.objects.filter(record_id=record.pk, stage=approval.stage).values_list("approver_id", flat=True)
        seat = seats.above(record, approval.approver_id, taken)
    if run and stage and seat:
        seat = Seat(seat.person_id, approval.why, seat.instead, seat.instead_of_id)
        (asked,) = _ask(record, run, stage, approval.stage, [seat], actor=None, at=at)
        data = {"approval": asked.pk, "from": approval.approver_id, "person": asked.approver_id}
        _tell(record, "approval_escalated", "approval.escalated", actor=None, data=data, at=at)
        return
    data = {"approval": approval.pk, "person": approval.approver_id}
    _tell(record, "approval_expired", "approval.expired", actor=None, data=data, at=at)
    if run:
        _settle(record, run, actor=None, at=at)


def hand_on(record: Record, approval: Approval, *, reason: str, at: datetime) -> bool:
    """Who was asked can answer no more (`reason`, an `Instead`); the record is locked. Somebody else is asked in their place.

    Where nobody is left the question stays, and administrators learn of it once. False when they know already.
    """
    run, stage = approval.run, stage_of(approval)
    if run is None or stage is None:
        return False
    seat = seats.next_for(record, stage, approval, reason)
    data = {"from": approval.approver_id, "why": reason}
    if seat is None:
        if approval.stranded_at:
            return False
        approval.stranded_at = at
        approval.save(update_fields=["stranded_at"])
        _tell(record, "approval_stranded", "approval.stranded", actor=None, data=data, at=at)
        return True
    _close(approval, State.HANDED_ON, at=at, actor=None, reason="")
    (asked,) = _ask(record, run, stage, approval.stage, [seat], actor=None, at=at)
    data |= {"approval": asked.pk, "person": asked.approver_id}
    _tell(record, "approval_handed_on", "approval.handed_on", actor=None, data=data, at=at)
    return True


def stage_of(approval: Approval) -> Stage | None:
    """The stage of the rule that asked; None without a rule."""
    if approval.run is None:
        return None
    return kept_rule(approval.run).stages[position(approval.run, approval.stage) - 1]


def kept_rule(run: ApprovalRun) -> Rule:
    """The rule as it was asked. The people it names may have left since."""
    return parse(run.rule, check_names=False)


def position(run: ApprovalRun, stage: int) -> int:
    """Which stage of its rule (from 1) a stage of the record is: those that did not apply have no row, but keep their number."""
    return stage - run.offset


def _tell(record: Record, verb: str, topic: str, **more) -> None:
    """The entry and the fact; open pages and counters learn of it too."""
    moves.tell(record, verb, topic, **more)
    freshness.tell(record)


def _lock(pk: int) -> Record:
    return Record.objects.locked().get(pk=pk)


def _go_on(record: Record, run: ApprovalRun, rule: Rule, *, actor, at: datetime) -> None:
    """Ask the next stage; those that everybody approved in an earlier one are passed. After the last the record is granted."""
    while number := rule.next(position(run, run.stage), run.facts):
        stage = rule.stages[number - 1]
        run.stage = run.offset + number
        found = _ask(record, run, stage, run.stage, seats.seats(record, stage), actor=actor, at=at)
        run.save(update_fields=["stage"])
        verdict = _verdict(stage, [each.state for each in found])
        if verdict is None:
            pending = [each for each in found if each.state == State.PENDING]
            data = {
                "approvals": [each.pk for each in pending], "people": [each.approver_id for each in pending],
                "stage": rule.applying(run.facts).index(number) + 1, "stages": len(rule.applying(run.facts)),
            }  # fmt: skip
            if own := _left_out(record, stage, pending):
                data["own"] = own
            _tell(record, "approval_asked", "approval.asked", actor=actor, data=data, at=at)
            return
        # Approved as far as it needs by those who said yes before: what is left of it needs no answer.
        _withdraw_pending(Approval.objects.filter(run=run, stage=run.stage), at)
    _end(run, Run.GRANTED, at)
    process = processes.get(record.kind)
    if process.approvals:
        granted = approving.grant(record.pk, actor=actor, at=at)
        if process.on_approved:
            process.on_approved(granted, actor, at)
    else:
        _tell(record, "approvals_granted", "approval.granted", actor=actor, data={}, at=at)
        if process.on_approved:
            process.on_approved(record, actor, at)


def _left_out(record: Record, stage: Stage, asked: list[Approval]) -> list[int]:
    """Who would have been asked if it were not their own request."""
    replaced = [each.instead_of_id for each in asked if each.instead in (Instead.SELF, Instead.SUBMITTER)]
    return list(dict.fromkeys([*filter(None, replaced), *seats.left_out(record, stage)]))


def _ask(
    record: Record, run: ApprovalRun, stage: Stage, number: int, found: list[Seat], *, actor, at: datetime
) -> list[Approval]:
    due = stage.due.after(at, record.organisation_id) if stage.due else None
    remind = stage.remind.after(at, record.organisation_id) if stage.remind else None
    if due and remind and remind >= due:
        remind = None
    said = dict(
        Approval.objects.filter(run=run, state=State.APPROVED)
        .order_by("pk")
        .values_list("approver_id", "decided_by_id")
    )
    rows = []
    for seat in found:
        row = Approval(
            record_id=record.pk, run=run, approver_id=seat.person_id, stage=number, asked_at=at, asked_by=actor,
            due_at=due, remind_at=remind, next_step_at=remind or due, why=seat.why, instead=seat.instead,
            instead_of_id=seat.instead_of_id,
        )  # fmt: skip
        if seat.person_id in said and not seat.instead:
            row.state, row.decided_at, row.decided_by_id = State.APPROVED, at, said[seat.person_id]
            row.instead, row.next_step_at = Instead.EARLIER, None
        rows.append(row)
    return Approval.objects.bulk_create(rows)


def _settle(record: Record, run: ApprovalRun, *, actor, at: datetime) -> None:
    """What the answers of the stage amount to: go on, stop, or wait for more."""
    run = ApprovalRun.objects.get(pk=run.pk)
    if run.state != Run.RUNNING:
        return
    rule = kept_rule(run)
    stage = rule.stages[position(run, run.stage) - 1]
    rows = Approval.objects.filter(run=run, stage=run.stage)
    verdict = _verdict(stage, list(rows.exclude(_passed_on(rows)).values_list("state", flat=True)))
    if verdict is None:
        return
    _withdraw_pending(rows, at)
    if verdict:
        _go_on(record, run, rule, actor=actor, at=at)
    else:
        _refuse(record, run, rows, actor=actor, at=at)


def _passed_on(rows) -> Q:
    """Questions that expired and went up, or were handed on: somebody else's answer counts in their place."""
    gone = rows.filter(instead=Instead.ESCALATED).values_list("instead_of_id", flat=True)
    return Q(state=State.HANDED_ON) | Q(state=State.EXPIRED, approver_id__in=list(gone))


def _verdict(stage: Stage, states: list[str]) -> bool | None:
    """True: enough agree. False: enough cannot agree any more. None: it is still open."""
    needed = stage.quorum.needed(len(states))
    yes, open_ = states.count(State.APPROVED), states.count(State.PENDING)
    if yes >= needed:
        return True
    return None if yes + open_ >= needed else False


def _refuse(record: Record, run: ApprovalRun, rows, *, actor, at: datetime) -> None:
    """The record goes where its process says; its requester is told the reason."""
    _end(run, Run.REFUSED, at)
    no = rows.filter(state=State.REFUSED).order_by("-decided_at", "-pk").first()
    reason = no.reason if no else ""
    data = {"reason": reason, "person": no.decided_by_id if no else None, "expired": no is None}
    process = processes.get(record.kind)
    if process.refusal:
        with moves.apply(process.model, record.pk, process.refusal, actor=actor, at=at, quiet=True) as change:
            change.note(reason=reason or _("Nobody answered in time."), not_approved=True, expired=no is None)
            if process.on_refused:
                process.on_refused(change, reason)
    _tell(record, "approvals_refused", "approval.refused", actor=actor, data=data, at=at)


def _close(approval: Approval, state: str, *, at: datetime, actor, reason: str) -> None:
    approval.state, approval.decided_at, approval.decided_by = state, max(at, approval.asked_at), actor
    approval.reason, approval.next_step_at = reason, None
    approval.save(update_fields=["state", "decided_at", "decided_by", "reason", "next_step_at"])


def _withdraw_pending(rows, at: datetime) -> list[int]:
    left = list(rows.filter(state=State.PENDING).order_by("pk"))
    for row in left:
        _close(row, State.WITHDRAWN, at=at, actor=None, reason="")
    return [row.pk for row in left]


def _end(run: ApprovalRun, state: str, at: datetime) -> None:
    run.state, run.ended_at = state, max(at, run.started_at)
    run.save(update_fields=["state", "ended_at"])
