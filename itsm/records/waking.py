"""What wakes a record that somebody set aside before its time. An outbox consumer.

A fact from before the snooze wakes nobody: the person knew it. Nobody is woken by what they did themselves.
"""

from django.db import transaction

from itsm.audit.models import Entry
from itsm.core import now
from itsm.notify.outbox import Fact, consumer
from itsm.people.models import Membership

from . import mentions, snoozing
from .models import Comment, Record, Snooze

Why = Snooze.Why
BY_CLOCK = {"record.warned", "record.alerted", "record.escalated"}


@consumer("snoozes", "record.*")
def hear(fact: Fact) -> None:
    """Wake who must know of this fact; end what is over; what a person acted on is no longer on top."""
    rows = list(Snooze.objects.filter(record_id=fact.record_id)) if fact.record_id else []
    if not rows:
        return
    record = Record.objects.get(pk=fact.record_id)
    if not record.is_active:
        Snooze.objects.filter(record_id=record.pk).delete()
        return
    actor = fact.payload.get("actor")
    dealt_with = [row.pk for row in rows if row.person_id == actor and row.woken_at and row.woken_at < fact.created_at]
    # The condition once more: set aside anew since it was read, it must go on sleeping.
    Snooze.objects.filter(pk__in=dealt_with, woken_at__lt=fact.created_at).delete()
    asleep = {row.person_id for row in rows if row.woken_at is None and row.since < fact.created_at} - {actor}
    at = now()
    with transaction.atomic():
        for why, people in _reasons(fact, record, asleep):
            snoozing.wake(record, people & asleep, why, at)


def _reasons(fact: Fact, record: Record, asleep: set[int]) -> list[tuple[str, set[int]]]:
    """Why this fact matters, and to whom of those for whom the record sleeps; the most telling reason first."""
    changes, topic = fact.payload.get("changes", {}), fact.topic
    found: list[tuple[str, set[int]]] = []
    if topic == "record.commented":
        found += _said(fact, record, asleep)
    if topic == "record.reopened":
        found.append((Why.REOPENED, asleep))
    if topic == "record.resumed":
        found.append((Why.RESUMED, asleep))
    if topic == "record.follow_up_due":
        found.append((Why.FOLLOW_UP, asleep))
    if "assignee_id" in changes:
        found.append((Why.ASSIGNED, {changes["assignee_id"][1]}))
    if "team_id" in changes:
        members = Membership.objects.filter(team_id=changes["team_id"][1], user__in=asleep)
        found.append((Why.ESCALATED, set(members.values_list("user_id", flat=True))))
    if topic in BY_CLOCK and _step(fact):
        found.append((Why.CLOCK, asleep))
    old, new = changes.get("priority", (0, 0))
    if new < old or changes.get("major", (False, False))[1]:
        found.append((Why.PRIORITY, asleep))
    return found


def _said(fact: Fact, record: Record, asleep: set[int]) -> list[tuple[str, set[int]]]:
    if fact.payload.get("actor") == record.requester_id:
        return [(Why.REPLIED, asleep)]
    comment = Comment.objects.filter(pk=fact.payload.get("comment")).first()
    return [(Why.CALLED, set(mentions.named_in(comment.body, record)))] if comment else []


def _step(fact: Fact) -> bool:
    """Did a clock do it, rather than a person?"""
    entry = Entry.objects.filter(pk=fact.payload.get("entry")).first()
    return bool(entry and entry.data.get("step"))
