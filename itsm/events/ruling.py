"""Rules are kept here, and tried on what came in lately before they are."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.records import processes

from . import matching
from .models import Alert, EventRule

FIELDS = (
    "name", "organisation_id", "position", "active", "conditions", "marks_down", "expires_minutes", "kind", "wait_seconds", "per", "most_per_hour",
    "team_id", "category_id", "service_id", "impact", "urgency", "outage", "runbook_id",
)  # fmt: skip
TRIED, EXAMPLES = 1000, 8


@dataclass
class Trial:
    """What a rule would have decided about."""

    of: int = 0
    fits: int = 0
    examples: list[Alert] = field(default_factory=list)


@transaction.atomic
def save_rule(rule: EventRule, *, actor) -> EventRule:
    """A new rule, or a changed one. It decides about what is said from now on."""
    if not rule.name.strip():
        raise DomainError(_("Give it a name."), field="name")
    rule.conditions = matching.check(rule.conditions)
    if rule.kind and rule.kind not in processes.PROCESSES:
        raise DomainError(_("Nothing of this kind can be opened."), field="kind")
    if rule.outage and (not rule.kind or processes.get(rule.kind).outage is None):
        raise DomainError(_("An outage is reported by an incident: choose what is opened."), field="outage")
    before = (
        EventRule.objects.select_for_update(no_key=True).filter(pk=rule.pk).values(*FIELDS).first() if rule.pk else None
    )
    rule.save()
    after = {name: getattr(rule, name) for name in FIELDS}
    changes = {
        name: [(before or {}).get(name), value] for name, value in after.items() if (before or {}).get(name) != value
    }
    log.write(
        "event_rule.changed" if before else "event_rule.created",
        ("event_rule", rule.pk, rule.name),
        actor=actor,
        changes=changes,
    )
    versions.bump("event-rules")
    return rule


@transaction.atomic
def remove_rule(pk: int, *, actor) -> None:
    """Alerts that it decided about stay as they are."""
    rule = EventRule.objects.select_for_update().get(pk=pk)  # deleted
    log.write("event_rule.removed", ("event_rule", rule.pk, rule.name), actor=actor)
    # By pk, as everyone else who waits for alerts.
    told = Alert.objects.filter(rule=rule).select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
    Alert.objects.filter(pk__in=list(told)).update(rule=None)
    rule.delete()
    versions.bump("event-rules")


def attempt(rule: EventRule, user) -> Trial:
    """Which of the last alerts of a week, of those that the person reads, fit its conditions."""
    conditions = matching.check(rule.conditions)
    rows = Alert.objects.visible_to(user).filter(first_seen__gt=now() - timedelta(days=7)).select_related("item")
    if rule.organisation_id:
        below = [pk for pk, row in directory.get().organisations.items() if rule.organisation_id in row.lineage]
        rows = rows.filter(organisation_id__in=below)
    found = Trial()
    for alert in rows.order_by("-id")[:TRIED]:
        found.of += 1
        if matching.fits(conditions, matching.facts_of(alert)):
            found.fits += 1
            if len(found.examples) < EXAMPLES:
                found.examples.append(alert)
    return found
