"""Which queues the reader works at: an operator those that they are a member of, a manager all; and who they are there."""

from dataclasses import dataclass, field

from django.db.models import Q

from itsm.people.scope import scope_of

from ..models import Call, CallQueue, Operator


@dataclass
class Seat:
    """The reader at the switchboard: their row of operator, if any, the queues that they see, and the one they look at."""

    user: object
    operator: Operator | None
    queues: list[CallQueue] = field(default_factory=list)
    chosen: CallQueue | None = None
    manages: bool = False
    takes: bool = False
    figures: dict | None = None

    @property
    def answers(self) -> bool:
        """May the reader take a caller now? Who is in a call ends it first."""
        return self.takes and (self.operator is None or self.operator.state != Operator.State.IN_CALL)

    @property
    def begins(self) -> bool:
        """May the reader begin a call now? Not while they are in one, or one rings at their place."""
        return self.answers and (self.operator is None or self.operator.state != Operator.State.RINGING)

    @property
    def looked_at(self) -> list[CallQueue]:
        """The queues that the page is about."""
        return [self.chosen] if self.chosen else self.queues

    def calls(self):
        """Calls of those queues, and those that no queue holds yet."""
        rows = Call.objects.visible_to(self.user)
        if self.chosen:
            return rows.filter(queue=self.chosen)
        if self.manages:
            return rows
        return rows.filter(Q(queue__in=[queue.pk for queue in self.queues]) | Q(queue=None))


def seat_of(user, code: str = "") -> Seat:
    """Where the reader sits; `code` is the queue that the address asks for."""
    scope = scope_of(user)
    manages = scope.may("calls.manage")
    operator = operator_row(user)
    rows = CallQueue.objects.visible_to(user).filter(is_active=True)
    if not manages:
        rows = rows.filter(members__operator=operator) if operator else rows.none()
    queues = list(rows.order_by("position", "pk"))
    chosen = next((queue for queue in queues if queue.code == code), None)
    return Seat(user, operator, queues, chosen, manages, scope.may("calls.take"))


def operator_row(user) -> Operator | None:
    """The reader as an operator, with what they are busy with; one query."""
    rows = Operator.objects.select_related("call", "pause_reason", "next_reason")
    return rows.filter(person=user).first()
