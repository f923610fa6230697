"""Checklists that are kept once and put on tickets: a task a line, in their order.

A line is a sentence; `+2` at its end makes it due in two working days, `@login` gives it to a colleague.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice

from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.calendars.calendars import calendar_id_for
from itsm.calendars.choices import working_days
from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.people.models import User
from itsm.records import assignable, moves
from itsm.records.models import Record, Task

from ..desk.working import MANY
from .models import ChecklistTemplate

MARK = re.compile(r"\s(?:\+(?P<days>\d{1,3})|@(?P<login>[\w.+-]{1,150}))$")
LONGEST, EVENING = 200, time(18)


@dataclass(frozen=True)
class Line:
    """A task to come. `days`: working days until it is due; `login`: whose it is."""

    title: str
    days: int | None = None
    login: str = ""


def parse(text: str) -> list[Line]:
    """The tasks that a text lists; empty lines and a leading dash or box say nothing."""
    found = []
    for raw in text.splitlines():
        line = " " + raw.strip().lstrip("-*•☐ ").strip()
        days, login = None, ""
        while mark := MARK.search(line):
            days = int(mark["days"]) if mark["days"] and days is None else days
            login = mark["login"] or login
            line = line[: mark.start()]
        if line.strip():
            found.append(Line(line.strip()[:LONGEST], days, login))
    return found


def apply(pk: int, *, actor, template: ChecklistTemplate, version: int | None = None, again: bool = False) -> Record:
    """Put every task of the checklist on the ticket, after those that are there. Twice is refused, or is once (`again`).

    A colleague who may not work the ticket gets nothing: the task is then nobody's.
    """
    lines = parse(template.lines)
    key = f"checklist-{template.pk}-{pk}"
    with moves.apply(Record, pk, "edit", actor=actor, version=version, quiet=True) as change:
        ticket = change.record
        if Task.objects.filter(record_id=pk, key=f"{key}-0").exists():
            if again:
                change.note(checklist_again=template.name)
                return ticket
            raise DomainError(_("This checklist is on the ticket already."), field="checklist")
        if Task.objects.filter(record_id=pk).count() + len(lines) > MANY:
            raise DomainError(_("A ticket has at most %(n)s tasks.") % {"n": MANY}, field="checklist")
        people = {
            person.username: person for person in User.objects.filter(username__in=[line.login for line in lines])
        }
        tasks = [
            Task(
                record_id=pk, title=line.title, key=f"{key}-{place}", created_at=change.at,
                due_at=_due(ticket, line.days, change.at), assignee=_holder(ticket, people.get(line.login)),
            )
            for place, line in enumerate(lines)
        ]  # fmt: skip
        Task.objects.bulk_create(tasks)
        change.note(checklist=template.name)
        for task in tasks:
            if task.assignee_id and task.assignee_id != getattr(actor, "pk", None):
                outbox.put("task.opened", record=ticket, payload={"task": task.pk, "number": ticket.number})
    return ticket


def _due(ticket: Record, days: int | None, at: datetime) -> datetime | None:
    """The evening of that working day; today for none at all."""
    if days is None:
        return None
    day = timezone.localtime(at).date()
    if days:
        open_days = working_days(calendar_id_for(ticket.organisation_id), day)
        day = next(islice(open_days, days - 1, None), day)
    return timezone.make_aware(datetime.combine(day, EVENING))


def _holder(ticket: Record, person: User | None) -> User | None:
    return person if person and assignable.may_hold(ticket, person) else None
