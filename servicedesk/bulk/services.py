"""One act on many incidents: each row in its own transaction, each outcome kept, taken back where that is possible."""

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
from ..desk.relating import CHILD_OF
from ..incidents import services as incidents
from ..incidents.models import Incident
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
    "assign": ngettext_lazy("Assign %(n)s incident?", "Assign %(n)s incidents?", "n"),
    "hold": ngettext_lazy("Put %(n)s incident on hold?", "Put %(n)s incidents on hold?", "n"),
    "link": ngettext_lazy("Link %(n)s incident?", "Link %(n)s incidents?", "n"),
    "close": ngettext_lazy("Close %(n)s incident?", "Close %(n)s incidents?", "n"),
    "macro": ngettext_lazy("Run a macro on %(n)s incident?", "Run a macro on %(n)s incidents?", "n"),
    "follow_up": ngettext_lazy("Follow up %(n)s incident?", "Follow up %(n)s incidents?", "n"),
    "snooze": ngettext_lazy("Set %(n)s incident aside?", "Set %(n)s incidents aside?", "n"),
    "wake": ngettext_lazy("Bring %(n)s incident back?", "Bring %(n)s incidents back?", "n"),
}
BUTTONS = {
    "assign": ngettext_lazy("Assign %(n)s incident", "Assign %(n)s incidents", "n"),
    "hold": ngettext_lazy("Hold %(n)s incident", "Hold %(n)s incidents", "n"),
    "link": ngettext_lazy("Link %(n)s incident", "Link %(n)s incidents", "n"),
    "close": ngettext_lazy("Close %(n)s incident", "Close %(n)s incidents", "n"),
    "macro": ngettext_lazy("Run it on %(n)s incident", "Run it on %(n)s incidents", "n"),
    "follow_up": ngettext_lazy("Follow up %(n)s incident", "Follow up %(n)s incidents", "n"),
    "snooze": ngettext_lazy("Set %(n)s incident aside", "Set %(n)s incidents aside", "n"),
    "wake": ngettext_lazy("Bring %(n)s incident back", "Bring %(n)s incidents back", "n"),
}
UNDOABLE = {"assign", "hold", "link", "follow_up", "snooze", "wake"}
# A macro may hold several moves: who may not edit may not run one. What one sets aside needs no right but to read it.
MOVE = {"macro": "edit", "snooze": "comment", "wake": "comment"}
# What only concerns the agent: nobody is told, and what others did since is no reason to leave it as it is.
OWN = {"snooze", "wake"}


def chosen(user, numbers: list[str]) -> list[Incident]:
    """The incidents of these numbers that the agent sees, in the order given, at most `MOST`."""
    found = {i.number: i for i in Incident.objects.in_desk_of(user).filter(number__in=numbers[:MOST])}
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

    def work(incident: Incident) -> dict:
        return waiting.with_parent(run, incident) or _do(run.act, incident, actor, values, run.told)

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


def _row(number: str, work: Callable[[Incident], dict], actor, act: str) -> dict:
    incident = next(iter(chosen(actor, [number])), None)
    row: dict[str, Any] = {"number": number, "ok": False, "title": incident.title if incident else "", "message": ""}
    try:
        if incident is None:
            raise Http404
        # Read as an agent's: the rest of the question is answered from the row, without a query.
        works = standing.may_work(scope_of(actor), {name: getattr(incident, name) for name in standing.COLUMNS})
        policies.check(actor, incident, MOVE.get(act, act), agent=True, works=works)
        row |= work(incident) | {"ok": True}
    except Http404:
        row["message"] = _("There is no such incident.")
    except (DomainError, NotAllowed) as error:
        row["message"] = str(error)
    return row


def _do(act: str, incident: Incident, actor, values: dict, tell: bool) -> dict:
    """The act, and what taking it back needs."""
    pk, common = incident.pk, {"actor": actor, "quiet": not tell}
    seen = common | {"version": incident.version}
    before = {
        "team": incident.team_id, "assignee": incident.assignee_id, "state": incident.state,
        "transfers": incident.reassignment_count,
    }  # fmt: skip
    match act:
        case "assign":
            team = values.get("team")
            team = None if team and team.pk == incident.team_id else team
            if team is None and values.get("assignee") is None:
                raise DomainError(_("It is with this team already."))
            done = incidents.assign(pk, team=team, assignee=values.get("assignee"), **seen)
        case "hold":
            done, children = incidents.hold_family(pk, **seen, **values)
            before = {"children": [[key, version] for key, version in children.items()]}
        case "link":
            before = _tie(incident, values["to"], values["type"])
            done = incidents.link(pk, **common, **values)
        case "follow_up":
            before = coming.before(incident)
            done = incidents.follow_up(pk, **seen, **values)
        case "snooze" | "wake":
            before, done = coming.put(act, incident, actor, values), incident
        case "close":
            done = incidents.close(pk, **seen)
        case _:
            done = macros.run(pk, macro=values["macro"], **seen)
    return {"before": before, "version": done.version}


def _tie(incident: Incident, to: Record, kind: str) -> dict:
    """What was tied before. A tie that stands already is refused: taking it back would undo somebody else's."""
    parent = Record.objects.filter(pk=incident.parent_id).first() if kind == CHILD_OF else None
    stands = Link.objects.filter(source_id=incident.pk, target=to, type=kind).exists() or (
        parent and parent.pk == to.pk
    )
    if stands:
        raise DomainError(_("It is linked so already."))
    return {"to": to.number, "type": kind, "parent": parent.number if parent else ""}


def _take_back(act: str, incident: Incident, actor, row: dict) -> dict:
    if act in OWN:
        return coming.put_back(incident, actor, row["before"])
    if act == "hold" and waiting.is_back(incident, row["before"]):
        return {}
    if incident.version != row["version"]:
        raise DomainError(_("Changed since: left as it is."))
    before = row["before"]
    if act == "assign":
        team = Team.objects.filter(pk=before["team"]).first()
        person = User.objects.filter(pk=before["assignee"]).first()
        incidents.give_back(
            incident.pk, actor=actor, team=team, assignee=person, state=before["state"], transfers=before["transfers"],
            version=incident.version,
        )  # fmt: skip
    elif act == "follow_up":
        coming.restore(incident, actor, before)
    elif act == "hold":
        return waiting.take_back(incident, actor, before)
    else:
        to = Record.objects.get(number=before["to"])
        incidents.unlink(incident.pk, actor=actor, to=to, type=before["type"], version=incident.version)
        if before["parent"]:
            parent = Record.objects.get(number=before["parent"])
            incidents.link(incident.pk, actor=actor, to=parent, type=before["type"], quiet=True)
    return {}
