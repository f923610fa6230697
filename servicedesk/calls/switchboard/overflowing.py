"""The longest wait of a queue is over: its caller goes to another queue, is owed a call-back, or leaves a message.

The sweeper calls this with the call locked. Twice changes nothing: a caller who has moved on has another instant, or none.
"""

from datetime import datetime

from itsm.calendars.business import is_open
from itsm.core import now

from .. import ending, over, services
from ..models import Call, CallQueue
from ..orders import tell
from .board import Queue, board
from .surroundings import waiting


def overflow(call: Call, *, at: datetime | None = None) -> None:
    """Move the caller on, when the wait is over."""
    at = at or now()
    if call.state not in ending.WAITS or call.queue_id is None or call.overflow_at is None or call.overflow_at > at:
        return
    where, queue_id = onward(call.queue_id, at)
    queue = CallQueue.objects.filter(pk=queue_id, is_active=True).first() if queue_id else None
    if queue is not None:
        services.put_in_queue(call, queue=queue, at=at)
        tell(call, "queue", queue=queue.code)
    elif where == CallQueue.Overflow.CALL_BACK and call.party:
        services.owe_call_back(call, at=at)
        tell(call, "callback")
    elif where == CallQueue.Overflow.VOICEMAIL:
        over.leave_message(call, at=at)
        tell(call, "voicemail")
    else:
        # Nowhere to go, or no number to call back: the caller keeps the place, and is not looked at again for this.
        call.overflow_at = None
        ending.keep(call, at)


def onward(queue_id: int, at: datetime) -> tuple[str, int | None]:
    """Where the callers of a queue go after their longest wait: ("queue", which), or what else becomes of them."""
    on, counts, seen = board.get(), waiting(), {queue_id}
    row = on.queues.get(queue_id)
    while row is not None and row.overflow == CallQueue.Overflow.QUEUE:
        following = on.queues.get(row.overflow_queue_id or 0)
        if following is None or following.pk in seen:
            return CallQueue.Overflow.NONE, None
        seen.add(following.pk)
        if _takes(following, counts, at):
            return CallQueue.Overflow.QUEUE, following.pk
        row = following
    return (row.overflow if row else CallQueue.Overflow.NONE), None


def _takes(queue: Queue, counts: dict[int, int], at: datetime) -> bool:
    if not queue.is_active or (queue.calendar_id and not is_open(queue.calendar_id, at)):
        return False
    return not queue.most_waiting or counts.get(queue.pk, 0) < queue.most_waiting
