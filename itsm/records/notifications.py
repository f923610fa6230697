"""Who is told what about a record. An outbox consumer: it only queues mails and notices, each under a key, each once."""

from dataclasses import dataclass

from itsm.notify import messages, notices
from itsm.notify.outbox import Fact, consumer
from itsm.people.directory import directory
from itsm.people.models import Circle, Membership, User

from . import reference
from .models import Comment, Record, Watch

TEAM_CAP = 50


@dataclass(frozen=True)
class Told:
    """The record, what happened, and who may hear of it."""

    fact: Fact
    record: Record
    actor_id: int | None
    quiet: bool

    def mail(self, template: str, user_ids, **context) -> None:
        """Queue a mail to each; never to who did it, never in a quiet bulk act."""
        if self.quiet:
            return
        for user in User.objects.filter(pk__in=self.allowed(user_ids)).order_by("pk"):
            messages.queue(
                key=f"{template}-{self.fact.id}-{user.pk}", user=user, template=template, record=self.record,
                context={"record": self.record, "url": self.url(user), **context},
            )  # fmt: skip

    def notice(self, template: str, user_ids, **data) -> None:
        """A line under the bell of each."""
        notices.tell(
            f"{template}-{self.fact.id}", self.allowed(user_ids), template, url=f"/r/{self.record.number}", record_id=self.record.pk,
            data={"number": self.record.number, "title": self.record.title, **data},
        )  # fmt: skip

    def allowed(self, user_ids) -> set[int]:
        """Without the actor; of a confidential record only the requester and the circle hear."""
        ids = {pk for pk in user_ids if pk} - {self.actor_id}
        if self.record.confidentiality_id and ids:
            circle = set(Circle.members.through.objects.filter(circle_id=self.record.confidentiality_id).values_list("user_id", flat=True))
            ids &= circle | {self.record.requester_id}
        return ids

    def url(self, user: User) -> str:
        """The one address of the record."""
        return f"/r/{self.record.number}"


@consumer("notifications", "record.*")
def tell(fact: Fact) -> None:
    """Queue what people want to know of this fact."""
    record = Record.objects.filter(pk=fact.record_id).first()
    if record is None:
        return
    told = Told(fact, record, fact.payload.get("actor"), bool(fact.payload.get("quiet")))
    rule = RULES.get(fact.topic)
    if rule:
        rule(told)


def _opened(told: Told) -> None:
    record = told.record
    if record.requester_id and record.channel != "event":
        template = "ticket_opened"
        user = User.objects.get(pk=record.requester_id)
        if not told.quiet:
            messages.queue(
                key=f"{template}-{told.fact.id}", user=user, template=template, record=record,
                context={"record": record, "url": told.url(user)},
            )  # fmt: skip
    if record.assignee_id:
        told.notice("assigned", [record.assignee_id])
    elif record.priority <= 2:
        told.notice("urgent", _team(record.team_id))


def _commented(told: Told) -> None:
    comment = Comment.objects.filter(pk=told.fact.payload.get("comment")).first()
    if comment is None:
        return
    record = told.record
    if told.actor_id == record.requester_id:
        told.notice("replied", [record.assignee_id] if record.assignee_id else _team(record.team_id))
    elif comment.public:
        told.mail("ticket_commented", [record.requester_id, *_watchers(record)], comment=comment)
        told.notice("commented", [record.requester_id, record.assignee_id, *_watchers(record)])
    else:
        told.notice("noted", [record.assignee_id])


def _assigned(told: Told) -> None:
    record = told.record
    if record.assignee_id:
        told.notice("assigned", [record.assignee_id])
        told.mail("ticket_assigned", [record.assignee_id])
    elif "team_id" in told.fact.payload.get("changes", {}):
        told.notice("queued", _team(record.team_id))


def _alerted(told: Told) -> None:
    leader = _leader(told.record.team_id)
    told.notice("alerted", [leader])
    told.mail("ticket_alerted", [leader])


def _warned(told: Told) -> None:
    record = told.record
    told.notice("warned", [record.assignee_id] if record.assignee_id else _team(record.team_id))


def _held(told: Told) -> None:
    reason = reference.hold_reasons.get().get(told.record.hold_reason_id)
    if reason and reason.flags["waits_for_requester"]:
        comment = Comment.objects.filter(pk=told.fact.payload.get("comment")).first()
        told.mail("ticket_waiting", [told.record.requester_id], comment=comment)
        told.notice("waiting", [told.record.requester_id])


def _resolved(told: Told) -> None:
    code = reference.resolution_codes.get().get(told.record.resolution_code_id)
    told.mail("ticket_resolved", [told.record.requester_id, *_watchers(told.record)], code=code)
    told.notice("resolved", [told.record.requester_id, *_watchers(told.record)])


def _reopened(told: Told) -> None:
    record = told.record
    told.notice("reopened", [record.assignee_id] if record.assignee_id else _team(record.team_id))
    told.mail("ticket_reopened", [record.assignee_id])


def _closed(told: Told) -> None:
    told.notice("closed", [told.record.requester_id])


def _merged(told: Told) -> None:
    target = Record.objects.filter(pk=told.record.merged_into_id).first()
    if target:
        told.mail("ticket_merged", [told.record.requester_id], target=target)
        told.notice("merged", [told.record.requester_id], into=target.number)


RULES = {
    "record.opened": _opened, "record.commented": _commented, "record.assigned": _assigned, "record.escalated": _assigned,
    "record.alerted": _alerted, "record.warned": _warned, "record.held": _held, "record.resolved": _resolved,
    "record.reopened": _reopened, "record.closed": _closed, "record.merged": _merged,
}  # fmt: skip


def _team(team_id: int | None) -> list[int]:
    if team_id is None:
        return []
    return list(Membership.objects.filter(team_id=team_id, user__is_active=True).values_list("user_id", flat=True)[:TEAM_CAP])


def _leader(team_id: int | None) -> int | None:
    team = directory.get().teams.get(team_id)
    return team.leader_id if team else None


def _watchers(record: Record) -> list[int]:
    return list(Watch.objects.filter(record_id=record.pk).values_list("user_id", flat=True)[:200])
