"""Rows of the list: one query of narrow values, everything shown computed here once, so that the template only places it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from itsm.core import durations
from itsm.core.chips import due_chip, priority_chip, state_chip
from itsm.people.directory import directory, names_of
from itsm.records import reference
from itsm.records.models import FAR

from .states import LIFECYCLE

COLUMNS = (
    "id", "number", "title", "state", "phase", "priority", "team_id", "assignee_id", "queue_at", "due_at", "child_count",
    "hold_reason_id", "reassignment_count", "major", "confidentiality_id", "opened_at", "requester_id", "resolved_at",
)  # fmt: skip
SOON = timedelta(hours=2)


def build(values: Iterable[dict], *, now: datetime, bounce: int) -> list[dict]:
    """What each row of the table shows."""
    rows = list(values)
    names = names_of({v["assignee_id"] for v in rows} | {v["requester_id"] for v in rows})
    teams, holds = directory.get().teams, reference.hold_reasons.get()
    found = []
    for v in rows:
        hold = holds.get(v["hold_reason_id"])
        look = LIFECYCLE.look(v["state"])
        team = teams.get(v["team_id"])
        found.append(
            {
                "number": v["number"],
                "url": f"/desk/incidents/{v['number']}/",
                "title": v["title"],
                "priority": priority_chip(v["priority"]),
                "state": state_chip(look, hold.name if hold else LIFECYCLE.label(v["state"])),
                "team": team.code if team else "",
                "assignee": names.get(v["assignee_id"], ""),
                "requester": names.get(v["requester_id"], ""),
                "children": v["child_count"],
                "major": v["major"],
                "secret": v["confidentiality_id"] is not None,
                "bounced": v["reassignment_count"] >= bounce,
                "hops": v["reassignment_count"],
                "due": due(v, now),
                "opened": durations.moment(v["opened_at"], now),
            }
        )
    return found


def due(v: dict, now: datetime):
    """The deadline of a row: what is left, what is overdue, or why nothing runs."""
    if v["phase"] in ("resolved", "closed"):
        return ""
    if v["queue_at"] >= FAR:
        return due_chip("paused", _("on hold")) if v["phase"] == "waiting" else due_chip("none", _("planned"))
    left = v["queue_at"] - now
    state = "breached" if left < timedelta() else "warning" if left < SOON else "running"
    return due_chip(state, durations.until(v["queue_at"], now))
