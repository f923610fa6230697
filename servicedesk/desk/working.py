"""Work inside a ticket: its tasks, and an assignment that is taken back."""

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.people.models import Team, User
from itsm.records import assignable, moves
from itsm.records.models import Hop, Record, Task

R = TypeVar("R", bound=Record)


MANY = 50


def add_task(
    model: type[R], pk: int, *, actor, title: str, due_at: datetime | None = None, assignee: User | None = None
) -> Task:
    """Something to be done before the ticket is over: a line of its checklist, somebody's or nobody's yet."""
    title = title.strip()
    if not title:
        raise DomainError(_("Say what has to be done."), field="title")
    with moves.apply(model, pk, "edit", actor=actor, quiet=True) as change:
        if Task.objects.filter(record_id=pk).count() >= MANY:
            raise DomainError(_("A ticket has at most %(n)s tasks.") % {"n": MANY}, field="title")
        if assignee is not None:
            assignable.check_person(change.record, assignee)
        task = Task.objects.create(
            record_id=pk, title=title[:200], due_at=due_at, assignee=assignee, created_at=change.at
        )
        change.note(task_added=task.title)
        if assignee is not None and assignee != actor:
            outbox.put("task.opened", record=change.record, payload={"task": task.pk, "number": change.record.number})
    return task


@transaction.atomic
def tick(model: type[R], pk: int, *, actor, task: int, done: bool) -> Task:
    """Tick a task, or open it again. The same twice changes nothing."""
    model.objects.locked().get(pk=pk)
    found = Task.objects.get(pk=task, record_id=pk)
    if (found.done_at is not None) == done:
        return found
    with moves.apply(model, pk, "edit", actor=actor, quiet=True) as change:
        found.done_at, found.done_by = (change.at, actor) if done else (None, None)
        found.save(update_fields=["done_at", "done_by"])
        change.note(**{"task_done" if done else "task_again": found.title})
    return found


def give_back(
    model: type[R],
    pk: int,
    *,
    actor,
    team: Team | None,
    assignee: User | None,
    state: str,
    transfers: int,
    version: int,
) -> R:
    """Restore the assignment of before: team, person, state and the count of transfers. Time in the team stays counted."""
    with moves.apply(model, pk, "assign", actor=actor, version=version, quiet=True) as change:
        if team is not None and team.pk != change.record.team_id:
            change.hand_over(team, kind=Hop.Kind.ASSIGNMENT)
        change.set(assignee_id=assignee.pk if assignee else None, reassignment_count=transfers)
        change.target = state
        change.note(given_back=True)
        change.idle = not change.before and state == change.record.state
    return change.record
