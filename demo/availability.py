"""How the services of the demo company did in the last year: agreed hours, targets, and outages that incidents did not leave."""

from datetime import datetime, timedelta
from decimal import Decimal

from itsm.calendars.models import Calendar
from itsm.cmdb.models import Outage, Service

from . import texts, tickets

# service: calendar of the agreed hours, target in per cent, live for so many days
AGREED = {
    "paienet": ("OFFICE", "99.80", 1400), "finsuite": ("OFFICE", "99.80", 1200), "messagerie": ("ONCALL24", "99.90", 2600),
    "tempsrh": ("OFFICE", "99.00", 700), "ateliermes": ("ONCALL24", "99.50", 500), "portail": ("OFFICE", "99.00", 300),
    "reseau": ("ONCALL24", "99.90", 3000), "impression": ("OFFICE", "98.00", 2000),
}  # fmt: skip
# service, days ago, hour in Paris, minutes, what it was
PAST = [
    ("messagerie", 204, 14, 95, "down", "Base de données d’une passerelle pleine"), ("messagerie", 61, 9, 240, "degraded", "File d’envoi lente"),
    ("paienet", 150, 10, 50, "down", "Abandon de PAIE_VALID_J"), ("paienet", 33, 16, 35, "down", "Certificat expiré"),
    ("finsuite", 118, 11, 75, "down", "Verrou sur ORA-FIN"), ("reseau", 251, 7, 28, "down", "Coupure de l’opérateur"),
    ("reseau", 90, 15, 130, "degraded", "Perte de paquets à Lille"), ("ateliermes", 45, 5, 185, "down", "Disque de SRV-MES-LILLE"),
    ("impression", 20, 9, 160, "degraded", "File bloquée à Nantes"), ("portail", 75, 12, 60, "down", "Mise à jour retirée"),
    ("paienet", 96, 21, 120, "planned", "Montée de version"), ("reseau", 40, 22, 90, "planned", "Commutateur remplacé"),
]  # fmt: skip
COMING = ("impression", 3, 20, 90, "Nouveau serveur d’impression")


def build(c, maker: tickets.Maker) -> None:
    """Agreed hours and targets, the outages of the last months, the one of the major incident, and one to come."""
    calendars = {row.code: row for row in Calendar.objects.all()}
    today = maker.now.astimezone(tickets.PARIS).date()
    for name, (hours, target, days) in AGREED.items():
        Service.objects.filter(pk=c.services[name]).update(
            agreed_hours=calendars[hours], availability_target=Decimal(target), live_on=today - timedelta(days=days)
        )
    rows = [
        _outage(c, maker, name, _at(maker, days, hour), minutes, kind, why)
        for name, days, hour, minutes, kind, why in PAST
    ]
    name, days, hour, minutes, why = COMING
    rows.append(_outage(c, maker, name, _at(maker, -days, hour), minutes, "planned", why))
    Outage.objects.bulk_create(rows)


def of_the_major(c, parent: int, start: datetime, end: datetime) -> None:
    """The mail did not work while the major incident lasted."""
    Outage.objects.create(
        item_id=c.services["messagerie"], starts_at=start, ends_at=end, record_id=parent, cause=texts.MAIL_DOWN[1][:200]
    )


def _at(maker: tickets.Maker, days: int, hour: int) -> datetime:
    day = (maker.now - timedelta(days=days)).astimezone(tickets.PARIS)
    return day.replace(hour=hour, minute=10, second=0, microsecond=0)


def _outage(c, maker: tickets.Maker, name: str, start: datetime, minutes: int, kind: str, why: str) -> Outage:
    end = start + timedelta(minutes=minutes)
    over = kind == "planned" and end <= maker.now
    return Outage(
        item_id=c.services[name], starts_at=start, ends_at=end, planned=kind == "planned", degraded=kind == "degraded", cause=why,
        followed=Outage.Followed.OVER if over else Outage.Followed.NOTHING,
    )  # fmt: skip
