"""Which rule decides about an alert: the nearest organisation's first, then by position; the first that fits."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from itsm.core.reference import cached
from itsm.people.directory import directory

from . import matching
from .models import Alert, EventRule


def decide(alerts: Sequence[Alert]) -> None:
    """Give each alert its rule, and what the rule knows of its item."""
    known: dict[int, list[EventRule]] = {}
    for alert in alerts:
        if alert.organisation_id not in known:
            known[alert.organisation_id] = for_organisation(alert.organisation_id)
        alert.rule = first(known[alert.organisation_id], alert)
        if alert.rule is not None:
            alert.down = alert.down or alert.rule.marks_down
            if alert.rule.runbook_id and not alert.runbook_id:
                alert.runbook_id = alert.rule.runbook_id


def first(rules: Sequence[EventRule], alert: Alert) -> EventRule | None:
    """The rule that decides about this alert."""
    facts = matching.facts_of(alert)
    return next((rule for rule in rules if matching.fits(rule.conditions, facts)), None)


@cached("event-rules")
def kept() -> list[EventRule]:
    """All active rules; they are read for each message, and change rarely."""
    return list(EventRule.objects.filter(active=True).select_related("service__item", "team", "category"))


def for_organisation(pk: int) -> list[EventRule]:
    """The active rules for alerts of an organisation, in the order in which they are asked."""
    row = directory.get().organisations.get(pk)
    near = {each: distance for distance, each in enumerate(row.lineage if row else [pk])}
    rules = [rule for rule in kept.get() if rule.organisation_id is None or rule.organisation_id in near]
    return sorted(rules, key=lambda rule: (near.get(rule.organisation_id, len(near)), rule.position, rule.pk))


def expired(alert: Alert, at: datetime) -> bool:
    """Was nothing heard of it for as long as its rule says?"""
    minutes = alert.rule.expires_minutes if alert.rule is not None else None
    return bool(minutes) and alert.last_seen + timedelta(minutes=minutes) <= at
