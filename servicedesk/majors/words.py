"""What the history of an incident says about its being major."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.core import durations
from itsm.records.processes import Told

from . import rules

ICONS = {
    "major_proposed": "urgent", "major_accepted": "urgent", "major_open": "urgent", "major_declined": "ban", "major_withdrawn": "ban",
    "major_updated": "speakerphone", "major_over": "check", "major_all_clear": "speakerphone",
}  # fmt: skip


def sentence(verb: str, data: dict) -> str:
    """What was done; an empty string for a verb that is not told here."""
    match verb:
        case "major_proposed":
            return _("Proposed as a major incident: %(why)s.") % {
                "why": ", ".join(rules.words(data.get("why") or [{}]))
            }
        case "major_accepted" | "major_open":
            return _("It is a major incident.")
        case "major_declined":
            return _("It is no major incident.")
        case "major_withdrawn":
            return _("It is no major incident any more.")
        case "major_updated":
            return _("What is told about the major incident was updated.")
        case "major_over":
            return _("The major incident is over.")
        case "major_all_clear":
            n = data.get("people", 0)
            if not n:
                return _("All-clear: nobody was to be told.")
            return ngettext("All-clear: %(n)s person is told.", "All-clear: %(n)s people are told.", n) % {"n": n}
    return ""


def changed(changes: dict) -> list[dict]:
    """What an update told anew: each text and each promised time, as it then stood."""
    labels = {
        "expected_at": _("Back to normal expected at:"), "next_update_at": _("Next update at:"),
        "script_fr": _("Read aloud, in French:"), "script_en": _("Read aloud, in English:"),
        "public_fr": _("Read by users, in French:"), "public_en": _("Read by users, in English:"),
    }  # fmt: skip
    found = []
    for name, label in labels.items():
        if name in changes:
            after = changes[name][1]
            if name.endswith("_at"):
                text = durations.moment(datetime.fromisoformat(after)) if after else _("not said any more")
            else:
                text = after or _("the usual text")
            found.append(
                {"label": label, "text": text, "language": name[-2:] if after and not name.endswith("_at") else ""}
            )
    return found


TOLD = Told(icons=ICONS, public=frozenset(), sentence=sentence)
