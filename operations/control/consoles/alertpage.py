"""What the page of an alert shows beside the alert: runbooks, the item's last changes, owner, on-call, services, children."""

from itsm.cmdb import itempage
from itsm.cmdb.impact.reporting import services_hurt
from itsm.core import now
from itsm.documents.models import Document
from itsm.escalation import rotas
from itsm.events.models import Alert, Event
from itsm.people.directory import directory, names_of
from itsm.people.scope import scope_of
from itsm.records.models import Record
from itsm.records.numbering import register_address

from ..runbooks import listing as runs
from ..runbooks import panels as runbooks
from . import listing, looks, story

CHANGES, CHILDREN, EVENTS = 5, 10, 20


def url(alert: Alert) -> str:
    """Its page."""
    return f"/operations/alerts/{alert.number}/"


def address(user, number: str) -> str | None:
    """Where `/r/ALR…` leads for this reader; None when they may not see it."""
    found = Alert.objects.visible_to(user).filter(number=number).first()
    return url(found) if found else None


def context(request, alert: Alert) -> dict:
    """Everything that the template needs."""
    user, scope, item = request.user, scope_of(request.user), alert.item
    sees_item = (
        item is not None
        and scope.may("cmdb.read")
        and (scope.everything or item.organisation_id in (*scope.organisations, None))
    )
    team = directory.get().teams.get(item.support_team_id) if item else None
    record = Record.objects.visible_to(user).filter(pk=alert.record_id).first() if alert.record_id else None
    return {
        "alert": alert, "item": item, "sees_item": sees_item, "record": record, "team": team, "may": scope.may("operations.work"),
        "severity": looks.severity_chip(alert.severity, alert.state, shared=False), "state": looks.state_chip(alert.state, shared=False),
        "is_open": alert.closed_at is None, "labels": _labels(alert), "runbooks": _runbooks(user, alert),
        "runs": runs.last_runs(user, alert=alert), "changes": itempage.history(item.pk, CHANGES) if sees_item and item else [],
        "source": looks.source_label(alert.source), "owner": item.owner if sees_item and item else None, "on_call": _on_call(team.pk) if team else [],
        "services": services_hurt([item.pk], user=user)[:10] if sees_item and item else [],
        "children": _children(user, alert), "story": story.of(alert), "events": _events(alert), "back": url(alert),
    }  # fmt: skip


def _labels(alert: Alert) -> list[tuple[str, str]]:
    """What its source says beside the words: labels first, then other plain facts."""
    facts = alert.facts if isinstance(alert.facts, dict) else {}
    labels = facts.get("labels") if isinstance(facts.get("labels"), dict) else {}
    plain = {
        name: value
        for name, value in facts.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }
    return [(name, str(value)[:300]) for name, value in [*labels.items(), *plain.items()]][:40]


def _runbooks(user, alert: Alert) -> list[Document]:
    """The alert's own first, then those about its item."""
    own = Document.objects.visible_to(user).in_use().filter(pk=alert.runbook_id) if alert.runbook_id else []
    found = [*own, *(runbooks.of_item(user, alert.item) if alert.item else [])]
    return list({document.pk: document for document in found}.values())


def _on_call(team_id: int) -> list[str]:
    """Who of the team that supports the item is on call now."""
    names = names_of([shift.user_id for shift in rotas.who_is_on_call(team_id, now())])
    return list(names.values())


def _children(user, alert: Alert) -> list[dict]:
    if not alert.child_count:
        return []
    rows = (
        Alert.objects.visible_to(user).filter(parent=alert).order_by("rank", "-score", "-id").values(*listing.COLUMNS)
    )
    return listing.built(list(rows[:CHILDREN]), user)


def _events(alert: Alert) -> list[dict]:
    rows = (
        Event.objects.filter(alert=alert)
        .order_by("-id")
        .values("at", "received_at", "severity", "status", "title", "facts")
    )
    found = list(rows[:EVENTS])
    for row in found:
        row["severity_chip"] = looks.severity_chip(row["severity"], shared=False) if row["status"] == "firing" else ""
    return found


register_address("ALR", address)
