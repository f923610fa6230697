"""One act on many records: each row in its own transaction, each outcome kept, taken back where that is possible."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy

from itsm.core import now
from itsm.core.errors import DomainError, NotAllowed
from itsm.people.models import Team, User
from itsm.people.scope import scope_of
from itsm.records import standing
from itsm.records.models import Link, Record

from ..desk import policies
from ..desk.desks import desk_of, kinds
from ..desk.relating import CHILD_OF
from ..macros import services as macros
from . import coming, waiting
from .models import BulkRun

MOST = 200
UNDO_MINUTES = 10
NAMES = {
    "assign": gettext_lazy("Assign"), "hold": gettext_lazy("Hold"), "link": gettext_lazy("Link"), "close": pgettext_lazy("ticket", "Close"),
    "macro": gettext_lazy("Macro"), "follow_up": gettext_lazy("Follow up"), "snooze": pgettext_lazy("act", "Set aside"),
    "wake": gettext_lazy("Bring back"),
}  # fmt: skip
QUESTIONS = {
    "assign": ngettext_lazy("Assign %(n)s ticket?", "Assign %(n)s tickets?", "n"),
    "hold": ngettext_lazy("Put %(n)s ticket on hold?", "Put %(n)s tickets on hold?", "n"),
    "link": ngettext_lazy("Link %(n)s ticket?", "Link %(n)s tickets?", "n"),
    "close": ngettext_lazy("Close %(n)s ticket?", "Close %(n)s tickets?", "n"),
    "macro": ngettext_lazy("Run a macro on %(n)s ticket?", "Run a macro on %(n)s tickets?", "n"),
    "follow_up": ngettext_lazy("Follow up %(n)s ticket?", "Follow up %(n)s tickets?", "n"),
    "snooze": ngettext_lazy("Set %(n)s ticket aside?", "Set %(n)s tickets aside?", "n"),
    "wake": ngettext_lazy("Bring %(n)s ticket back?", "Bring %(n)s tickets back?", "n"),
}
BUTTONS = {
    "assign": ngettext_lazy("Assign %(n)s ticket", "Assign %(n)s tickets", "n"),
    "hold": ngettext_lazy("Hold %(n)s ticket", "Hold %(n)s tickets", "n"),
    "link": ngettext_lazy("Link %(n)s ticket", "Link %(n)s tickets", "n"),
    "close": ngettext_lazy("Close %(n)s ticket", "Close %(n)s tickets", "n"),
    "macro": ngettext_lazy("Run it on %(n)s ticket", "Run it on %(n)s tickets", "n"),
    "follow_up": ngettext_lazy("Follow up %(n)s ticket", "Follow up %(n)s tickets", "n"),
    "snooze": ngettext_lazy("Set %(n)s ticket aside", "Set %(n)s tickets aside", "n"),
    "wake": ngettext_lazy("Bring %(n)s ticket back", "Bring %(n)s tickets back", "n"),
}
UNDOABLE = {"assign", "hold", "link", "follow_up", "snooze", "wake"}
# A macro may hold several moves: who may not edit may not run one. What one sets aside needs no right but to read it.
MOVE = {"macro": "edit", "snooze": "comment", "wake": "comment"}
# What only concerns the agent: nobody is told, and what others did since is no reason to leave it as it is.
OWN = {"snooze", "wake"}


def chosen(user, numbers: list[str]) -> list[Record]:
    """The tickets of these numbers that the agent sees, in the order given, at most `MOST`."""
    found = {i.number: i for i in Record.objects.in_desk_of(user).filter(number__in=numbers[:MOST], kind__in=kinds())}
    return [found[number] for number in dict.fromkeys(numbers) if number in found]


def perform(
    numbers: list[str], *, actor: User, act: str, values: dict[str, Any], token: str, tell: bool = False
) -> BulkRun:
    """Do the act to each row; what fails says why and stops nobody else. The same token twice is the same run."""
    if act not in NAMES:
        raise DomainError(_("There is no such act."), field="act")
    # By key, so that two runs over the same rows never wait for each other. A row that a dead process left says so.
    wanted = sorted(dict.fromkeys(numbers[:MOST]))
    rows = [
        {"number": number, "ok": False, "title": "", "message": _("Not reached: choose it again.")} for number in wanted
    ]
    try:
        with transaction.atomic():
            run = BulkRun.objects.create(actor=actor, act=act, token=token, told=tell, rows=rows)
    except IntegrityError:
        return BulkRun.objects.get(actor=actor, token=token)
    try:
        for place, number in enumerate(wanted):
            if not _do_row(run.pk, place, number, actor=actor, values=values):
                break
    finally:
        BulkRun.objects.filter(pk=run.pk).update(finished_at=now())
    return BulkRun.objects.get(pk=run.pk)


@transaction.atomic
def _do_row(pk, place: int, number: str, *, actor, values: dict[str, Any]) -> bool:
    """The act and its line in one transaction: a process that dies leaves no ticket changed without a word.

    False once the run is being taken back: what was not reached is left as it is.
    """
    run = _locked(pk)
    if run.undone_at:
        return False

    def work(ticket: Record) -> dict:
        return waiting.with_parent(run, ticket) or _do(run.act, ticket, actor, values, run.told)

    run.rows[place], run.moved_at = _row(number, work, actor, run.act), now()
    run.save(update_fields=["rows", "moved_at"])
    return True


def _locked(pk) -> BulkRun:
    return BulkRun.objects.select_for_update(no_key=True).get(pk=pk)


def undo(run: BulkRun, *, actor: User) -> BulkRun:
    """Take back what nobody has touched since. Raises DomainError when it is too late or was done already.

    Row by row, each in one transaction with its line: two at once share the work, and one that died is begun again.
    """
    run = BulkRun.objects.get(pk=run.pk, actor=actor)
    if run.is_running:
        raise DomainError(_("It is still running: take it back when it is done."))
    if not may_undo(run):
        raise DomainError(_("This can no longer be taken back."))
    while True:
        with transaction.atomic():
            run = _locked(run.pk)
            row = next(_left_to_undo(run), None)
            if row is None:
                return run
            again = _row(row["number"], lambda i, act=run.act, r=row: _take_back(act, i, actor, r), actor, run.act)
            row["undone"], row["message"] = again["ok"], again["message"]
            run.undone_at = run.undone_at or now()
            run.save(update_fields=["rows", "undone_at"])


def may_undo(run: BulkRun) -> bool:
    """Is there something to take back, is it all done, and is it still time?"""
    young = now() - run.at < timedelta(minutes=UNDO_MINUTES)
    return run.act in UNDOABLE and young and not run.is_running and next(_left_to_undo(run), None) is not None


def _left_to_undo(run: BulkRun) -> Iterator[dict]:
    return (row for row in run.rows if row["ok"] and "undone" not in row)


def _row(number: str, work: Callable[[Record], dict], actor, act: str) -> dict:
    ticket = next(iter(chosen(actor, [number])), None)
    row: dict[str, Any] = {"number": number, "ok": False, "title": ticket.title if ticket else "", "message": ""}
    try:
        if ticket is None:
            raise Http404
        # Read as an agent's: the rest of the question is answered from the row, without a query.
        works = standing.may_work(scope_of(actor), {name: getattr(ticket, name) for name in standing.COLUMNS})
        policies.check(actor, ticket, MOVE.get(act, act), agent=True, works=works)
        row |= work(ticket) | {"ok": True}
    except Http404:
        row["message"] = _("There is no such ticket.")
    except (DomainError, NotAllowed) as error:
        row["message"] = str(error)
    return row


def _do(act: str, ticket: Record, actor, values: dict, tell: bool) -> dict:
    """The act, and what taking it back needs."""
    pk, common = ticket.pk, {"actor": actor, "quiet": not tell}
    seen = common | {"version": ticket.version}
    before = {
        "team": ticket.team_id, "assignee": ticket.assignee_id, "state": ticket.state,
        "transfers": ticket.reassignment_count,
    }  # fmt: skip
    match act:
        case "assign":
            team = values.get("team")
            team = None if team and team.pk == ticket.team_id else team
            if team is None and values.get("assignee") is None:
                raise DomainError(_("It is with this team already."))
            done = desk_of(ticket).services.assign(pk, team=team, assignee=values.get("assignee"), **seen)
        case "hold":
            done, children = desk_of(ticket).services.hold_family(pk, **seen, **values)
            before = {"children": [[key, version] for key, version in children.items()]}
        case "link":
            before = _tie(ticket, values["to"], values["type"])
            done = desk_of(ticket).services.link(pk, **common, **values)
        case "follow_up":
            before = coming.before(ticket)
            done = desk_of(ticket).services.follow_up(pk, **seen, **values)
        case "snooze" | "wake":
            before, done = coming.put(act, ticket, actor, values), ticket
        case "close":
            done = desk_of(ticket).services.close(pk, **seen)
        case _:
            done = macros.run(pk, macro=values["macro"], **seen)
    return {"before": before, "version": done.version}


def _tie(ticket: Record, to: Record, kind: str) -> dict:
    """What was tied before. A tie that stands already is refused: taking it back would undo somebody else's."""
    parent = Record.objects.filter(pk=ticket.parent_id).first() if kind == CHILD_OF else None
    stands = Link.objects.filter(source_id=ticket.pk, target=to, type=kind).exists() or (parent and parent.pk == to.pk)
    if stands:
        raise DomainError(_("It is linked so already."))
    return {"to": to.number, "type": kind, "parent": parent.number if parent else ""}


def _take_back(act: str, ticket: Record, actor, row: dict) -> dict:
    if act in OWN:
        return coming.put_back(ticket, actor, row["before"])
    if act == "hold" and waiting.is_back(ticket, row["before"]):
        return {}
    if ticket.version != row["version"]:
        raise DomainError(_("Changed since: left as it is."))
    before = row["before"]
    if act == "assign":
        team = Team.objects.filter(pk=before["team"]).first()
        person = User.objects.filter(pk=before["assignee"]).first()
        desk_of(ticket).services.give_back(
            ticket.pk, actor=actor, team=team, assignee=person, state=before["state"], transfers=before["transfers"],
            version=ticket.version,
        )  # fmt: skip
    elif act == "follow_up":
        coming.restore(ticket, actor, before)
    elif act == "hold":
        return waiting.take_back(ticket, actor, before)
    else:
        to = Record.objects.get(number=before["to"])
        desk_of(ticket).services.unlink(ticket.pk, actor=actor, to=to, type=before["type"], version=ticket.version)
        if before["parent"]:
            parent = Record.objects.get(number=before["parent"])
            desk_of(ticket).services.link(ticket.pk, actor=actor, to=parent, type=before["type"], quiet=True)
    return {}
