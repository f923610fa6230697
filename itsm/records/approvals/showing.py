"""Approvals as pages and panels show them: few queries, however many rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from itsm.core.chips import chip

from .. import processes
from ..models import AffectedItem, Approval, ApprovalRun, Attachment, Record
from . import services
from .rules import Stage

LOOKS = {
    "pending": ("blue", "hourglass"), "approved": ("green", "thumb-up"), "refused": ("red", "thumb-down"),
    "expired": ("amber", "clock-x"), "withdrawn": ("grey", "ban"), "handed_on": ("grey", "arrow-right"),
}  # fmt: skip
NAMES = ("approver", "decided_by", "instead_of")


@dataclass
class Line:
    """One question, in words."""

    row: Approval
    state: str
    why: str
    cost: str = ""


@dataclass
class Block:
    """A stage with its questions."""

    name: str
    quorum: str
    lines: list[Line] = field(default_factory=list)
    applies: bool = True


def state_chip(approval: Approval) -> str:
    """The state as a coloured word."""
    return chip(*LOOKS[approval.state], str(approval.get_state_display()))


def lines(rows: Iterable[Approval]) -> list[Line]:
    """Each with its chip and why this person was asked."""
    return [Line(row, state_chip(row), why(row)) for row in rows]


def add_costs(found: list[Line]) -> list[Line]:
    """The same with what each record costs, a query a process that knows."""
    for kind in {line.row.record.kind for line in found}:
        costs = processes.get(kind).costs
        if costs is None:
            continue
        of_kind = [line for line in found if line.row.record.kind == kind]
        said = costs({line.row.record_id for line in of_kind})
        for line in of_kind:
            line.cost = said.get(line.row.record_id, "")
    return found


def why(approval: Approval) -> str:
    """Why this person is asked, and in whose place."""
    said = str(approval.get_why_display()) if approval.why else ""
    words = {"why": said, "instead": approval.get_instead_display() if approval.instead else ""}
    if approval.instead and approval.instead_of:
        words["person"] = approval.instead_of.display_name
        return _("%(why)s, in the place of %(person)s (%(instead)s)") % words
    return _("%(why)s (%(instead)s)") % words if approval.instead else said


def blocks(record: Record) -> list[Block]:
    """The stages of the newest run on a record and what was said in each; what is still to come has no lines yet.

    A stage that these answers do not ask for is named too: who looks for it reads why nobody was asked.
    """
    run = ApprovalRun.objects.filter(record_id=record.pk).order_by("-pk").first()
    rows = Approval.objects.filter(record_id=record.pk).select_related(*NAMES).order_by("stage", "pk")
    if run is None:
        found = lines(rows)
        return [Block("", "", found)] if found else []
    by_stage: dict[int, list[Line]] = {}
    for line in lines(rows.filter(run=run)):
        by_stage.setdefault(line.row.stage - run.offset, []).append(line)
    rule = services.kept_rule(run)
    applying = set(rule.applying(run.facts))
    found = []
    for number, stage in enumerate(rule.stages, 1):
        asked = by_stage.get(number, [])
        to_come = run.state == ApprovalRun.State.RUNNING and number > run.stage - run.offset
        if asked or to_come or number not in applying:
            applies = bool(asked) or number in applying
            found.append(Block(stage.name, _quorum(stage, asked) if applies else "", asked, applies))
    return found


def _quorum(stage: Stage, found: list[Line]) -> str:
    return stage.quorum.words if len(found) > 1 or not found else ""


def summary(record: Record, *, files: bool) -> dict:
    """What an approver reads of the record. Internal notes and internal files are the desk's own."""
    items = AffectedItem.objects.filter(record_id=record.pk).select_related("item").order_by("pk")[:20]
    shown = Attachment.objects.filter(record_id=record.pk, public=True).order_by("pk")[:20] if files else []
    return {"record": record, "items": [each.item for each in items], "files": list(shown)}
