"""The silence rule: which one applies, and when its next step falls. `escalation.silence` takes the steps.

A record on hold for its requester has a `Silence` row from the moment it is held; `moves` removes it when the wait ends,
whatever ended it, so an answer both resumes the record and starts the count again. Major incidents have none.
"""

from dataclasses import dataclass
from datetime import datetime

from itsm.calendars.business import add_business_seconds
from itsm.calendars.calendars import calendar_id_for
from itsm.core.reference import cached
from itsm.people.directory import directory

from .models import Record, Silence, SilenceRule
from .reference import hold_reasons

HOUR = 3600


@dataclass(frozen=True)
class Rule:
    """A rule as it applies: the wait before each reminder, then the wait before the resolution."""

    waits: tuple[int, ...]
    resolve_hours: int
    code_id: int

    def hours_after(self, reminders: int) -> int:
        """How long the silence may last after so many reminders."""
        return self.waits[reminders] if reminders < len(self.waits) else self.resolve_hours


@cached("codes")
def _rules() -> dict[int | None, Rule | None]:
    return {
        rule.organisation_id: Rule(tuple(rule.reminder_hours), rule.resolve_hours, rule.resolution_code_id)
        if rule.is_active
        else None
        for rule in SilenceRule.objects.all()
    }


def rule_for(organisation_id: int) -> Rule | None:
    """The rule of the nearest organisation up the tree that has one; None when it is switched off or there is none."""
    rules = _rules.get()
    row = directory.get().organisations.get(organisation_id)
    return next((rules[level] for level in (*(row.lineage if row else ()), None) if level in rules), None)


def next_step_at(rule: Rule, organisation_id: int, reminders: int, since: datetime) -> datetime:
    """The instant of the next reminder, or of the resolution, in the organisation's business time."""
    seconds = rule.hours_after(reminders) * HOUR
    return add_business_seconds(calendar_id_for(organisation_id), since, seconds)


def applies_to(record: Record) -> bool:
    """Does the record wait for a requester who can be reminded?"""
    if record.phase != "waiting" or record.major or record.requester_id is None:
        return False
    reason = hold_reasons.get().get(record.hold_reason_id)
    return bool(reason and reason.flags["waits_for_requester"])


def begin(record: Record, at: datetime) -> None:
    """Start to count, if the rule wants it. The caller has locked the record, or is the one that just held it."""
    rule = rule_for(record.organisation_id) if applies_to(record) else None
    if rule:
        Silence.objects.get_or_create(
            record_id=record.pk,
            defaults={"since": at, "next_at": next_step_at(rule, record.organisation_id, 0, at)},
        )


def end(record_id: int) -> None:
    """The wait is over: the next one starts from nothing."""
    Silence.objects.filter(record_id=record_id).delete()


def put_back(record_id: int, *, since: datetime, reminders: int, next_at: datetime | None) -> None:
    """The wait was never over after all: it goes on as it stood."""
    Silence.objects.update_or_create(
        record_id=record_id, defaults={"since": since, "reminders": reminders, "next_at": next_at}
    )
