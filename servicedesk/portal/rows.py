"""Rows of the requester's own lists."""

from django.utils.translation import gettext as _

from itsm.core import durations, now
from itsm.core.chips import state_chip
from itsm.records import processes
from itsm.records.reference import hold_reasons

COLUMNS = (
    "id",
    "number",
    "title",
    "kind",
    "state",
    "phase",
    "opened_at",
    "updated_at",
    "hold_reason_id",
    "merged_into_id",
)


def ticket_rows(values: list[dict]) -> list[dict]:
    """Tickets in the words of who asked: the state, and what is expected of them."""
    at = now()
    found = []
    for v in values:
        lifecycle = processes.get(v["kind"]).lifecycle
        expected = ""
        if v["phase"] == "resolved":
            expected = _("Is it solved?")
        elif v["phase"] == "waiting" and waits_for_requester(v["hold_reason_id"]):
            expected = _("Your answer is awaited")
        found.append(
            {
                "number": v["number"], "title": v["title"], "url": f"/portal/tickets/{v['number']}/",
                "state": state_chip(lifecycle.look(v["state"]), lifecycle.label(v["state"])), "expected": expected,
                "updated": durations.moment(v["updated_at"], at), "opened": durations.moment(v["opened_at"], at),
            }
        )  # fmt: skip
    return found


def waits_for_requester(reason_id: int | None) -> bool:
    row = hold_reasons.get().get(reason_id)
    return bool(row and row.flags["waits_for_requester"])
