"""What narrows a list, as chips that can be taken away one by one; and the same words for what does not exist any more."""

from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from itsm.people.directory import directory
from itsm.people.models import User
from itsm.records import processes
from itsm.records.models import Channel, Phase, Priority

from . import desks, facets, tabs
from .filters import DeskFilter

# Never a filter: where one stands in the list, and how it is shown.
PLACE = ("cursor", "v", "show", "before", "more")


def chips(params: QueryDict, found: DeskFilter) -> list[dict]:
    """One chip a value: what it says, the address without it, and whether it names something that is gone."""
    given = [(name, value) for name in found.filters for value in params.getlist(name) if value.strip()]
    words = _words(given)
    bad = set(found.form.errors) if not found.is_valid() else set()
    shown = []
    for name, value in given:
        text = words[name, value]
        gone = not text or (name in bad and name not in SEVERAL)
        shown.append({"text": text or _said(name, value), "without": _without(params, name, value), "gone": gone})
    return shown


def describe(addresses: list[QueryDict]) -> list[list[dict]]:
    """What addresses hold, in words: the tab, then every filter. Names are looked up for all of them at once."""
    names = tabs.names()
    given = [
        [(name, value) for name in DeskFilter.base_filters for value in params.getlist(name)] for params in addresses
    ]
    words = _words([pair for pairs in given for pair in pairs])
    return [
        [{"text": names.get(params.get("tab", ""), names["open"]), "gone": False}]
        + [{"text": words[pair] or _said(*pair), "gone": not words[pair]} for pair in pairs]
        for params, pairs in zip(addresses, given, strict=True)
    ]


SEVERAL = ("kind", "team", "category", "service", "site", "phase", "priority", "due", "state")


def _words(given: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What each choice is called; empty where nothing of that name exists."""
    found: dict[tuple[str, str], str] = {}
    for name in facets.ASKED:
        values = [value for each, value in given if each == name]
        if values:
            found |= {(name, value): text for value, text in facets.named(name, values).items()}
    logins = {value for name, value in given if name in ("assignee", "requester")}
    people = {p.username: p.display_name for p in User.objects.filter(username__in=logins)} if logins else {}
    for name, value in given:
        if (name, value) not in found:
            found[name, value] = _word(name, value, people)
    return found


def _word(name: str, value: str, people: dict[str, str]) -> str:
    label = _names().get(name, name)
    match name:
        case "q":
            return _("“%(words)s”") % {"words": value.strip()[:40]}
        case "phase":
            return str(Phase(value).label) if value in Phase.values else ""
        case "state":
            return str(desks.states().get(value, ""))
        case "kind":
            return str(processes.get(value).label) if value in desks.kinds() else ""
        case "priority":
            return f"P{value}" if value in {str(p) for p in Priority.values} else ""
        case "due":
            return {"overdue": _("Overdue"), "soon": _("Within 2 h"), "paused": _("Clock stopped")}.get(value, "")
        case "team":
            return value if value in directory.get().teams_by_code else ""
        case "organisation":
            row = directory.get().organisations_by_code.get(value)
            return row.name if row else ""
        case "vip":
            return _("VIP") if value == "true" else _("Not VIP")
        case "acknowledged":
            return _("Taken in charge") if value == "true" else _("Not taken in charge")
        case "major":
            return _("Major") if value == "true" else _("Not major")
        case "assignee" | "requester":
            return _("%(what)s: %(value)s") % {"what": label, "value": people[value]} if value in people else ""
        case "channel":
            return str(Channel(value).label) if value in Channel.values else ""
    return _("%(what)s: %(value)s") % {"what": label, "value": _moment(value)}


def _said(name: str, value: str) -> str:
    return _("%(what)s: %(value)s") % {"what": _names().get(name, name), "value": value}


def _moment(value: str) -> str:
    try:
        at = parse_datetime(value.replace(" ", "+"))
    except ValueError:
        at = None
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at and at.tzinfo else value


def _names() -> dict[str, Any]:
    return {
        "assignee": _("Assigned to"), "requester": _("Requester"), "organisation": _("Organisation"), "category": _("Category"), "service": _("Service"),
        "site": _("Site"), "channel": _("Channel"), "team": _("Team"), "phase": _("Phase"), "kind": _("Kind"), "state": _("State"), "priority": _("Priority"), "due": _("Deadline"),
        "opened_after": _("Opened after"), "opened_before": _("Opened before"), "updated_after": _("Changed after"),
        "resolved_after": _("Resolved after"), "resolved_before": _("Resolved before"),
    }  # fmt: skip


def _without(params: QueryDict, name: str, value: str) -> str:
    rest = params.copy()
    for each in PLACE:
        rest.pop(each, None)
    kept = [each for each in rest.getlist(name) if each != value]
    if kept:
        rest.setlist(name, kept)
    else:
        rest.pop(name, None)
    return f"?{rest.urlencode()}"
