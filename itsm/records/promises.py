"""What a record's promises depend on, read from the record as it is and as it was before an act."""

from dataclasses import replace
from datetime import datetime

from itsm.audit.models import Entry
from itsm.levels import agreements
from itsm.levels.agreements import Facts, local_date
from itsm.levels.clocks import awaits_approval, plan
from itsm.levels.engine import Happening, Situation, follow, start
from itsm.levels.models import Clock, Metric
from itsm.levels.obeying import called_off

from . import fields, processes
from .models import Hop, Phase, Record
from .reference import categories, hold_reasons

# Changes of these may change a promise or how a clock runs; nothing else does.
DECIDE = frozenset(
    {
        "phase", "priority", "acknowledged_at", "first_response_at", "organisation_id", "service_id", "category_id", "requester_id",
        "team_id", "level", "hold_reason_id", "hold_supplier_id",
    }
)  # fmt: skip
# Of these, whoever plans the steps of a clock asks too.
STEPPED = frozenset({"priority", "organisation_id"})
# The move of every process by which the last approval of a record is given (`approving.grant`).
APPROVE = "approve"
CHANGED = [
    "state", "conditions", "calendar", "frozen", "agreement", "target_seconds", "counted_from", "since", "elapsed_seconds", "segments", "events",
    "due_at", "step", "repeats", "next_step_at", "failures", "stopped_at", "met",
]  # fmt: skip


def first_clocks(record: Record, at) -> list[Clock]:
    """The unsaved clocks of a new record."""
    return start(record, replace(situation(record, {}), unapproved=processes.get(record.kind).approvals), at)


def affected(change) -> bool:
    """May this act change a clock?"""
    if DECIDE & change.before.keys() or change.move.name in ("acknowledge", APPROVE):
        return True
    if agreements.conditional() and fields.COLUMNS & change.before.keys():
        return True
    return spoken(change) and agreements.speaks_of(Metric.UPDATE)


def run(change) -> tuple[list[Clock], list[Clock], list[Clock]]:
    """(all clocks, those that changed, new ones) after an act on a locked record."""
    record = change.record
    clocks = list(Clock.objects.filter(record_id=record.pk).order_by("pk"))
    for clock in clocks:
        clock.record = record
    before, after, approved = situation(record, change.before), situation(record, {}), change.move.name == APPROVE
    after = replace(after, unapproved=not approved and _unapproved(record, clocks))
    done = Happening(
        change.at, taken=change.move.name == "acknowledge", spoken=spoken(change), approved=approved,
        held_since=lambda: _held_since(record), taken_since=lambda at: _taken_since(record, at),
    )  # fmt: skip
    changed, new = follow(record, clocks, before, after, done)
    if STEPPED & change.before.keys():
        changed += _stepped_otherwise(clocks, [*changed, *new])
    return clocks, changed, new


def _unapproved(record: Record, clocks: list[Clock]) -> bool:
    """Is the last approval still to come? Its clocks know, where one waits for it; else its state and its history do."""
    unbegun = [clock for clock in clocks if clock.state == Clock.State.WAITING or called_off(clock)]
    if any(awaits_approval(clock) for clock in unbegun):
        return True
    process = processes.get(record.kind)
    if not process.approvals or record.state not in process.lifecycle.moves[APPROVE].sources:
        return False
    given = Entry.objects.filter(subject_kind="record", subject_id=record.pk, verb=approval_verb(process))
    return not given.exists()


def approval_verb(process) -> str:
    """What the history calls the last approval of a record; empty where a process asks for none."""
    move = process.lifecycle.moves.get(APPROVE)
    return f"{process.kind}.{move.verb or move.name}" if move else ""


def _held_since(record: Record) -> datetime | None:
    """When the stay in the team that holds it began."""
    return Hop.objects.filter(record_id=record.pk, ended_at=None).values_list("started_at", flat=True).first()


def _taken_since(record: Record, at: datetime) -> bool:
    """Did anybody take charge of it since then?"""
    if record.acknowledged_at is not None and record.acknowledged_at >= at:
        return True
    acts = Entry.objects.filter(subject_kind="record", subject_id=record.pk, at__gte=at)
    return acts.filter(verb=f"{record.kind}.acknowledged").exists()


def _stepped_otherwise(clocks: list[Clock], known: list[Clock]) -> list[Clock]:
    """Running clocks whose next step falls elsewhere now, though their promise is the same: another policy applies."""
    found = []
    for clock in clocks:
        if clock.state == Clock.State.RUNNING and not any(clock is each for each in known):
            before = clock.next_step_at
            plan(clock)
            if clock.next_step_at != before:
                found.append(clock)
    return found


def spoken(change) -> bool:
    """Did the desk say something to the requester?"""
    return any(said.public and said.author_id not in (None, change.record.requester_id) for said in change.comments)


def situation(record: Record, old: dict) -> Situation:
    """The record with `old` values put back where they are given."""

    def was(name: str):
        return old.get(name, getattr(record, name))

    reason = hold_reasons.get().get(was("hold_reason_id")) if was("phase") == Phase.WAITING else None
    return Situation(
        phase=was("phase"), facts=_facts(record, was), acknowledged=was("acknowledged_at") is not None,
        answered=was("first_response_at") is not None, pauses=reason is None or reason.flags["pauses_clock"],
        supplier=was("hold_supplier_id") if reason and reason.flags["waits_for_supplier"] else None, reason=was("hold_reason_id"),
        fields=fields.Fields(record, was),
    )  # fmt: skip


def facts_of(record: Record) -> Facts:
    """What decides which agreement applies to a record now."""
    return _facts(record, lambda name: getattr(record, name))


def _facts(record: Record, was) -> Facts:
    requester_id = was("requester_id")
    return Facts(
        organisation_id=was("organisation_id"), kind=record.kind, priority=was("priority"), on=local_date(record.opened_at),
        service_id=was("service_id"), team_id=was("team_id"), level=was("level"),
        supplier_id=was("hold_supplier_id"),
        categories=lambda: _lineage(was("category_id")), is_vip=lambda: _is_vip(record, requester_id),
    )  # fmt: skip


def _lineage(category_id: int | None) -> tuple[int, ...]:
    row = categories.get().get(category_id) if category_id else None
    return (row.lineage or (row.pk,)) if row else ()


def _is_vip(record: Record, requester_id: int | None) -> bool:
    if requester_id is None or not agreements.depend_on_vip():
        return False
    if record.requester_id == requester_id:
        return bool(record.requester and record.requester.vip)
    return Record._meta.get_field("requester").related_model.objects.filter(pk=requester_id, vip=True).exists()
