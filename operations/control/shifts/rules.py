"""Rules that tick checks: each reads one kind of thing and gives a colour. Rooms register theirs; see docs/how-to/add-a-check-rule.md."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from itsm.cmdb.models import ConfigurationItem
from itsm.core import durations, now
from itsm.core.registry import Registry
from itsm.events.models import Alert
from itsm.records.models import Record

from ..backups.models import BackupPlan
from ..backups.services import rpo_deadline
from ..scheduling.models import Job, JobRun
from .models import Check


@dataclass(frozen=True)
class Reading:
    """What a rule found; `url` is where one looks further."""

    colour: str
    text: str = ""
    url: str = ""


@dataclass(frozen=True)
class Rule:
    """`read(check, at)` gives a reading, or None while nothing can be said (then a person has to look).

    `subject` says what the text field means; empty: the rule reads the item of the check, or nothing.
    """

    key: str
    label: Any
    read: Callable[[Check, datetime], Reading | None]
    subject: Any = ""
    needs_item: bool = False


RULES: Registry[Rule] = Registry("rule of checks")


def register(rule: Rule) -> Rule:
    """Add a rule; ValueError when its key is taken."""
    return RULES.add(rule.key, rule)


def lacking(key: str, *, item, subject: str) -> dict[str, str]:
    """What a check with this rule lacks, by field."""
    if not key:
        return {}
    rule = RULES.find(key)
    if rule is None:
        return {"rule": _("This rule is not known.")}
    found = {}
    if rule.needs_item and not item:
        found["item"] = _("This rule reads an item: name it.")
    if rule.subject and not subject:
        found["subject"] = _("Write the key that the rule reads.")
    return found


def read(check: Check, at: datetime) -> Reading | None:
    """What the rule of a check says now."""
    rule = RULES.find(check.rule)
    return rule.read(check, at) if rule else None


COLOURS = {"critical": "red", "major": "red", "minor": "amber", "warning": "amber", "info": "green"}


def _worst(alerts: list[Alert]) -> Reading:
    """The reading of alerts that are wrong now, worst first."""
    if not alerts:
        return Reading("green", _("No alert"))
    first = alerts[0]
    return Reading(COLOURS.get(first.severity, "amber"), first.title[:300], first.get_absolute_url())


def by_alert(check: Check, _at) -> Reading | None:
    """An alert of one key, of any source: wrong while it fires."""
    rows = Alert.objects.firing().filter(organisation_id=check.checklist.organisation_id, key=check.subject)
    return _worst(list(rows.order_by("rank", "-id")[:1]))


def by_alerts_of_item(check: Check, _at) -> Reading | None:
    """Any alert on the item."""
    if check.item_id is None:
        return None
    rows = Alert.objects.firing().filter(organisation_id=check.checklist.organisation_id, item_id=check.item_id)
    return _worst(list(rows.order_by("rank", "-id")[:1]))


def by_state(check: Check, _at) -> Reading | None:
    """The state of the item in the CMDB."""
    item = ConfigurationItem.objects.filter(pk=check.item_id).first() if check.item_id else None
    if item is None or item.state == "unknown":
        return None
    colour = {"up": "green", "degraded": "amber", "maintenance": "amber", "down": "red"}[item.state]
    return Reading(colour, item.get_state_display(), item.get_absolute_url())


def by_job(check: Check, at) -> Reading | None:
    """The last run of a job that was to begin within a day. Held or running too long is to be watched."""
    job = Job.objects.filter(item_id=check.item_id).first() if check.item_id else None
    if job is None:
        return None
    run = (
        JobRun.objects.filter(job=job, at__lte=at)
        .exclude(state__in=["planned", "cancelled"])
        .order_by("-at", "-id")
        .first()
    )
    if run is None:
        return None
    colours = {"ok": "green", "running": "green", "failed": "red", "not_started": "red"}
    words = f"{run.get_state_display()}, {durations.moment(run.ended_at or run.at, now())}"
    return Reading(colours.get(run.state, "amber"), words, run.get_absolute_url())


def by_backup(check: Check, at) -> Reading | None:
    """The age of the last good copy of a backup plan against its RPO, and how its last run ended."""
    plan = BackupPlan.objects.filter(item_id=check.item_id, is_active=True).first() if check.item_id else None
    if plan is None:
        return None
    missed = rpo_deadline(plan) <= at
    if plan.last_good_at is None:
        return Reading("red" if missed else "amber", _("No good copy yet"), plan.get_absolute_url())
    age, limit = at - plan.last_good_at, timedelta(minutes=plan.rpo_minutes)
    words = _("Last good copy: %(age)s, RPO %(rpo)s") % {
        "age": durations.short(age.total_seconds()), "rpo": durations.short(limit.total_seconds()),
    }  # fmt: skip
    colour = "red" if missed else "amber" if plan.last_result != "ok" else "green"
    return Reading(colour, words, plan.get_absolute_url())


def by_majors(check: Check, _at) -> Reading | None:
    """No major incident is open."""
    rows = Record.objects.filter(
        organisation_id=check.checklist.organisation_id, major=True, confidentiality=None
    ).active()
    found = list(rows.order_by("-pk")[:2])
    if not found:
        return Reading("green", _("No major incident"))
    words = ngettext("%(first)s is open", "%(first)s and others are open", len(found)) % {"first": found[0].number}
    return Reading("red", words, found[0].get_absolute_url())


register(Rule("alert", gettext_lazy("An alert, by its key"), by_alert, gettext_lazy("Key of the alert")))
register(Rule("alerts-of-item", gettext_lazy("Alerts on the item"), by_alerts_of_item, needs_item=True))
register(Rule("item-state", gettext_lazy("State of the item"), by_state, needs_item=True))
register(Rule("job", gettext_lazy("Last run of the job"), by_job, needs_item=True))
register(Rule("backup", gettext_lazy("Last good copy of the backup plan"), by_backup, needs_item=True))
register(Rule("majors", gettext_lazy("No open major incident"), by_majors))
