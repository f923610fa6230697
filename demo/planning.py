"""Maintenance windows and freezes of the demo: those that come back (the one that runs now is told with its alerts), and one that was called off."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm.planning import services
from itsm.planning.recurring import days_in_month

ZONE = ZoneInfo("Europe/Paris")


def build(c, now: datetime) -> None:
    """By the services; every window is relative to the present."""
    today, by = now.astimezone(ZONE).date(), c.accounts["change"]

    def plan(name, begins, ends, scope=None, **more):
        return services.plan_window(
            actor=by, organisation_id=c.orgs["LUMEN"].pk, name=name, starts_at=begins, ends_at=ends, scope=scope, **more
        )

    tuesday = today - timedelta(days=(today.weekday() - 1) % 7 + 7)
    plan(
        "Correctifs système du mardi", at(tuesday, 22), at(tuesday + timedelta(days=1), 2), scope={"classes": ["virtual_machine", "physical_server"]},
        repeats="weekly", strict=False, reason="Redémarrages possibles, un serveur à la fois.",
    )  # fmt: skip
    sunday = first_weekday(today, 6)
    plan(
        "IPL mensuel de PROD1 et TEST1", at(sunday, 3), at(sunday, 7), scope={"classes": ["lpar"]}, repeats="monthly_weekday",
        reason="Travaux retenus pendant l’arrêt.",
    )  # fmt: skip
    start = (today.replace(day=1) - timedelta(days=40)).replace(day=25)
    plan(
        "Gel de la paie, du 25 au 28", at(start, 0), at(start + timedelta(days=4), 0), scope={"services": [c.services["paienet"]]}, kind="freeze",
        repeats="monthly", reason="Calcul et édition de la paie : aucun changement.",
    )  # fmt: skip
    close = start.replace(day=days_in_month(start) - 1)
    plan(
        "Clôture mensuelle de FinSuite", at(close, 0), at(close + timedelta(days=2), 0), scope={"services": [c.services["finsuite"]]}, kind="freeze",
        repeats="monthly_end", strict=False,
    )  # fmt: skip
    december = date(today.year - 1, 12, 20)
    plan(
        "Gel de fin d’année", at(december, 0), at(december + timedelta(days=15), 0), kind="freeze", repeats="yearly",
        reason="Effectif réduit : urgences seulement.",
    )  # fmt: skip
    day = today + timedelta(days=5)
    plan(
        "Microcode de BAIE-01", at(day, 21), at(day, 23), scope={"classes": ["storage_array"], "sites": [c.sites["NAN"].pk]},
        reason="Contrôleurs redémarrés l’un après l’autre.",
    )  # fmt: skip
    moved = plan(
        "Bascule du lien de Lille",
        at(today + timedelta(days=2), 6),
        at(today + timedelta(days=2), 7),
        scope={"classes": ["circuit"], "sites": [c.sites["LIL"].pk]},
    )
    services.call_off(moved.pk, actor=by, reason="Opérateur indisponible, reporté.")


def at(day: date, hour: int) -> datetime:
    """An hour of a day in Paris."""
    return datetime.combine(day, time(hour), ZONE)


def first_weekday(today: date, weekday: int) -> date:
    """The first such weekday of last month."""
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return first + timedelta(days=(weekday - first.weekday()) % 7)
