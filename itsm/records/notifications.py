"""Who is told what about a record. An outbox consumer: it only queues mails and notices, each under a key, each once.

Nobody gets a mail about what they did themselves, except the receipt of their own ticket. Of a confidential record only
the requester and the circle hear. What is kept back for such a reason stands in the send log, with the reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from itsm.audit.models import Entry
from itsm.notify import messages, notices
from itsm.notify.models import Message
from itsm.notify.outbox import Fact, consumer
from itsm.people.directory import directory
from itsm.people.models import Circle, Membership, User

from . import mentions, reference
from .models import Comment, Merge, Record, Task, Watch
from .steps import lazy_reason

TEAM_CAP = 50
WATCHER_CAP = 200


@dataclass(frozen=True)
class Told:
    """The record, what happened, and who may hear of it."""

    fact: Fact
    record: Record

    @property
    def actor_id(self) -> int | None:
        return self.fact.payload.get("actor")

    @cached_property
    def comment(self) -> Comment | None:
        """What was said with it."""
        return Comment.objects.filter(pk=self.fact.payload.get("comment")).first()

    @cached_property
    def data(self) -> dict:
        """What the act noted beside the changes, such as a reason."""
        entry = Entry.objects.filter(pk=self.fact.payload.get("entry")).first()
        return entry.data if entry else {}

    @cached_property
    def circle(self) -> set[int] | None:
        """The people who may hear of a confidential record; None when everybody may."""
        if self.record.confidentiality_id is None:
            return None
        members = Circle.members.through.objects.filter(circle_id=self.record.confidentiality_id)
        return {*members.values_list("user_id", flat=True), self.record.requester_id}

    def mail(self, template: str, user_ids: Iterable[int | None], *, receipt: bool = False, **context) -> None:
        """Queue a mail to each. A `receipt` also goes to who did it."""
        ids = {pk for pk in user_ids if pk}
        for user in User.objects.filter(pk__in=ids).order_by("pk"):
            messages.queue(
                key=f"{template}-{self.fact.id}-{user.pk}", user=user, template=template, record=self.record,
                withhold=self._kept_back(user.pk, receipt),
                context={"record": self.record, "url": f"/r/{self.record.number}", **context},
            )  # fmt: skip

    def notice(self, template: str, user_ids: Iterable[int | None], **data) -> None:
        """A line under the bell of each who may hear of it, but not of who did it."""
        ids = {pk for pk in user_ids if pk} - {self.actor_id}
        notices.tell(
            f"{template}-{self.fact.id}", ids if self.circle is None else ids & self.circle, template,
            url=f"/r/{self.record.number}", record_id=self.record.pk,
            data={"number": self.record.number, "title": self.record.title, **data},
        )  # fmt: skip

    def _kept_back(self, user_id: int, receipt: bool) -> str:
        if self.circle is not None and user_id not in self.circle:
            return "confidential"
        if self.fact.payload.get("quiet"):
            return "quiet"
        return "own_act" if user_id == self.actor_id and not receipt else ""


@consumer("notifications", "record.*", "task.opened", "task.failed", "watch.added")
def tell(fact: Fact) -> None:
    """Queue what people want to know of this fact."""
    rule = RULES.get(fact.topic)
    record = Record.objects.filter(pk=fact.record_id).first() if rule else None
    if rule and record:
        rule(Told(fact, record))


def _opened(told: Told) -> None:
    record = told.record
    if record.channel != "event":
        told.mail("ticket_opened", [record.requester_id], receipt=True)
    if record.assignee_id:
        told.notice("assigned", [record.assignee_id])
    elif record.priority <= 2:
        told.notice("urgent", _team(record.team_id))


def _commented(told: Told) -> None:
    record, comment = told.record, told.comment
    if comment is None:
        return
    told.notice("mentioned", mentions.named_in(comment.body, record))
    if told.actor_id and told.actor_id == record.requester_id:
        told.notice("replied", _in_charge(record))
        if comment.public:
            told.mail("ticket_commented", _watchers(record), comment=comment)
            told.notice("commented", _watchers(record))
    elif comment.public:
        told.mail("ticket_commented", [record.requester_id, *_watchers(record)], comment=comment)
        told.notice("commented", [record.requester_id, record.assignee_id, *_watchers(record)])
    else:
        told.notice("noted", [record.assignee_id])


def _assigned(told: Told) -> None:
    record, changes = told.record, told.fact.payload.get("changes", {})
    if record.assignee_id:
        told.notice("assigned", [record.assignee_id])
        told.mail("ticket_assigned", [record.assignee_id])
    elif "team_id" in changes:
        told.notice("queued", _team(record.team_id))
    if changes.get("reassignment_count", [0, 0])[1] == settings.BOUNCE_GUARD_HOPS:
        told.notice("bounced", [_desk_manager()])
        told.mail("ticket_bounced", [_desk_manager()], hops=settings.BOUNCE_GUARD_HOPS)


def _alerted(told: Told) -> None:
    who = told.data.get("who", ["leader"])
    people = [_leader(told.record.team_id) or _desk_manager()] if "leader" in who else []
    people += [_desk_manager()] if "manager" in who else []
    told.notice("alerted", people)
    # Written when the mail is: in the language of who reads it.
    told.mail("ticket_alerted", people, reason=lazy_reason(told.data))


def _warned(told: Told) -> None:
    record, who = told.record, told.data.get("who", ["assignee", "team"])
    if record.assignee_id and "assignee" in who:
        told.notice("warned", [record.assignee_id])
    elif "team" in who:
        told.notice("warned", _team(record.team_id))


def _held(told: Told) -> None:
    reason = reference.hold_reasons.get().get(told.record.hold_reason_id)
    if reason and reason.flags["waits_for_requester"]:
        told.mail("ticket_waiting", [told.record.requester_id], comment=told.comment)
        told.notice("waiting", [told.record.requester_id])


def _reminded(told: Told) -> None:
    """The question that they were asked goes with it: the last thing the desk said in public."""
    record = told.record
    asked = Comment.objects.filter(record_id=record.pk, public=True).exclude(author_id=record.requester_id)
    last = told.data.get("reminder") == told.data.get("reminders")
    told.mail("ticket_reminder", [record.requester_id], comment=asked.order_by("-at", "-id").first(), last=last)
    told.notice("waiting", [record.requester_id])


def _resolved(told: Told) -> None:
    record = told.record
    code = reference.resolution_codes.get().get(record.resolution_code_id)
    people = [record.requester_id, *_watchers(record)]
    told.mail(
        "ticket_resolved", people, code=code, resolution=told.data.get("resolution", ""),
        close_days=0 if record.major else settings.AUTO_CLOSE_DAYS,
    )  # fmt: skip
    told.notice("resolved", people)


def _reopened(told: Told) -> None:
    record = told.record
    told.notice("reopened", [record.requester_id, *_in_charge(record), *_watchers(record)])
    told.mail("ticket_reopened", [record.requester_id, record.assignee_id, *_watchers(record)], comment=told.comment)


def _closed(told: Told) -> None:
    record = told.record
    told.notice("closed", [record.requester_id, *_watchers(record)])
    if told.actor_id is None:
        told.mail("ticket_closed", [record.requester_id])


def _cancelled(told: Told) -> None:
    record = told.record
    told.notice("cancelled", [record.requester_id, record.assignee_id, *_watchers(record)])
    told.mail("ticket_cancelled", [record.requester_id, *_watchers(record)], reason=told.data.get("reason", ""))


def _merged(told: Told) -> None:
    """The requester learns the new number; its title only when they are its requester too."""
    record = told.record
    target = Record.objects.filter(pk=record.merged_into_id).first()
    if target:
        own = target.requester_id == record.requester_id
        told.mail("ticket_merged", [record.requester_id], target=target, target_title=target.title if own else "")
        told.notice("merged", [record.requester_id], into=target.number)


def _unmerged(told: Told) -> None:
    """Who was told of the merge is told that it is undone; who never heard of it is not."""
    record = told.record
    merge = Merge.objects.filter(source_id=record.pk, undone_at__isnull=False).order_by("-pk").first()
    if record.merged_into_id or merge is None:
        return
    heard = Message.objects.filter(record_id=record.pk, template="ticket_merged", created_at__gte=merge.at)
    if not heard.exists():
        return
    told.mail("ticket_unmerged", [record.requester_id], target=merge.target)
    told.notice("unmerged", [record.requester_id], into=merge.target.number)


def _followed(told: Told) -> None:
    """Somebody else made them follow: they learn of it once, unless they have left again by now."""
    person = told.fact.payload.get("person")
    if person in _watchers(told.record):
        told.mail("ticket_followed", [person], by=User.objects.filter(pk=told.actor_id).first())
        told.notice("followed", [person])


def _task_opened(told: Told) -> None:
    """Whose task it is; where the team has no leader, who leads the desk."""
    task = Task.objects.filter(pk=told.fact.payload.get("task") or told.data.get("task")).first()
    if task and task.done_at is None and not task.action:
        told.notice("task", [task.assignee_id or _leader(task.team_id) or _desk_manager()], title=task.title)


def _task_failed(told: Told) -> None:
    """Who can try it again: whose it is, the leader of its team, else who has the record."""
    task = Task.objects.filter(pk=told.data.get("task")).first()
    if task and task.outcome == Task.Outcome.FAILED:
        leader = task.assignee_id or _leader(task.team_id)
        people = [leader] if leader else _in_charge(told.record) or [_desk_manager()]
        told.notice("task_failed", people, title=task.title)


def _resumed(told: Told) -> None:
    """The date of a wait has come: who has it looks again. A wait that a person ended is no news."""
    if told.data.get("automatic"):
        told.notice("resumed", _in_charge(told.record))


def _follow_up(told: Told) -> None:
    """Whose follow-up it is; where the team has no leader, who leads the desk."""
    record = told.record
    told.notice(
        "follow_up", [record.assignee_id or _leader(record.team_id) or _desk_manager()],
        reason=told.fact.payload.get("reason", ""),
    )  # fmt: skip


def _nobody_left(told: Told) -> None:
    """The team shares out by rule, and nobody could be given the record: its leader, else who leads the desk."""
    team = told.fact.payload.get("team")
    told.notice("nobody_left", [_leader(team) or _desk_manager()], why=told.fact.payload.get("why", ""))


RULES = {
    "record.opened": _opened, "record.commented": _commented, "record.assigned": _assigned, "record.escalated": _assigned,
    "record.alerted": _alerted, "record.warned": _warned, "record.held": _held, "record.reminded": _reminded, "record.resolved": _resolved,
    "record.reopened": _reopened, "record.closed": _closed, "record.cancelled": _cancelled, "record.merged": _merged,
    "record.resumed": _resumed, "record.follow_up_due": _follow_up, "record.unmerged": _unmerged,
    "task.opened": _task_opened, "task.failed": _task_failed, "watch.added": _followed,
    "record.nobody_left": _nobody_left,
}  # fmt: skip


def _in_charge(record: Record) -> list[int]:
    """Who has the record: the person, else the team."""
    return [record.assignee_id] if record.assignee_id else _team(record.team_id)


def _team(team_id: int | None) -> list[int]:
    if team_id is None:
        return []
    members = Membership.objects.filter(team_id=team_id, user__is_active=True).order_by("user_id")
    return list(members.values_list("user_id", flat=True)[:TEAM_CAP])


def _leader(team_id: int | None) -> int | None:
    team = directory.get().teams.get(team_id)
    return team.leader_id if team else None


def _desk_manager() -> int | None:
    """Who leads the team where everything starts."""
    team = directory.get().teams_by_code.get(settings.DEFAULT_TEAM)
    return team.leader_id if team else None


def _watchers(record: Record) -> list[int]:
    rows = Watch.objects.filter(record_id=record.pk).order_by("pk")
    return list(rows.values_list("user_id", flat=True)[:WATCHER_CAP])
