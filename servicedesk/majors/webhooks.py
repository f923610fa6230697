"""What other programs are told of major incidents: a status page elsewhere, a chat, a wall."""

from django.utils.translation import gettext_lazy as _

from itsm.gateway.record_rows import logins_of
from itsm.gateway.webhooks import bodies, events, queueing
from itsm.notify.outbox import Fact, consumer
from itsm.records.models import Record

from . import opened
from .models import MajorIncident

FAMILY = events.Family("major", _("Major incidents"), {
    "major.proposed": _("A major incident is proposed"), "major.accepted": _("An incident becomes a major one"),
    "major.declined": _("An incident is no major one (any more)"), "major.updated": _("What is told of a major incident changes"),
    "major.over": _("A major incident is over"), "major.all_clear": _("The all-clear is given"),
})  # fmt: skip


@consumer("webhooks of major incidents", "major.*")
def tell(fact: Fact) -> None:
    """Queue it for those who want it; a confidential incident is told to nobody."""
    row = bodies.read_record(fact.record_id) if fact.record_id and events.is_wanted(fact.topic) else None
    if row is not None:
        queueing.offer(
            fact, organisation_id=row["organisation_id"], subject=row["number"], data=lambda: described(fact, row), record=row
        )  # fmt: skip


def described(fact: Fact, row: dict) -> dict:
    """The ticket, and what is told of it, as they stand when the message is made."""
    record = Record.objects.get(pk=row["id"])
    major = MajorIncident.objects.filter(record=record).first()
    told = opened.told_of(record, major)
    by = fact.payload.get("by")
    return {
        "record": bodies.described(row),
        "major": {
            "state": major.state if major else None, "public_fr": told["public"]["fr"], "public_en": told["public"]["en"],
            "expected_at": told["expected_at"], "next_update_at": told["next_update_at"], "tickets": told["child_count"],
            "accepted_at": major.accepted_at if major else None, "over_at": major.over_at if major else None,
            "all_clear_at": major.all_clear_at if major else None,
        },
        "actor": logins_of([by]).get(by), "links": bodies.links(row),
    }  # fmt: skip


events.add(FAMILY)
