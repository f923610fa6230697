"""The one door for change: every change of a spine field of any process passes through here.

Lock the record (spine and child), check the move, mutate, bump the version, clocks, audit entry, outbox row: one
transaction. Processes' services call `apply` and add their own columns. Nobody else saves a record.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import transaction

from itsm.audit import log
from itsm.audit.models import Entry
from itsm.cmdb import services as cmdb
from itsm.core import now
from itsm.core.errors import StaleVersion
from itsm.levels.models import Clock, Kind, Metric
from itsm.notify import outbox
from itsm.notify.models import Outbox

from . import freshness, holding, processes, promises, silence
from .lifecycle import BACK, STAY, Move
from .models import FAR, Comment, FollowUp, Hop, Phase, Record
from .numbering import next_number
from .trail import write_trail

R = TypeVar("R", bound=Record)
SUBJECT = "record"


class Change(Generic[R]):
    """One act on one locked record. Services set fields and add what was said; `apply` writes it all at the end."""

    def __init__(self, record: R, move: Move, *, actor, at: datetime, quiet: bool):
        self.record, self.move, self.actor, self.at, self.quiet = record, move, actor, at, quiet
        self.lifecycle = processes.get(record.kind).lifecycle
        self.before: dict[str, Any] = {}
        self.data: dict[str, Any] = {}
        self.comments: list[Comment] = []
        self.hops: list[Hop] = []
        # All clocks of the record as the act leaves them, where they are not to follow the phase.
        self.clocks: list[Clock] | None = None
        self.target = move.target
        self.verb = move.verb or move.name
        self.topic = ""
        # Set by a service whose act would leave everything as it is: nothing is written then, not even an entry.
        self.idle = False

    def set(self, **values) -> None:
        """Change fields of the spine or the child; relations by their `_id` name or by instance."""
        for name, value in values.items():
            field: Any = self.record._meta.get_field(name)
            if hasattr(value, "pk") and not name.endswith("_id"):
                value = value.pk
            old = getattr(self.record, field.attname)
            if old != value:
                self.before.setdefault(field.attname, old)
                setattr(self.record, field.attname, value)

    def say(self, body: str, *, public: bool, channel: str = "") -> Comment:
        """Add a comment by the actor."""
        comment = Comment(
            record_id=self.record.pk, author=self.actor, body=body, public=public, at=self.at, channel=channel
        )
        self.comments.append(comment)
        return comment

    def note(self, **data) -> None:
        """Add facts to the audit entry, such as a reason."""
        self.data.update({key: value for key, value in data.items() if value not in (None, "")})

    def hand_over(self, team, *, kind: str, reason: str = "") -> None:
        """Move the record to another team: the stay there begins, the one before ends, the count goes up."""
        record = self.record
        if team.pk == record.team_id:
            return
        previous = record.team_id
        if previous and previous not in record.past_teams:
            self.set(past_teams=[*record.past_teams, previous])
        self.set(team_id=team.pk, level=team.level, assignee_id=None, reassignment_count=record.reassignment_count + 1)
        stay = Hop.objects.filter(record_id=record.pk, ended_at=None).first()
        if stay:
            stay.ended_at = max(self.at, stay.started_at)
            stay.save(update_fields=["ended_at"])
            self.note(held_seconds=int((stay.ended_at - stay.started_at).total_seconds()))
        self.hops.append(
            Hop(
                record_id=record.pk,
                team_id=team.pk,
                level=team.level,
                kind=kind,
                started_at=self.at,
                reason=reason,
                moved_by=self.actor,
            )
        )

    def changes(self) -> dict[str, list]:
        """{field: [old, new]} of what really changed, without the book-keeping columns."""
        hidden = {"version", "updated_at", "queue_at", "past_teams", "due_at", "woken_at"}
        return {
            name: [_plain(old), _plain(getattr(self.record, name))]
            for name, old in self.before.items()
            if name not in hidden and old != getattr(self.record, name)
        }


@contextmanager
def apply(
    model: type[R],
    pk: int,
    name: str,
    *,
    actor,
    version: int | None = None,
    at: datetime | None = None,
    quiet: bool = False,
) -> Iterator[Change[R]]:
    """Do the move `name` to the record `pk`, atomically.

    Inside the `with` block the caller sets fields and adds comments on the yielded `Change`. `version` is the one the
    caller saw: StaleVersion when it is no longer the newest. `quiet` keeps mails back (bulk). Raises IllegalMove,
    and `model.DoesNotExist` for an unknown record.
    """
    held = holding.held(pk)
    with transaction.atomic(savepoint=held is None):
        record: R = held if isinstance(held, model) else model.objects.locked().get(pk=pk)
        if version is not None and version != record.version:
            raise StaleVersion(data={"version": record.version})
        move = processes.get(record.kind).lifecycle.check(record, name)
        change = Change(record, move, actor=actor, at=at or now(), quiet=quiet)
        yield change
        if not change.idle:
            _finish(change)


def tell(record: Record, verb: str, topic: str, *, actor, data: dict, at: datetime) -> None:
    """Something that concerns a locked record without changing it (a clock's warning): its entry and its outbox row.

    The version stays: nobody's edit is out of date because time went by.
    """
    entry = log.build(f"{record.kind}.{verb}", (SUBJECT, record.pk, record.number), actor=actor, data=data, at=at)
    message = _message(record, topic, entry.verb, actor, at, changes={}, quiet=False)
    holding.leave_trail(record, [], entry, [], [], message)


def open_record(
    record: Record, *, actor, at: datetime | None = None, data: dict | None = None, quiet: bool = False
) -> Record:
    """Insert a new record of any process with its clocks, first hop, entry and outbox row. The caller's checks are done."""
    process = processes.get(record.kind)
    at = at or now()
    with transaction.atomic(savepoint=False):
        record.number = record.number or next_number(process.prefix)
        record.state = process.lifecycle.initial
        record.phase = process.lifecycle.phase(record.state)
        record.opened_at = record.updated_at = at
        clocks = promises.first_clocks(record, at)
        _stamp(record, clocks)
        record.save(force_insert=True)
        for clock in clocks:
            clock.record_id = record.pk
        hop = Hop(record_id=record.pk, team_id=record.team_id, level=record.level, started_at=at, moved_by=actor)
        verb = f"{record.kind}.opened"
        entry = log.build(verb, (SUBJECT, record.pk, record.number), actor=actor, data=data, at=at)
        message = _message(record, "record.opened", verb, actor, at, changes={}, quiet=quiet)
        write_trail([entry], clocks, [hop], message=message, cites=holding.CITES)
        outbox.wake()
        freshness.tell(record, major=record.major)
    return record


def _finish(change: Change) -> None:
    record, at = change.record, change.at
    old_phase = record.phase
    target = record.state_before_hold if change.target == BACK else change.target
    if target and target != STAY:
        change.set(state=target, phase=change.lifecycle.phase(target))
    _stamp_phase(change, old_phase)
    _stamp_return(change)
    _end_outages(change, old_phase)
    clocks, new_clocks = _run_clocks(change)
    change.set(version=record.version + 1, updated_at=at)
    names = [record._meta.get_field(name).name for name in change.before]
    holding.save(record, names)
    if old_phase != record.phase and old_phase == Phase.WAITING:
        silence.end(record.pk)
    elif old_phase != record.phase and record.phase == Phase.WAITING:
        silence.begin(record, at)
    if "follow_up_at" in change.before and record.follow_up_at is None:
        FollowUp.objects.filter(record_id=record.pk).delete()
    if clocks:
        Clock.objects.bulk_update(clocks, promises.CHANGED)
    verb = f"{record.kind}.{change.verb}"
    entry = log.build(
        verb, (SUBJECT, record.pk, record.number), actor=change.actor, changes=change.changes(), data=change.data, at=at
    )
    topic = change.topic or f"record.{TOPICS.get(change.move.name, 'changed')}"
    message = _message(record, topic, verb, change.actor, at, changes=change.changes(), quiet=change.quiet)
    holding.leave_trail(record, change.comments, entry, change.hops, new_clocks, message)
    freshness.tell(record, major=record.major or "major" in change.before, before=change.before)


TOPICS = {
    "acknowledge": "acknowledged", "assign": "assigned", "escalate": "escalated", "alert": "alerted", "hold": "held",
    "resume": "resumed", "resolve": "resolved", "reopen": "reopened", "close": "closed", "cancel": "cancelled",
    "comment": "commented", "link": "linked", "merge": "merged", "unmerge": "unmerged", "approve": "approved",
}  # fmt: skip


def _stamp_phase(change: Change, old: str) -> None:
    record, at = change.record, change.at
    if record.phase == old:
        return
    if record.phase == Phase.RESOLVED:
        change.set(resolved_at=max(at, record.opened_at))
    elif record.phase == Phase.CLOSED:
        change.set(closed_at=max(at, record.opened_at))
    elif old in (Phase.RESOLVED, Phase.CLOSED):
        change.set(resolved_at=None, closed_at=None)
    if old == Phase.WAITING:
        change.set(hold_reason_id=None, hold_supplier_id=None, hold_until=None, state_before_hold="")


def _stamp_return(change: Change) -> None:
    """Woken lasts until a person acts; a date to come back on ends with the work."""
    record = change.record
    if record.woken_at and (change.actor is not None or record.phase != Phase.OPEN):
        change.set(woken_at=None)
    if record.follow_up_at and record.phase in (Phase.RESOLVED, Phase.CLOSED):
        change.set(follow_up_at=None)


def _end_outages(change: Change, old: str) -> None:
    """What the record reported works again when the record is over."""
    over = (Phase.RESOLVED, Phase.CLOSED)
    if change.record.phase in over and old not in over:
        ended = cmdb.end_reported(change.record.pk, actor=change.actor, at=change.at)
        change.note(outages=[{"name": o.item.name, "since": o.starts_at.isoformat()} for o in ended] or None)


def _run_clocks(change: Change) -> tuple[list[Clock], list[Clock]]:
    """Let the clocks follow, unless the act says how they stand; return those that changed and new ones."""
    if change.clocks is not None:
        _stamp(change.record, change.clocks, change)
        return change.clocks, []
    if not promises.affected(change):
        return [], []
    clocks, changed, new = promises.run(change)
    if changed or new:
        _stamp(change.record, clocks, change)
    return changed, new


def _stamp(record: Record, clocks: list[Clock], change: Change | None = None) -> None:
    """Copy the deadlines to the spine: lists sort by the next one of any running clock."""
    promised = [clock for clock in clocks if clock.kind == Kind.SLA and clock.metric == "resolve"]
    resolve = max(promised, key=lambda clock: clock.cycle, default=None)
    running = [c.due_at for c in clocks if c.state == Clock.State.RUNNING and c.due_at and c.metric != Metric.TRANSFER]
    values: dict[str, Any] = {"due_at": resolve.due_at if resolve else None, "queue_at": min(running, default=FAR)}
    if change:
        change.set(**values)
    else:
        record.due_at, record.queue_at = values["due_at"], values["queue_at"]


def restamp(record: Record, clocks: list[Clock]) -> None:
    """Copy the deadlines to a locked record after its clocks were computed again: no act of anybody, so no version."""
    _stamp(record, clocks)
    record.updated_at = now()
    record.save(update_fields=["due_at", "queue_at", "updated_at"])


def repaired(record: Record, clocks: list[Clock], *, actor, at: datetime, changes: dict, reason: str, how: str) -> None:
    """An administrator had the clocks of a locked record counted again: its deadlines, its history, its followers."""
    _stamp(record, clocks)
    record.version += 1
    record.updated_at = at
    record.save(update_fields=["due_at", "queue_at", "version", "updated_at"])
    verb = f"{record.kind}.clocks_repaired"
    entry = log.build(
        verb,
        (SUBJECT, record.pk, record.number),
        actor=actor,
        changes=changes,
        data={"reason": reason, "how": how},
        at=at,
    )
    message = _message(record, "record.changed", verb, actor, at, changes={}, quiet=True)
    write_trail([entry], message=message, cites=holding.CITES)
    outbox.wake()


def _message(record: Record, topic: str, verb: str, actor, at: datetime, *, changes: dict, quiet: bool) -> Outbox:
    payload = {
        "record": record.pk, "kind": record.kind, "number": record.number, "verb": verb,
        "actor": actor.pk if actor else None, "changes": changes,
    }  # fmt: skip
    if quiet:
        payload["quiet"] = True
    return Outbox(topic=topic, record_id=record.pk, payload=payload, created_at=at, next_try_at=at)


def _plain(value):
    return value.isoformat() if isinstance(value, datetime) else value


def write_entry(record: Record, verb: str, *, actor, data: dict | None = None, at: datetime | None = None) -> Entry:
    """An entry on a record that changed nothing on its spine (a clock's warning, a survey sent)."""
    return log.write(f"{record.kind}.{verb}", (SUBJECT, record.pk, record.number), actor=actor, data=data, at=at)
