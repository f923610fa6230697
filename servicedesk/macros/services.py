"""Which texts and macros somebody may use, and what a macro does."""

from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.calendars.calendars import calendar_id_for
from itsm.calendars.choices import opening, working_days
from itsm.core import now
from itsm.core.errors import DomainError, StaleVersion
from itsm.core.recent import recent
from itsm.notify.messages import language_of
from itsm.people.scope import scope_of
from itsm.records.models import Record

from ..desk.desks import desk_of
from . import checklists, variables
from .models import CannedReply, Macro

SECONDS = 30


def shelf(user) -> Q:
    """Mine, my teams', everybody's."""
    return Q(owner=user) | Q(owner=None, team=None) | Q(team__in=scope_of(user).teams)


def replies_for(user, ticket: Record) -> list[dict]:
    """The canned replies that this agent may insert here, filled: those in the requester's language first."""
    wanted = language_of(ticket.requester)
    known = variables.values(ticket, user)
    rows = sorted(CannedReply.objects.filter(shelf(user))[:100], key=lambda row: (row.language != wanted, row.name))
    return [
        {"name": row.name, "language": row.language, "body": variables.fill(row.body, known)} for row in rows
    ]  # fmt: skip


def macros_for(user, kind: str = "") -> list[Macro]:
    """The macros that this agent may run: all of them, or those that a record of that kind may be given."""
    rows = Macro.objects.filter(shelf(user), active=True)
    return list((rows.filter(kind__in=["", kind]) if kind else rows)[:50])


def names_for(user, kind: str) -> list[tuple[int, str]]:
    """Keys and names of those macros, at most `SECONDS` old: for menus."""
    return recent(f"macros:{kind}:{user.pk}", SECONDS, lambda: [(row.pk, row.name) for row in macros_for(user, kind)])


@transaction.atomic
def run(pk: int, *, actor, macro: Macro, version: int | None = None, quiet: bool = False) -> Record:
    """Do everything that the macro says, or nothing. Raises what the services raise (DomainError and its kin)."""
    ticket = Record.objects.locked().get(pk=pk)
    desk = desk_of(ticket)
    services = desk.services
    if macro.kind not in ("", ticket.kind):
        raise DomainError(_("It is for another kind of record."))
    if version is not None and version != ticket.version:
        raise StaleVersion(data={"version": ticket.version})
    changed = {
        name: value
        for name, value in (("category", macro.category), ("impact", macro.impact), ("urgency", macro.urgency))
        if value
    }
    common = {"actor": actor, "quiet": quiet}
    if macro.take and ticket.state in desk.lifecycle.moves["acknowledge"].sources:
        ticket = services.acknowledge(pk, **common)
    if changed:
        ticket = services.edit(pk, actor=actor, **changed)
    if macro.to_team and macro.to_team_id != ticket.team_id:
        services.assign(pk, team=macro.to_team, **common)
    known = variables.values(Record.objects.select_related("requester", "service__item").get(pk=pk), actor)
    if macro.reply:
        services.comment(pk, body=variables.fill(macro.reply, known), public=macro.public, **common)
    if macro.task:
        title = variables.fill(macro.task, known)[:200]
        services.add_task(pk, actor=actor, title=title, due_at=now() + timedelta(days=macro.task_days))
    if macro.checklist:
        checklists.apply(pk, actor=actor, template=macro.checklist, again=True)
    if macro.hold_reason:
        until = now() + timedelta(days=macro.hold_days) if macro.hold_days else None
        services.hold(pk, reason=macro.hold_reason, comment="", until=until, said=bool(macro.reply), **common)
    if macro.follow_up_days:
        services.follow_up(pk, on=_morning(ticket, macro.follow_up_days), reason=macro.name, **common)
    if macro.resolution_code:
        text = variables.fill(macro.resolution, known)
        services.resolve(pk, resolution_code=macro.resolution_code, resolution=text, **common)
    return desk.model.objects.get(pk=pk)


def _morning(ticket: Record, days: int) -> datetime:
    """When that working day begins for the reader; day by day where the calendar never opens."""
    calendar, zone = calendar_id_for(ticket.organisation_id), timezone.get_current_timezone()
    today = timezone.localdate(now())
    day = next(islice(working_days(calendar, today), days - 1, None), today + timedelta(days=days))
    return opening(calendar, day, zone)
