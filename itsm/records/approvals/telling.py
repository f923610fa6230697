"""Who is told what about approvals: an outbox consumer that queues mails and notices, each under a key, each once.

Who is asked gets a mail with a link of their own; while they are away, those who stand in for them get one too.
"""

from django.utils.translation import override

from itsm.audit.models import Entry
from itsm.core import now
from itsm.notify import messages, notices
from itsm.notify.outbox import Fact, consumer
from itsm.people.administrators import administrators_of
from itsm.people.models import Circle, User
from itsm.people.substitutes import substitutes_of

from .. import processes
from ..models import Approval, Record
from . import links

MOST, LONGEST = 20, 300


@consumer("approvals", "approval.*")
def tell(fact: Fact) -> None:
    """Queue what people want to know of this fact."""
    rule = RULES.get(fact.topic)
    record = Record.objects.select_related("requester").filter(pk=fact.record_id).first() if rule else None
    entry = Entry.objects.filter(pk=fact.payload.get("entry")).first()
    if rule and record and entry:
        rule(fact, record, entry.data)


def _asked(fact: Fact, record: Record, data: dict) -> None:
    wanted = data.get("approvals") or [data.get("approval")]
    rows = (
        Approval.objects.filter(pk__in=wanted, state="pending").select_related("approver", "instead_of").order_by("pk")
    )
    template = "approval_reminder" if fact.topic == "approval.reminded" else "approval_asked"
    for approval in rows:
        people = [approval.approver_id, *substitutes_of(approval.approver_id, now())]
        for person in User.objects.filter(pk__in=people, is_active=True).order_by("pk"):
            if _may_hear(record, person.pk):
                _question(fact, record, approval, person, template)


def _question(fact: Fact, record: Record, approval: Approval, person: User, template: str) -> None:
    instead = approval.approver if person.pk != approval.approver_id else None
    with override(messages.language_of(person)):
        lines = _lines(record)
    messages.queue(
        key=f"{template}-{fact.id}-{approval.pk}-{person.pk}", user=person, template=template, record=record,
        context={
            "record": record, "approval": approval, "instead": instead, "lines": lines, "url": links.path(approval, person), "days": links.DAYS,
        },
    )  # fmt: skip
    notices.tell(
        f"{template}-{fact.id}-{approval.pk}", [person.pk], template, url=f"/approvals/{approval.pk}/", record_id=record.pk,
        data={"number": record.number, "title": record.title},
    )  # fmt: skip


def _lines(record: Record) -> list[tuple[str, str]]:
    """What is to be approved, so that a phone says it without following the link. Nothing of what only a circle reads."""
    say = processes.get(record.kind).to_approve
    if say is None or record.confidentiality_id is not None:
        return []
    return [(what, " ".join(value.split())[:LONGEST]) for what, value in say(record)][:MOST]


def _refused(fact: Fact, record: Record, data: dict) -> None:
    by = User.objects.filter(pk=data.get("person")).first()
    # Who ordered for somebody waits for it as much; of a confidential record only those of its circle hear.
    opener = record.opened_by_id if _inside(record, record.opened_by_id) else None
    for pk in dict.fromkeys([record.requester_id, opener]):
        person = User.objects.filter(pk=pk).first() if pk != getattr(by, "pk", None) else None
        if person is None:
            continue
        messages.queue(
            key=f"approval_refused-{fact.id}-{person.pk}", user=person, template="approval_refused", record=record,
            context={
                "record": record, "by": by, "reason": data.get("reason", ""), "url": f"/r/{record.number}",
                "other": record.requester if person.pk != record.requester_id else None,
            },
        )  # fmt: skip
        notices.tell(
            f"approval_refused-{fact.id}", [person.pk], "approval_refused", url=f"/r/{record.number}",
            record_id=record.pk, data={"number": record.number, "title": record.title},
        )  # fmt: skip


def _answered(fact: Fact, record: Record, data: dict) -> None:
    """Who is away learns what was said in their place."""
    approval = Approval.objects.filter(pk=data.get("approval")).first()
    if approval and approval.decided_by_id not in (None, approval.approver_id):
        notices.tell(
            f"approval_answered-{fact.id}", [approval.approver_id], "approval_answered", url=f"/approvals/{approval.pk}/",
            record_id=record.pk, data={"number": record.number, "title": record.title},
        )  # fmt: skip


def _stranded(fact: Fact, record: Record, data: dict) -> None:
    """Nobody is left who may answer: administrators learn it, so that they give the role to somebody."""
    people = [each.pk for each in administrators_of(record.organisation_id) if _inside(record, each.pk)]
    notices.tell(
        f"approval_stranded-{fact.id}", people, "approval_stranded", url=f"/r/{record.number}", record_id=record.pk,
        data={"number": record.number, "title": record.title},
    )  # fmt: skip


def _may_hear(record: Record, user_id: int) -> bool:
    if user_id in (record.requester_id, record.opened_by_id):
        return False
    return _inside(record, user_id)


def _inside(record: Record, user_id: int | None) -> bool:
    if record.confidentiality_id is None:
        return True
    members = Circle.members.through.objects.filter(circle_id=record.confidentiality_id, user_id=user_id)
    return members.exists()


RULES = {
    "approval.asked": _asked, "approval.escalated": _asked, "approval.reminded": _asked,
    "approval.refused": _refused, "approval.answered": _answered, "approval.handed_on": _asked, "approval.stranded": _stranded,
}  # fmt: skip
