"""What is read aloud first while a major incident is open: in the caller's language, what touches the caller before the rest."""

from datetime import datetime

from itsm.core import durations

from ...majors import opened
from ..models import Call
from . import callercard


def for_call(user, call: Call, at: datetime) -> list[dict]:
    """The open major incidents that may be why somebody calls, the likeliest first."""
    if call.direction != "in" or call.answers_id:
        return []
    found = opened.open_for(user)
    if not found:
        return []
    organisation = call.caller.organisation_id if call.caller else call.organisation_id
    used = set(callercard.services_of(organisation, 500))
    shown = [_shown(each, call, used, at) for each in found]
    return sorted(shown, key=lambda each: (not each["chosen"], not each["touches"]))


def _shown(each: dict, call: Call, used: set[int], at: datetime) -> dict:
    language = call.language if call.language in each["script"] else "fr"
    return {
        "number": each["number"], "title": each["title"], "url": each["url"], "text": each["script"][language], "language": language,
        "tickets": each["child_count"], "callers": each["callers"],
        "expected": durations.moment(each["expected_at"], at) if each["expected_at"] else "",
        "next": durations.moment(each["next_update_at"], at) if each["next_update_at"] else "",
        "touches": each["service_id"] is None or each["service_id"] in used,
        # What the caller chose in the menu, or called about by the number that was dialled.
        "chosen": bool(call.service_id) and call.service_id == each["service_id"],
        "attached": call.major_id == each["record"],
    }  # fmt: skip
