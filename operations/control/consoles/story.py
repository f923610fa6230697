"""The history of an alert in words: what machines said and what people did, newest first."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.core.durations import day_and_time
from itsm.events.models import Alert, AlertEntry, Severity
from itsm.people.directory import names_of

MOST = 200
ICONS = {
    "opened": "bell-ringing", "again": "bell-ringing", "severity": "arrows-up-down", "acknowledged": "hand-stop", "silenced": "bell-off",
    "closed": "check", "cleared": "check", "recorded": "ticket", "attached": "link", "reopened": "ticket", "folded": "sitemap",
    "unfolded": "sitemap", "maintenance": "tool", "maintenance_over": "tool", "flapping": "arrows-up-down", "not_recorded": "alert-triangle",
    "no_outage": "alert-triangle",
}  # fmt: skip
WORDS = {
    "opened": gettext_lazy("It began: %(severity)s"),
    "again": gettext_lazy("It is back"),
    "severity": gettext_lazy("From %(before)s to %(after)s"),
    "rearmed": gettext_lazy("It got worse: it asks for an eye again"),
    "acknowledged": gettext_lazy("Taken"),
    "unacknowledged": gettext_lazy("Given back"),
    "silenced": gettext_lazy("Silenced until %(until)s: %(reason)s"),
    "unsilenced": gettext_lazy("The silence is over"),
    "maintenance": gettext_lazy("In maintenance until %(until)s"),
    "maintenance_over": gettext_lazy("The maintenance is over"),
    "flapping": gettext_lazy("It comes and goes"),
    "calm": gettext_lazy("It is calm again"),
    "folded": gettext_lazy("Folded under %(by)s"),
    "unfolded": gettext_lazy("No longer folded under %(by)s"),
    "cleared": gettext_lazy("Its source says that it is over"),
    "closed": pgettext_lazy("alert", "Closed"),
    "expired": gettext_lazy("Closed: nothing was heard of it any more"),
    "recorded": gettext_lazy("%(record)s opened"),
    "attached": gettext_lazy("Attached to %(record)s"),
    "reopened": gettext_lazy("%(record)s opened again"),
    "resolved": gettext_lazy("%(record)s resolved: nobody had touched it"),
    "noted": gettext_lazy("%(record)s was told that it is over"),
    "not_recorded": gettext_lazy("The rule “%(rule)s” could not open a record"),
    "no_outage": gettext_lazy("No outage was opened: %(why)s"),
}


def of(alert: Alert) -> list[dict]:
    """[{at, icon, text, who}], the newest first."""
    rows = list(AlertEntry.objects.filter(alert=alert).order_by("-id")[:MOST])
    people = names_of(row.actor_id for row in rows)
    return [
        {
            "at": row.at,
            "icon": ICONS.get(row.verb, "circle"),
            "text": sentence(row),
            "who": people.get(row.actor_id, ""),
        }
        for row in rows
    ]


def sentence(row: AlertEntry) -> str:
    """One step in words. A verb that is not known is shown as it is: nothing is hidden."""
    data = {
        "severity": "",
        "before": "",
        "after": "",
        "until": "",
        "reason": "",
        "by": "",
        "record": "",
        "rule": "",
        "why": "",
    } | row.data
    for name in ("severity", "before", "after"):
        if data[name] in Severity.values:
            data[name] = str(Severity(data[name]).label)
    if data["until"]:
        data["until"] = _instant(data["until"])
    text = str(WORDS.get(row.verb, row.verb)) % data if row.verb in WORDS else row.verb
    if row.verb == "closed" and data["reason"]:
        return f"{text} · {data['reason']}"
    if row.verb == "closed" and data.get("recovered"):
        return _("Closed: it is over")
    return text


def _instant(text: str) -> str:
    try:
        return day_and_time(datetime.fromisoformat(text))
    except ValueError:
        return text
