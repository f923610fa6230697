"""Whose tasks: of one's teams, one's own, or of a record that one works. The team of a task sees it whoever holds the record."""

from django.db.models import Q, QuerySet

from itsm.people.scope import Scope, scope_of

from ..models import Record, Task
from ..queryset import desk

CAP = 1001


def mine(scope: Scope) -> Q:
    """Those of the person and of their teams; confidential ones only with the circle."""
    rows = Q(assignee=scope.user_id)
    if scope.teams:
        rows |= Q(team__in=scope.teams)
    secret = Q(record__confidentiality=None)
    if scope.circles:
        secret |= Q(record__confidentiality__in=scope.circles)
    return rows & secret


def open_tasks(rows: QuerySet) -> QuerySet:
    """Open, or failed and to be tried again; of records that are not over."""
    return rows.filter(done_at=None, opened_at__isnull=False).exclude(record__phase="closed")


def waiting(scope: Scope) -> int | None:
    """How many open tasks the person and their teams have, up to a cap; the list shows the same."""
    if not scope.user_id:
        return None
    return len(open_tasks(Task.objects.filter(mine(scope))).order_by().values_list("pk")[:CAP])


def readable(user) -> QuerySet:
    """Tasks that one may read: one's own, one's teams', and those of records read as an agent."""
    scope = scope_of(user)
    if not scope.user_id:
        return Task.objects.none()
    seen = Record.objects.filter(desk(scope)) if scope.is_agent else Record.objects.none()
    return Task.objects.filter(mine(scope) | Q(record__in=seen.values("pk")))


def may_do(user, task: Task) -> bool:
    """May the person say that it is done?"""
    return first_to_do(user, [task]) is not None


def first_to_do(user, tasks: list[Task]) -> Task | None:
    """Of these tasks of one record, the first that the person may say is done."""
    scope = scope_of(user)
    if not scope.user_id or not tasks:
        return None
    own = set(Task.objects.filter(mine(scope), pk__in=[task.pk for task in tasks]).values_list("pk", flat=True))
    if not own and Record.objects.workable_by(user).filter(pk=tasks[0].record_id).exists():
        return tasks[0]
    return next((task for task in tasks if task.pk in own), None)


def next_to_do(user, after: Task) -> Task | None:
    """The open task that follows in the person's list; None after the last one. What failed is not proposed."""
    rows = open_tasks(Task.objects.filter(mine(scope_of(user)), pk__gt=after.pk, outcome=""))
    return rows.order_by("pk").first()
