"""Calls whose figures one can work out by hand: each is written as it would stand after its life."""

from datetime import datetime, timedelta
from itertools import count

from servicedesk.models import Call, CallQueue, Operator, QueueMember
from tests.world import person

MONDAY = datetime.fromisoformat("2026-03-02T09:00:00+01:00")
NUMBERS = count(1)


def queue(world, code="N1", **more):
    """A queue to be answered within 30 s; an abandon is short below 10 s."""
    return CallQueue.objects.create(code=code, name=more.pop("name", code), organisation=world.lumen, **more)


def operator(world, login="nadia", first="Nadia", last="Petit", *, role="operator", queues=()):
    """Somebody who answers, with an extension of their own."""
    someone = person(world, login, first, last, [(role, world.lumen)], [])
    made = Operator.objects.create(person=someone, extension=f"4{Operator.objects.count():03}")
    QueueMember.objects.bulk_create([QueueMember(queue=one, operator=made) for one in queues])
    return made


def call(world, *, at=MONDAY, wait=None, talk=None, hold=0, wrap=None, answered=None, minutes=0, **more):
    """One call `minutes` after `at` that waited `wait` seconds, and was answered when it has `talk`."""
    began = at + timedelta(minutes=minutes)
    answered = talk is not None if answered is None else answered
    row = Call(
        number=f"CAL9{next(NUMBERS):06}", organisation=more.pop("organisation", world.lumen), started_at=began,
        queued_at=began if wait is not None else None, wait_seconds=wait, talk_seconds=talk, hold_seconds=hold, wrap_up_seconds=wrap,
        state=more.pop("state", "closed" if answered else "abandoned"), from_number=more.pop("from_number", "+33155004208"),
    )  # fmt: skip
    if answered:
        row.answered_at = began + timedelta(seconds=wait or 0)
    if row.state not in ("ringing", "queued", "in_progress", "on_hold"):
        row.ended_at = began + timedelta(seconds=(wait or 0) + (talk or 0) + hold)
    for name, value in more.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row
