"""Joiners, movers and leavers: what a template asks for, what a change of jobs takes away, and everything when one leaves."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from itsm.audit import log
from itsm.core import now
from itsm.people.models import User
from itsm.records.models import Channel

from . import services
from .models import Access, AccessTemplate
from .states import State

Ending = Access.Ending


@dataclass
class Done:
    """What a movement brought about."""

    opened: list[Access] = field(default_factory=list)
    ended: list[Access] = field(default_factory=list)
    shortened: list[Access] = field(default_factory=list)


@transaction.atomic
def join(person: User, template: AccessTemplate, *, actor, reason: str, keep: frozenset = frozenset()) -> Done:
    """Ask for every right of the template that the person does not have yet. Twice changes nothing."""
    done, today = Done(), timezone.localdate(now())
    held = set(
        Access.objects.filter(person=person, live=True).exclude(state=State.TO_REVOKE).values_list("item", "right")
    )
    for line in template.lines.select_related("item").order_by("pk"):
        if (line.item_id, line.right) in held | keep:
            continue
        until = today + timedelta(days=line.days) if line.days else None
        done.opened.append(
            services.open_access(
                actor=actor, requester=person, item=line.item, right=line.right, reason=reason, until=until,
                channel=Channel.INTERNAL,
            )
        )  # fmt: skip
    log.write(
        "access.joined",
        person,
        actor=actor,
        data={"template": template.code, "opened": len(done.opened), "reason": reason},
    )
    return done


@transaction.atomic
def move(person: User, *, before: AccessTemplate | None, after: AccessTemplate | None, actor, reason: str) -> Done:
    """Take away what the job before gave and the new one does not need; ask for what the new one needs."""
    wanted = set(after.lines.values_list("item", "right")) if after else set()
    given = set(before.lines.values_list("item", "right")) if before else set()
    done = Done()
    for access in _live(person):
        if (access.item_id, access.right) in given - wanted:
            done.ended.append(services.end(access.pk, actor=actor, reason=reason, ending=Ending.MOVER))
    if after:
        done.opened = join(person, after, actor=actor, reason=reason).opened
    log.write(
        "access.moved", person, actor=actor,
        data={"before": before.code if before else "", "after": after.code if after else "", "ended": len(done.ended), "reason": reason},
    )  # fmt: skip
    return done


@transaction.atomic
def leave(person: User, *, actor, reason: str, on: date | None = None) -> Done:
    """Take everything away: what is active is to be revoked, what is asked for is cancelled. Twice changes nothing.

    `on`: their last day, where it is to come. What they have is theirs until then and no longer; the clock ends it.
    """
    done = Done()
    for access in _live(person):
        if on is None or on < timezone.localdate(now()) or access.state == State.AWAITING:
            done.ended.append(services.end(access.pk, actor=actor, reason=reason, ending=Ending.LEAVER))
        elif access.until is None or access.until > on:
            done.shortened.append(services.prolong(access.pk, actor=actor, until=on, reason=reason))
    log.write(
        "access.left", person, actor=actor,
        data={"ended": len(done.ended), "shortened": len(done.shortened), "on": on.isoformat() if on else None, "reason": reason},
    )  # fmt: skip
    return done


def _live(person: User) -> list[Access]:
    """In the order of their locks; what is being revoked already is left out."""
    return list(Access.objects.filter(person=person, live=True).exclude(state=State.TO_REVOKE).order_by("pk"))
