"""Task plans at work: start one on a record, finish, skip, fail and retry its tasks, stop it. The record is locked first.

A task opens only when what it waits for is over (done or skipped). When all tasks of all plans of a record are over, its
process hears of it (`Process.on_tasks_done`) in the same transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.notify import outbox
from itsm.people.directory import directory
from itsm.people.models import User

from .. import freshness, moves, processes
from ..approvals import seats
from ..approvals.rules import Ask
from ..models import Phase, PlanRun, Record, Task
from . import definition
from .definition import Step

Outcome = Task.Outcome
LONGEST = 4000
MOST_TASKS = 100


@transaction.atomic
def start(
    pk: int, plan: Mapping | None, *, actor, facts: Mapping[str, Any] | None = None, at: datetime | None = None
) -> PlanRun:
    """Put a plan on a record and open the tasks that wait for nothing. Conditions read the answers (`facts`).

    A plan without a task that applies is over at once.
    """
    record, at = _lock(pk), at or now()
    parsed = definition.parse(plan)
    steps = parsed.applying(facts or {})
    if Task.objects.filter(record_id=pk).count() + len(steps) > MOST_TASKS:
        raise DomainError(_("A record has at most %(n)s tasks.") % {"n": MOST_TASKS}, field=definition.FIELD)
    run = PlanRun.objects.create(
        record_id=pk, plan=dict(plan or {}), facts=dict(facts or {}), started_at=at, started_by=actor
    )
    language = record.language
    Task.objects.bulk_create(
        Task(
            record_id=pk, plan=run, step=step.key, action=step.action, title=step.title(language)[:200], body=step.body(language),
            team_id=_team(step.team), created_at=at, opened_at=None,
        )
        for step in steps
    )  # fmt: skip
    if steps:
        moves.tell(
            record, "plan_started", "task.planned", actor=actor, data={"plan": run.pk, "tasks": len(steps)}, at=at
        )
    _go_on(record, run, actor=actor, at=at)
    return run


@transaction.atomic
def finish(pk: int, *, actor, result: str = "", at: datetime | None = None) -> Task:
    """The task is done; what waited for it opens. Done twice is done once."""
    record, task = _held(pk)
    if task.done_at is not None and task.outcome == Outcome.DONE:
        return task
    _check_open(record, task)
    return _over(record, task, Outcome.DONE, "task_done", actor=actor, result=result, at=at or now())


@transaction.atomic
def skip(pk: int, *, actor, reason: str, at: datetime | None = None) -> Task:
    """The task is not needed after all; what waited for it opens. A reason is needed."""
    record, task = _held(pk)
    if task.outcome == Outcome.SKIPPED:
        return task
    _check_open(record, task)
    return _over(record, task, Outcome.SKIPPED, "task_skipped", actor=actor, result=_said(reason), at=at or now())


@transaction.atomic
def fail(pk: int, *, actor, reason: str, at: datetime | None = None) -> Task:
    """The task could not be done: it stays, holds up what waits for it, and can be tried again or skipped."""
    record, task = _held(pk)
    if task.outcome == Outcome.FAILED:
        return task
    _check_open(record, task)
    task.outcome, task.result = Outcome.FAILED, _said(reason)
    task.save(update_fields=["outcome", "result"])
    _tell(record, "task_failed", "task.failed", task, actor=actor, at=at or now())
    return task


@transaction.atomic
def retry(pk: int, *, actor, at: datetime | None = None) -> Task:
    """Try a failed task again; an automatic one runs again."""
    record, task = _held(pk)
    if task.outcome != Outcome.FAILED:
        raise IllegalMove(_("Only a failed task can be tried again."))
    _check_record(record)
    task.outcome, task.result = Outcome.DONE, ""
    task.save(update_fields=["outcome", "result"])
    _tell(record, "task_retried", "task.retried", task, actor=actor, at=at or now())
    if task.action:
        outbox.put("task.action", record=record, payload={"task": task.pk})
    return task


@transaction.atomic
def take(pk: int, *, actor, assignee: User | None) -> Task:
    """Give an open task to somebody, or back to its team."""
    record, task = _held(pk)
    _check_open(record, task)
    if task.assignee_id != getattr(assignee, "pk", None):
        task.assignee = assignee
        task.save(update_fields=["assignee"])
        freshness.tell(record)
        if assignee is not None and assignee != actor:
            outbox.put("task.opened", record=record, payload={"task": task.pk, "number": record.number})
    return task


@transaction.atomic
def stop(pk: int, *, actor, reason: str, at: datetime | None = None) -> int:
    """The record is cancelled or over: what is left of its plans is skipped, and nothing opens. How many tasks that were."""
    record, at = _lock(pk), at or now()
    left = list(Task.objects.filter(record_id=pk, plan__isnull=False, done_at=None).order_by("pk"))
    for task in left:
        task.opened_at = task.opened_at or at
        task.outcome, task.result, task.done_at, task.done_by = Outcome.SKIPPED, _said(reason), at, actor
    Task.objects.bulk_update(left, ["opened_at", "outcome", "result", "done_at", "done_by"])
    runs = PlanRun.objects.filter(record_id=pk, ended_at=None).update(ended_at=at, stopped=True)
    if runs:
        moves.tell(
            record, "plan_stopped", "task.stopped", actor=actor, data={"tasks": len(left), "reason": reason}, at=at
        )
    return len(left)


def report(pk: int, *, good: bool, text: str, at: datetime | None = None) -> None:
    """How an automatic step went, said by whoever did it. A task that is over meanwhile stays as it is."""
    task = Task.objects.filter(pk=pk).first()
    if task is None or task.done_at is not None or task.outcome == Outcome.FAILED:
        return
    try:
        if good:
            finish(pk, actor=None, result=text, at=at)
        else:
            fail(pk, actor=None, reason=text or _("The automatic step failed."), at=at)
    except IllegalMove:
        return  # the record is over: nobody needs the step any more


def _go_on(record: Record, run: PlanRun, *, actor, at: datetime) -> None:
    """Open what waits for nothing any more; end the plan, and tell the process, when all is over."""
    plan = definition.parse(run.plan, check_names=False)
    by_key = {step.key: step for step in plan.steps}
    tasks = {task.step: task for task in Task.objects.filter(plan=run).order_by("pk")}
    waits = plan.predecessors(set(tasks))
    over = {key for key, task in tasks.items() if task.done_at is not None}
    for key, task in tasks.items():
        if task.opened_at is None and waits[key] <= over:
            _open(record, task, by_key[key], actor=actor, at=at)
    if len(over) < len(tasks) or run.ended_at is not None:
        return
    run.ended_at = max(at, run.started_at)
    run.save(update_fields=["ended_at"])
    if tasks:
        moves.tell(record, "plan_done", "task.all_done", actor=actor, data={"plan": run.pk}, at=at)
    process = processes.get(record.kind)
    if process.on_tasks_done and not PlanRun.objects.filter(record_id=record.pk, ended_at=None).exists():
        process.on_tasks_done(record, actor, at)


def _open(record: Record, task: Task, step: Step, *, actor, at: datetime) -> None:
    task.opened_at = at
    begins = record.opened_at if step.due_from == "record" else at
    task.due_at = step.due.after(begins, record.organisation_id) if step.due else None
    task.assignee_id = _assignee(record, step)
    task.save(update_fields=["opened_at", "due_at", "assignee"])
    _tell(record, "task_opened", "task.opened", task, actor=actor, at=at)
    if task.action:
        outbox.put("task.action", record=record, payload={"task": task.pk}, at=at)


def _assignee(record: Record, step: Step) -> int | None:
    """Whose task it is; the team's where the rule stands for nobody."""
    match step.assignee:
        case "":
            return None
        case "requester":
            found: int | None = record.requester_id
        case "record_assignee":
            found = record.assignee_id
        case "team_leader":
            row = directory.get().teams_by_code.get(step.team)
            found = row.leader_id if row else None
        case _:
            found = seats.first(record, Ask(step.assignee, step.login))
    return found if User.objects.filter(pk=found, is_active=True).exists() else None


