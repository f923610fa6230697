"""Records that alerts open, and what their recovery does to them. A record is opened by the name of its process only."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _

from itsm.cmdb.impact import compute
from itsm.cmdb.models import ConfigurationItem, Service
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.records import processes
from itsm.records.models import AffectedItem, Channel, Phase, Record

from . import finding, states
from .models import Alert, AlertEntry, EventRule, State

logger = logging.getLogger(__name__)
HOUR, LATEST = timedelta(hours=1), 200
URGENCIES = {"critical": 1, "major": 2, "minor": 3, "warning": 3, "info": 4}
ACTIVE = (Phase.OPEN, Phase.WAITING)


def record(alerts: Sequence[Alert], at: datetime) -> tuple[dict[int, datetime], list[AlertEntry]]:
    """Open the records that rules ask for. Returns until when some are to wait, and what happened."""
    waits: dict[int, datetime] = {}
    entries: list[AlertEntry] = []
    wanting = [
        a for a in alerts if a.rule is not None and a.rule.kind and a.state == State.OPEN and a.parent_id is None
    ]
    for alert in sorted(wanting, key=lambda a: (a.rule.pk, -a.score, a.pk)):
        if alert.record_id is not None and _phase(alert.record_id) in ACTIVE:
            continue
        since = max(alert.first_seen, alert.flips[-1]) if alert.flips else alert.first_seen
        ripe = since + timedelta(seconds=alert.rule.wait_seconds)
        if ripe > at:
            waits[alert.pk] = ripe
            continue
        try:
            with transaction.atomic():
                entries += _for(alert, alert.rule, at)
        except Exception:  # a rule that cannot be followed must not lose the alert
            logger.exception("The rule %s could not open a record for %s.", alert.rule.pk, alert.number)
            entries.append(states.entry(alert, "not_recorded", at, rule=alert.rule.name))
    return waits, entries


def _phase(pk: int) -> str | None:
    return Record.objects.filter(pk=pk).values_list("phase", flat=True).first()


def _for(alert: Alert, rule: EventRule, at: datetime) -> list[AlertEntry]:
    """One decision a rule at a time, so that two workers do not open two records for one thing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7002, %s)", [rule.pk])
    if alert.record_id is not None and _again(alert, at):
        return [states.entry(alert, "reopened", at, record=_number(alert.record_id))]
    found = _common(alert, rule, at)
    if found is not None:
        return attach(alert, found, at, why="rule")
    return open_for(alert, at, actor=None, rule=rule)


def _common(alert: Alert, rule: EventRule, at: datetime) -> Record | None:
    """The record that already stands for this: the item's, the rule's, or the last one where the rule has opened enough."""
    others = Record.objects.filter(
        phase__in=ACTIVE, kind=rule.kind, organisation_id=alert.organisation_id, merged_into=None
    )
    # Asked record by record, newest first: a storm hangs thousands of alerts on few records.
    of_rule = Exists(Alert.objects.filter(record=OuterRef("pk"), rule=rule))
    mine = others.filter(of_rule)
    if rule.per == EventRule.Per.RULE:
        return _newest(mine, alert, rule)
    if rule.per == EventRule.Per.ITEM and alert.item_id:
        found = others.filter(alerts__item_id=alert.item_id).order_by("-pk").first()
        if found is not None:
            return found
    lately = Record.objects.filter(of_rule, kind=rule.kind, opened_at__gt=at - HOUR).order_by()
    opened = len(lately.values_list("pk", flat=True)[: rule.most_per_hour])
    return _newest(mine, alert, rule) if opened >= rule.most_per_hour else None


def _newest(mine, alert: Alert, rule: EventRule) -> Record | None:
    """The newest of the rule's records: one of its active alerts has it nearly always, and those are few."""
    fired = Alert.objects.active().filter(organisation_id=alert.organisation_id, rule=rule, record__isnull=False)
    near = list(fired.order_by().values_list("record_id", flat=True).distinct()[:LATEST])
    found = mine.filter(pk__in=near).order_by("-pk").first() if near else None
    # By the queue, whose index holds active records only: by id the closed ones of years would be walked.
    return found or mine.order_by("-queue_at", "-id").first()


def _again(alert: Alert, at: datetime) -> bool:
    """What came back reopens the record that is resolved but not closed, where its process lets it."""
    found = Record.objects.filter(pk=alert.record_id, phase=Phase.RESOLVED).first()
    process = processes.PROCESSES.find(found.kind) if found else None
    if found is None or process is None or process.reopen is None:
        return False
    try:
        with transaction.atomic():
            with translation.override(found.language):
                reason = _("%(number)s is back: %(title)s") % {"number": alert.number, "title": alert.title}
            process.reopen(found.pk, actor=None, reason=reason, keep_assignee=True)
    except DomainError:
        return False
    return True


