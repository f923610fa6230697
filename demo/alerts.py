"""Ninety days of alerts of the demo company: what is wrong this morning, what was and is over, who keeps quiet until when."""

import random
from datetime import datetime, timedelta

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now as clock
from itsm.events import partitions, services, states
from itsm.events.heard import Heard
from itsm.events.intake import take_in
from itsm.events.models import Alert, AlertEntry, Event, EventRule
from itsm.gateway.events.defaults import ensure_default_mappings
from itsm.people.models import User
from itsm.planning import services as planning
from itsm.records.models import Channel, Record
from itsm.records.numbering import next_numbers

DAYS, A_DAY, SEED = 90, 11, 7
# Items that alerts speak of: key, class, name, site, team, criticality
WATCHED = [
    ("msg-edge-01", "virtual_machine", "MSG-EDGE-01", "NAN", "N2-MSG", 1), ("rtr-lil-01", "router", "RTR-LIL-01", "LIL", "N2-RES", 2),
    ("sw-nte-12", "switch", "SW-NTE-12", "NTE", "N2-RES", 3),
]  # fmt: skip
# minutes ago, item, severity, how often, kind of trouble, title, who takes it
NOW = [
    (131, "db2p-paie", "critical", 14, "RECP", "Tablespace TSPAIE03 en RECP", "mainframe"),
    (72, "msg-edge-01", "critical", 61, "MailQueue", "File sortante : 4 812 messages", "ops"),
    (115, "rtr-lil-01", "major", 8, "PacketLoss", "Perte de paquets 30 %", ""),
    (282, "array-01", "warning", 1, "PoolFull", "Groupe 2 rempli à 86 %", ""),
]  # fmt: skip
PORTS = 46
# What happened again and again: kind, severity, title, items, minutes it lasts, share taken by somebody
PAST = [
    ("InstanceDown", "critical", "{name} ne répond plus", ("vm-mail-01", "vm-mail-02", "vm-portail", "vm-fin-01", "esx-03"), (4, 55), 0.8),
    ("DiskFull", "warning", "Disque /var rempli à {n} %", ("vm-portail", "vm-temps", "vm-print", "srv-mes-lille", "vm-fin-02"), (30, 600), 0.4),
    ("HighLatency", "minor", "Temps de réponse de {n} ms", ("app-paienet", "app-finsuite", "app-tempsrh", "app-ateliermes"), (3, 90), 0.2),
    ("LinkFlap", "minor", "Port {n} instable", ("sw-core-1", "sw-core-2", "sw-nte-12"), (1, 12), 0.1),
    ("PacketLoss", "major", "Perte de paquets {n} %", ("wan-lille", "wan-nantes", "wan-mtl", "rtr-lil-01"), (5, 180), 0.7),
    ("Temperature", "major", "Température en hausse, {n} °C", ("rack-dc1-a07", "rack-dc1-a08"), (15, 120), 0.9),
    ("CpuHigh", "info", "Processeur à {n} %", ("esx-01", "esx-02", "lpar-test1"), (2, 40), 0.0),
    ("DeadlockRate", "minor", "{n} interblocages par minute", ("ora-fin", "pg-mes", "db2p-paie"), (5, 60), 0.3),
]  # fmt: skip


def build(c, now: datetime) -> None:
    """Before consoles and jobs: their rooms add alerts of their own."""
    partitions.keep()
    ensure_default_mappings()
    items = _items(c)
    _past(c, items, now)
    _morning(c, items, now)
    _rules(c)


def _items(c) -> dict[str, ConfigurationItem]:
    lumen = c.orgs["LUMEN"]
    found = {item.key: item for item in ConfigurationItem.objects.filter(organisation=lumen).exclude(ci_class="laptop")}
    for key, ci_class, name, site, team, criticality in WATCHED:
        if key not in found:
            found[key] = cmdb.create_ci(
                actor=None, ci_class=ci_class, key=key, name=name, organisation=lumen, site=c.sites[site], support_team=c.teams[team],
                criticality=criticality,
            )  # fmt: skip
    return found


def _past(c, items: dict, now: datetime) -> None:
    """Over and closed: written in bulk, with the steps of each life and the messages of the last week."""
    rng = random.Random(SEED)  # noqa: S311 - the demo is the same on every machine on purpose
    lumen, takers = c.orgs["LUMEN"], [c.accounts["ops"], c.accounts["network"]]
    rows = [
        _one(rng, lumen, items, now, day, takers)
        for day in range(1, DAYS)
        for _each in range(A_DAY + rng.randrange(-4, 5))
    ]
    rows.sort(key=lambda alert: alert.first_seen)
    for alert, number in zip(rows, next_numbers("ALR", len(rows)), strict=True):
        alert.number = number
    _tie(rows)
    Alert.objects.bulk_create(rows, batch_size=500)
    entries, events = [], []
    for alert in rows:
        entries.append(states.entry(alert, "opened", alert.first_seen, severity=alert.severity))
        if alert.first_acknowledged_at:
            taker: User = alert.taker
            entries.append(states.entry(alert, "acknowledged", alert.first_acknowledged_at, actor=taker))
        entries += [
            states.entry(alert, "cleared", alert.cleared_at),
            states.entry(alert, "closed", alert.closed_at, recovered=True),
        ]
        if alert.first_seen > now - timedelta(days=7):
            step = (alert.last_seen - alert.first_seen) / max(alert.count - 1, 1)
            told = [(alert.first_seen + step * n, "firing") for n in range(alert.count)]
            events += [
                Event(
                    received_at=at, at=at, organisation=lumen, source=alert.source, key=alert.key, severity=alert.severity, status=status,
                    title=alert.title, item_id=alert.item_id, alert=alert,
                )
                for at, status in [*told, (alert.cleared_at, "resolved")]
            ]  # fmt: skip
    AlertEntry.objects.bulk_create(entries, batch_size=1000)
    Event.objects.bulk_create(events, batch_size=1000)


