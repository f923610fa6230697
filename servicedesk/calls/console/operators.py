"""Who is at the switchboard, what they do and since when."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itsm.core import durations, now
from itsm.core.chips import chip

from .. import figures
from ..models import Operator
from . import clocks
from .seeing import Seat

SHOWN, FIRST = 40, 6
S = Operator.State
ORDER = [S.IN_CALL, S.RINGING, S.WRAP_UP, S.AVAILABLE, S.PAUSE, S.AWAY]
TONES = {
    S.IN_CALL: "green",
    S.RINGING: "green",
    S.WRAP_UP: "amber",
    S.AVAILABLE: "blue",
    S.PAUSE: "grey",
    S.AWAY: "grey",
}


def word(state: str) -> str:
    """What an operator does, as a chip says it."""
    return {
        S.IN_CALL: pgettext("operator", "In call"), S.RINGING: pgettext("operator", "Ringing"),
        S.WRAP_UP: pgettext("operator", "Wrap-up"), S.AVAILABLE: pgettext("operator", "Free"),
        S.PAUSE: pgettext("operator", "Pause"), S.AWAY: pgettext("operator", "Absent"),
    }[S(state)]  # fmt: skip


def rows(seat: Seat) -> list[Operator]:
    """The operators of the queues that the page is about; oneself in any case."""
    found = Operator.objects.visible_to(seat.user).filter(person__is_active=True)
    if seat.chosen or not seat.manages:
        mine = Q(pk=seat.operator.pk) if seat.operator else Q()
        found = found.filter(Q(queues__queue__in=[queue.pk for queue in seat.looked_at]) | mine).distinct()
    return list(found.select_related("person", "pause_reason").order_by("person__sort_key", "pk")[:SHOWN])


def listed(seat: Seat, at: datetime | None = None) -> dict:
    """Who is at the switchboard, those on the phone first, and how many are on duty."""
    at = at or now()
    found = rows(seat)
    me = seat.operator.pk if seat.operator else None
    found.sort(key=lambda row: (row.pk != me, ORDER.index(S(row.state))))
    present, on_duty = sum(row.state != S.AWAY for row in found), sum(row.state in figures.ON_DUTY for row in found)
    drawn = [_row(row, me, at) for row in found]
    # Who is not away, always; of the absent as many as leave the wrap-up in sight.
    first = max(present + (me is not None), FIRST)
    return {
        "rows": drawn[:first], "others": drawn[first:], "on_duty": on_duty, "all": len(found),
        "short": any(row.state in (S.PAUSE, S.AWAY) for row in found) and not any(row.state == S.AVAILABLE for row in found),
    }  # fmt: skip


def _row(row: Operator, me: int | None, at: datetime) -> dict:
    person = row.person
    reason = row.pause_reason.name if row.pause_reason_id and row.state == S.PAUSE else ""
    notes = [_("you")] if row.pk == me else []
    if row.until and row.state in (S.PAUSE, S.AWAY):
        notes.append(_("back at %(time)s") % {"time": durations.moment(row.until, at)})
    elif reason:
        notes.append(reason)
    note = " · ".join(notes)
    return {
        "name": f"{person.first_name} {person.last_name[:1]}." if person.first_name and person.last_name else person.display_name,
        "full": person.display_name, "initials": person.initials, "note": note, "tone": TONES[S(row.state)],
        "chip": chip(TONES[S(row.state)], "", word(row.state)), "reason": reason,
        "time": "" if row.state == S.AWAY else clocks.runs(row.since, at),
    }  # fmt: skip