def attach(alert: Alert, found: Record, at: datetime, *, why: str = "", actor=None) -> list[AlertEntry]:
    """The record stands for this alert, too."""
    alert.record = found
    if alert.item_id:
        AffectedItem.objects.get_or_create(record=found, item_id=alert.item_id)
    return [states.entry(alert, "attached", at, actor=actor, record=found.number, **({"why": why} if why else {}))]


def open_for(alert: Alert, at: datetime, *, actor, rule: EventRule | None = None, kind: str = "") -> list[AlertEntry]:
    """Open a record for an alert and tie the two."""
    process = processes.get(kind or (rule.kind if rule else ""))
    service = rule.service if rule is not None and rule.service_id else service_of(alert)
    row = directory.get().organisations.get(alert.organisation_id)
    language = row.language if row else "fr"
    with translation.override(language):
        given = {
            "title": alert.title, "description": _description(alert), "organisation": alert.organisation, "channel": Channel.EVENT,
            "items": [alert.item] if alert.item else [], "impact": (rule.impact if rule else None) or _impact(alert),
            "urgency": (rule.urgency if rule else None) or URGENCIES[alert.severity], "service": service, "language": language,
            "team": rule.team if rule else None, "category": rule.category if rule else None,
            "site": alert.item.site if alert.item and alert.item.site_id else None,
        }  # fmt: skip
        made = process.open(actor=actor, **{name: value for name, value in given.items() if value is not None})
    alert.record = made
    entries = [states.entry(alert, "recorded", at, actor=actor, record=made.number)]
    if rule is not None and rule.outage and service is not None and process.outage is not None:
        try:
            with transaction.atomic():
                process.outage(made.pk, actor=actor, state=rule.outage, since=min(alert.first_seen, at))
        except DomainError as error:  # another outage covers the time: the record stands without one of its own
            entries.append(states.entry(alert, "no_outage", at, why=str(error.message)[:200]))
    return entries


def service_of(alert: Alert) -> Service | None:
    """The item itself where it is a service, else the most vital one that fails with it; of the alert's house only."""
    if alert.item_id is None:
        return None
    states_of = compute(alert.item_id).states
    near = ConfigurationItem.objects.filter(finding.within_reach(alert.organisation_id))
    rows = (
        Service.objects.filter(item_id__in=[alert.item_id, *states_of], item__in=near)
        .select_related("item")
        .exclude(item__status="retired")
    )
    worst = sorted(rows, key=lambda s: (s.pk != alert.item_id, -states_of.get(s.pk, 2), s.item.criticality, s.pk))
    return worst[0] if worst else None


def _impact(alert: Alert) -> int:
    if alert.services >= 3:
        return 2
    return 3 if alert.services or (alert.item and alert.item.criticality <= 2) else 4


def _description(alert: Alert) -> str:
    lines = [alert.body, "", _("Alert %(number)s from %(source)s.") % {"number": alert.number, "source": alert.source}]
    if alert.item is None and alert.said_item:
        lines.append(_("Its source speaks of “%(name)s”, which no item is called.") % {"name": alert.said_item})
    if alert.url.startswith("http"):
        lines.append(alert.url)
    return "\n".join(lines).strip()


def recover(over: Sequence[Alert], at: datetime) -> list[AlertEntry]:
    """Alerts that ended: the record that nobody touched is resolved, the others are told. Once all alerts of it have ended."""
    entries: list[AlertEntry] = []
    mine: dict[int, list[Alert]] = {}
    for alert in over:
        if alert.record_id is not None and alert.cleared_at is not None:
            mine.setdefault(alert.record_id, []).append(alert)
    for pk, alerts in sorted(mine.items()):
        ended = {alert.pk for alert in alerts}
        found = Record.objects.filter(pk=pk, phase__in=ACTIVE).first()
        process = processes.PROCESSES.find(found.kind) if found else None
        if (
            found is None
            or process is None
            or Alert.objects.firing().filter(record_id=pk).exclude(pk__in=ended).exists()
        ):
            continue
        last = max(alerts, key=lambda alert: alert.cleared_at)
        try:
            with transaction.atomic():
                done = _recover(process, found, last, at)
        except Exception:  # the alert is over whatever its record says to it
            logger.exception("The record %s could not be told that %s is over.", found.number, last.number)
            continue
        entries += [states.entry(alert, done, at, record=found.number) for alert in alerts]
    return entries


def _recover(process, found: Record, alert: Alert, at: datetime) -> str:
    with translation.override(found.language):
        words = _("%(number)s is over since %(time)s: %(title)s") % {
            "number": alert.number, "title": alert.title, "time": alert.cleared_at.strftime("%Y-%m-%d %H:%M UTC"),
        }  # fmt: skip
    if process.recover is not None and process.recover(found.pk, words=words, since=min(alert.cleared_at, at)):
        return "resolved"
    if process.recover is None and process.comment is not None:
        process.comment(found.pk, actor=None, body=words, public=False, channel=Channel.EVENT)
    return "noted"


def _number(pk: int | None) -> str:
    return Record.objects.filter(pk=pk).values_list("number", flat=True).first() or ""
