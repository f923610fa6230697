"""What the timeline says of the acts that only an access knows."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itsm.core import durations
from itsm.records.processes import Told

from .models import Access


def sentence(verb: str, data: dict) -> str:
    """What was done; an empty string for a verb of all records."""
    words = {"reason": data.get("reason", ""), "proof": data.get("proof", "")}
    match verb:
        case "granted":
            return _("The access was granted. %(proof)s") % words
        case "ended":
            return _("The access is to be revoked: %(reason)s") % words
        case "revoked":
            return _("The access was revoked. %(proof)s") % words
        case "prolonged" if data.get("until"):
            day = durations.day_text(date.fromisoformat(data["until"]))
            return _("The last day is now %(day)s: %(reason)s") % {**words, "day": day}
        case "prolonged":
            return _("There is no last day any more: %(reason)s") % words
    return ""


def to_approve(record) -> list[tuple[str, str]]:
    """Which right, for the mail to who approves it."""
    access = Access.objects.select_related("item").get(pk=record.pk)
    day = durations.day_text(access.until) if access.until else _("None set")
    rows = [
        (_("Item"), access.item.name), (pgettext("access", "Right"), access.right), (_("Account"), access.account),
        (_("Last day"), day),
    ]  # fmt: skip
    return [(what, value) for what, value in rows if value]


TOLD = Told(
    sentence,
    icons={"granted": "lock-open", "ended": "key-off", "revoked": "lock", "prolonged": "calendar-event"},
    public=frozenset({"granted", "ended", "revoked"}),
)