def _over(record: Record, task: Task, outcome: str, verb: str, *, actor, result: str, at: datetime) -> Task:
    task.done_at, task.done_by, task.outcome, task.result = at, actor, outcome, result.strip()[:LONGEST]
    task.save(update_fields=["done_at", "done_by", "outcome", "result"])
    _tell(record, verb, "task.over", task, actor=actor, at=at)
    if task.plan_id:
        _go_on(record, PlanRun.objects.get(pk=task.plan_id), actor=actor, at=at)
    return task


def _tell(record: Record, verb: str, topic: str, task: Task, *, actor, at: datetime) -> None:
    data = {"task": task.pk, "title": task.title}
    if task.result:
        data["result"] = task.result
    moves.tell(record, verb, topic, actor=actor, data=data, at=at)
    freshness.tell(record)


def _lock(pk: int) -> Record:
    return Record.objects.locked().get(pk=pk)


def _held(pk: int) -> tuple[Record, Task]:
    record = _lock(Task.objects.values_list("record_id", flat=True).get(pk=pk))
    return record, Task.objects.select_related("plan").get(pk=pk)


def _check_open(record: Record, task: Task) -> None:
    _check_record(record)
    if task.done_at is not None:
        raise IllegalMove(_("This task is over already."))
    if task.opened_at is None:
        raise IllegalMove(_("This task waits for others that come before it."))


def _check_record(record: Record) -> None:
    if record.phase == Phase.CLOSED:
        raise IllegalMove(_("%(number)s is closed.") % {"number": record.number})


def _said(reason: str) -> str:
    reason = reason.strip()[:LONGEST]
    if not reason:
        raise DomainError(_("Say why."), field="reason")
    return reason


def _team(code: str) -> int | None:
    row = directory.get().teams_by_code.get(code) if code else None
    return row.pk if row else None
