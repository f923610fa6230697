"""Rows of the requester's own lists."""

from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from itsm.core import durations, now
from itsm.core.chips import chip, state_chip
from itsm.records import processes
from itsm.records.models import Comment
from itsm.records.reference import hold_reasons

from ..desk.desks import desk_of

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
    """Tickets in the words of who asked: the state, what is expected of them, and where to do it."""
    at = now()
    found = []
    for v in values:
        url = f"/portal/tickets/{v['number']}/"
        expected = act = ""
        asks = v["phase"] == "waiting" and waits_for_requester(v["hold_reason_id"])
        if v["phase"] == "resolved" and may_be_confirmed(v["kind"], v["state"]):
            expected, act = desk_of(v).asked, f"{url}#solved"
        elif asks:
            expected, act = _("Reply"), f"{url}#reply"
        found.append(
            {
                "id": v["id"], "number": v["number"], "title": v["title"], "url": url, "expected": expected,
                "state": state_of(v["kind"], v["state"], asks=asks),
                "act": act, "asks": asks, "updated": durations.moment(v["updated_at"], at),
                "opened": durations.moment(v["opened_at"], at),
            }
        )  # fmt: skip
    return found


def may_be_confirmed(kind: str, state: str) -> bool:
    """An access that is in force counts as resolved, and there is nothing to confirm."""
    return any(move.name == "close" for move in processes.get(kind).lifecycle.moves_from(state))


def state_of(kind: str, state: str, *, asks: bool) -> SafeString:
    """The state as who asked reads it: that their answer is awaited says more than that the ticket rests."""
    if asks:
        return chip("amber", "message-question", _("Your answer is awaited"))
    lifecycle = processes.get(kind).lifecycle
    return state_chip(lifecycle.look(state), lifecycle.label(state))


def with_questions(rows: list[dict]) -> list[dict]:
    """Where an answer is awaited, what was asked: the desk's last public words, in one line."""
    asking = [row["id"] for row in rows if row["asks"]]
    if asking:
        said = Comment.objects.filter(record_id__in=asking, public=True).order_by("record_id", "-at", "-id")
        words = dict(said.distinct("record_id").values_list("record_id", "body"))
        for row in rows:
            row["question"] = Truncator(" ".join(words.get(row["id"], "").split())).chars(90)
    return rows


def waits_for_requester(reason_id: int | None) -> bool:
    row = hold_reasons.get().get(reason_id)
    return bool(row and row.flags["waits_for_requester"])