def _one(rng, lumen, items: dict, now: datetime, day: int, takers: list) -> Alert:
    group, severity, title, keys, (least, most), share = rng.choice(PAST)
    item = items[rng.choice(keys)]
    began = now - timedelta(days=day, minutes=-rng.randrange(0, 1200))
    lasts = timedelta(minutes=rng.randrange(least, most))
    ended = min(began + lasts, now - timedelta(hours=2))
    began = min(began, ended - timedelta(minutes=1))
    count = 1 + int((ended - began) / timedelta(minutes=10))
    taken = began + (ended - began) * rng.uniform(0.05, 0.6) if rng.random() < share else None
    number = rng.randrange(20, 98)
    alert = Alert(
        organisation=lumen, source="Prometheus", key=f"{group}/{item.key}/{day}-{number}", group=group, severity=severity,
        title=title.format(name=item.name, n=number), item=item, said_item=item.name, down=group == "InstanceDown", state="closed", count=count,
        first_seen=began, last_seen=ended, changed_at=ended, cleared_at=ended, closed_at=ended, first_acknowledged_at=taken,
        score={"critical": 60, "major": 36, "minor": 18, "warning": 12, "info": 6}[severity] * (6 - item.criticality) // 4,
        flips=[began, ended], facts={"labels": {"alertname": group, "instance": f"{item.name}:9100"}},
    )  # fmt: skip
    alert.taker = rng.choice(takers)
    return alert


def _tie(rows: list[Alert]) -> None:
    """Incidents that came from events had an alert: the nearest critical or major one of before."""
    serious = [alert for alert in rows if alert.severity in ("critical", "major")]
    incidents = Record.objects.filter(channel=Channel.EVENT, kind="incident").order_by("opened_at")
    for record, alert in zip(incidents[:60], serious, strict=False):
        alert.record = record


def _morning(c, items: dict, now: datetime) -> None:
    lumen = c.orgs["LUMEN"]
    planning.plan_window(
        actor=c.accounts["change"], organisation_id=lumen.pk, name="Remplacement des commutateurs d’étage de Nantes",
        reason="Ports fermés par étage, deux heures.", starts_at=now - timedelta(minutes=42), ends_at=now + timedelta(hours=2),
        scope={"classes": ["switch"], "sites": [c.sites["NTE"].pk]}, strict=False,
    )  # fmt: skip
    for minutes, key, severity, count, group, title, taker in NOW:
        began = now - timedelta(minutes=minutes)
        heard = [
            Heard(
                "supervision", f"{items[key].name}/{group}", severity, title, item=items[key], group=group, at=at, sent_at=at,
                facts={"labels": {"alertname": group, "instance": items[key].name}},
            )
            for at in (began + (now - began) * n / max(count, 1) for n in range(count))
        ]  # fmt: skip
        alert = take_in(lumen, heard)[0]
        if alert and taker:
            alert = services.acknowledge(alert, c.accounts[taker])
            began = min(began + timedelta(minutes=4), now)
            Alert.objects.filter(pk=alert.pk).update(acknowledged_at=began, first_acknowledged_at=began)
            AlertEntry.objects.filter(alert=alert, verb="acknowledged").update(at=began)
    began, switch = now - timedelta(minutes=37), items["sw-nte-12"]
    dead = Heard(
        "supervision",
        f"{switch.name}/down",
        "minor",
        "Ports fermés, changement en cours",
        item=switch,
        group="SwitchDown",
        down=True,
    )
    ports = [
        Heard("supervision", f"{switch.name}/port-{n}", "warning", f"Port 1/0/{n} fermé", item=switch, group="LinkDown")
        for n in range(1, PORTS + 1)
    ]
    for heard in ([dead], ports[:23], ports[23:]):
        take_in(lumen, [Heard(**{**each.__dict__, "at": began, "sent_at": began}) for each in heard])
    Alert.objects.filter(item=switch, down=True).update(count=22, last_seen=now - timedelta(minutes=1))
    quiet = services.raise_event(
        organisation=lumen, source="supervision", key="TEST1/cpu", severity="info", title="Processeur à 97 % sur la partition de test",
        item=items["lpar-test1"], at=now - timedelta(minutes=55),
    )  # fmt: skip
    if quiet is not None:
        services.silence(
            quiet,
            max(now, clock()) + timedelta(hours=6),
            "Essais de charge de l’équipe DB2 jusqu’au soir",
            c.accounts["ops"],
        )


def _rules(c) -> None:
    """From now on: what is dead, what is critical, and what is only to be seen."""
    lumen = c.orgs["LUMEN"]
    EventRule.objects.bulk_create(
        [
            EventRule(
                organisation=lumen, name="Machine ou équipement qui ne répond plus", position=10, kind="incident", marks_down=True, wait_seconds=60,
                conditions=[{"field": "group", "how": "in", "value": ["InstanceDown", "HostDown", "NodeDown", "SwitchDown"]}],
            ),
            EventRule(
                organisation=lumen, name="Critique en production : un incident par élément", position=20, kind="incident",
                conditions=[
                    {"field": "severity", "how": "equals", "value": "critical"}, {"field": "item.environment", "how": "not_equals", "value": "test"},
                ],
            ),
            EventRule(
                organisation=lumen, name="Information : oubliée après une heure sans nouvelle", position=90, expires_minutes=60,
                conditions=[{"field": "severity", "how": "equals", "value": "info"}],
            ),
        ]
    )  # fmt: skip
