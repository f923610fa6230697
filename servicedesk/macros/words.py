"""What a macro does, for people: a line an act, in the order in which it is done."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.people.directory import directory
from itsm.records import reference
from itsm.records.models import Impact, Urgency

from ..desk.desks import DESKS
from .models import Macro


def does(macro: Macro) -> list[str]:
    """Its acts, each a short sentence. Texts stand as they are kept, with their variables."""
    team = directory.get().teams.get(macro.to_team_id or 0)
    category = reference.category_path(macro.category_id) if macro.category_id else ""
    desk = DESKS.find(macro.kind) if macro.kind else None
    found = [
        _("Only for: %(kind)s") % {"kind": desk.process.label_plural} if desk else "",
        _("Takes charge") if macro.take else "",
        _("Category: %(name)s") % {"name": category} if category else "",
        _("Impact: %(name)s") % {"name": Impact(macro.impact).label} if macro.impact else "",
        _("Urgency: %(name)s") % {"name": Urgency(macro.urgency).label} if macro.urgency else "",
        _("Assigns to %(team)s") % {"team": team.code} if team else "",
        _reply(macro),
        _("Adds the task: %(title)s") % {"title": macro.task} if macro.task else "",
        _("Adds the checklist: %(name)s") % {"name": macro.checklist.name} if macro.checklist else "",
        _hold(macro),
        _follow_up(macro.follow_up_days) if macro.follow_up_days else "",
        _end(macro),
    ]
    return [line for line in found if line]


def _reply(macro: Macro) -> str:
    if not macro.reply:
        return ""
    words = _("Writes to the requester: %(text)s") if macro.public else _("Writes an internal note: %(text)s")
    return words % {"text": macro.reply}


def _hold(macro: Macro) -> str:
    row = reference.hold_reasons.get().get(macro.hold_reason_id) if macro.hold_reason_id else None
    if row is None:
        return ""
    if not macro.hold_days:
        return _("Holds: %(reason)s") % {"reason": row.name}
    words = ngettext("Holds for %(n)s day: %(reason)s", "Holds for %(n)s days: %(reason)s", macro.hold_days)
    return words % {"n": macro.hold_days, "reason": row.name}


def _follow_up(days: int) -> str:
    words = ngettext("Sets a follow-up in %(n)s working day", "Sets a follow-up in %(n)s working days", days)
    return words % {"n": days}


def _end(macro: Macro) -> str:
    row = reference.resolution_codes.get().get(macro.resolution_code_id) if macro.resolution_code_id else None
    return _("Resolves: %(code)s, %(text)s") % {"code": row.name, "text": macro.resolution} if row else ""
