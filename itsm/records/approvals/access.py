"""Who may answer and read approvals, as querysets. Being asked opens no confidential record outside its circle."""

from django.db.models import Q, QuerySet

from itsm.core import now
from itsm.people.scope import Scope, scope_of
from itsm.people.substitutes import stands_for

from ..models import Approval, Record


def answerable(rows: QuerySet, user) -> QuerySet:
    """Pending ones that the person may answer: asked of them, or of somebody away whom they stand in for; never on one's own
    request, nor on what one ordered for somebody."""
    scope = scope_of(user)
    if not scope.user_id:
        return rows.none()
    return rows.filter(_secret(scope), ~_own(scope), state="pending", approver__in=_people(scope))


def asked(rows: QuerySet, user) -> QuerySet:
    """Those that one may answer, was asked, or answered for somebody."""
    scope = scope_of(user)
    if not scope.user_id:
        return rows.none()
    mine = Q(approver=scope.user_id) | Q(decided_by=scope.user_id) | Q(state="pending", approver__in=_people(scope))
    return rows.filter(mine & _secret(scope))


def answered(user) -> QuerySet:
    """What is over, of those that one was asked or answered."""
    return asked(Approval.objects.exclude(state="pending"), user)


def waiting(scope: Scope, cap: int = 1001) -> int | None:
    """How many wait for the person, up to a cap; the list shows the same."""
    if not scope.user_id:
        return None
    rows = Approval.objects.filter(_secret(scope), ~_own(scope), state="pending", approver__in=_people(scope))
    return len(rows.order_by().values_list("pk")[:cap])


def may_answer(user, approval: Approval, record: Record) -> bool:
    """Is it theirs to answer now? `answerable` for a row that is already read and locked."""
    scope = scope_of(user)
    if not scope.user_id or scope.user_id in (record.requester_id, record.opened_by_id):
        return False
    if record.confidentiality_id and record.confidentiality_id not in scope.circles:
        return False
    return approval.approver_id == scope.user_id or approval.approver_id in stands_for(scope.user_id, now())


def _people(scope: Scope) -> list[int]:
    return [scope.user_id, *sorted(stands_for(scope.user_id, now()))]


def _own(scope: Scope) -> Q:
    """What the person asked for, for themselves or for somebody: four eyes see it, not two."""
    return Q(record__requester=scope.user_id) | Q(record__opened_by=scope.user_id)


def _secret(scope: Scope) -> Q:
    free = Q(record__confidentiality=None)
    return free | Q(record__confidentiality__in=scope.circles) if scope.circles else free
