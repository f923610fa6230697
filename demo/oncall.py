"""On-call in the demo: rotas with a second line, a swap, an absence with its substitute, a gap, a chain, and a P1 that calls."""

from datetime import datetime, time, timedelta

from itsm.core import now
from itsm.escalation import paging, services, staffing, sweep
from itsm.escalation.models import Rota, Swap
from itsm.people.models import Absence
from servicedesk.incidents import services as incidents

TITLE = "Plus de réseau à l’usine de Lille"
# So long ago: the first, the second and the leader were called, and the first once more.
MINUTES = 25
# code, French, English, team
ROTAS = [
    ("N1-NUIT", "Centre de services, nuits et week-ends", "Help desk, nights and week-ends", "N1-CDS"),
    ("N2-RESEAU", "Réseaux", "Network", "N2-RES"),
    ("N3-SGBD", "Bases de données", "Databases", "N3-SGBD"),
    ("N3-ZOS", "Mainframe", "Mainframe", "N3-ZOS"),
]
NIGHTS = [[day, 18 * 60, 8 * 60] for day in range(5)] + [[day, 8 * 60, 8 * 60] for day in (5, 6)]


def build(c) -> None:
    """Rotas begin some weeks ago; everything is relative to today."""
    today = now().date()
    monday = today - timedelta(days=today.weekday() + 28)
    for code, french, english, team in ROTAS:
        people = [user.pk for user in c.agents[team][:5]]
        nights = code == "N1-NUIT"
        layer = {"first_day": monday, "handover": time(8), "days": 7, "hours": NIGHTS if nights else []}
        layers = [{"rank": 1, "people": people} | layer]
        if len(people) > 1:
            layers.append({"rank": 2, "people": [*people[1:], people[0]]} | layer)
        staffing.create_rota(
            actor=c.accounts["lead"], code=code, name_fr=french, name_en=english, team_id=c.teams[team].pk, always=not nights,
            layers=layers,
        )  # fmt: skip
    _changes(c, monday)
    services.save_chain(
        None, actor=c.accounts["admin"], code="ASTREINTE", name_fr="Astreinte de l’équipe", name_en="On-call of the team", rounds=2,
        p1_skips_waits=False, active=True,
        steps=[
            {"who": "first", "wait_minutes": 5}, {"who": "second", "wait_minutes": 5}, {"who": "leader", "wait_minutes": 5},
        ],
    )  # fmt: skip
    services.create_policy(
        actor=c.accounts["admin"], code="P1-ASTREINTE", name_fr="P1 : appeler l’astreinte", name_en="P1: call the on-call", clock="sla",
        metric="own", priorities=[1],
        steps=[
            {"percent": 50, "unassigned": True, "actions": [{"do": "page", "chain": "ASTREINTE"}]},
            {"percent": 75, "actions": [{"do": "warn", "who": ["assignee", "team"]}]},
            {"percent": 100, "actions": [{"do": "alert", "who": ["leader", "manager"]}]},
            {"every_seconds": 3600, "most": 4, "wall": True, "actions": [{"do": "alert", "who": ["manager"]}]},
        ],
    )  # fmt: skip


def _changes(c, monday) -> None:
    """A swap next week, somebody away with a substitute, and somebody away without one: a gap in red."""
    layer = Rota.objects.get(code="N1-NUIT").layers.get(rank=1)
    Swap.objects.create(layer=layer, turn=5, user=c.accounts["agent"], made_by=c.accounts["agent"])
    away = now() + timedelta(days=2)
    others = [user for user in c.agents["N2-RES"] if user != c.accounts["network"]]
    if others:
        Absence.objects.create(
            user=others[0],
            substitute=c.accounts["network"],
            starts_at=away,
            ends_at=away + timedelta(days=12),
            reason="Congés",
        )
    for user in c.agents["N3-ZOS"]:
        if user != c.accounts["mainframe"]:
            Absence.objects.create(user=user, starts_at=away, ends_at=away + timedelta(days=16), reason="Formation")


def call(c, present: datetime) -> None:
    """A P1 of the network team that nobody takes: the policy calls the on-call at half of its time, then the chain goes on."""
    opened = present - timedelta(minutes=MINUTES)
    incidents.open_incident(
        actor=c.accounts["lead"], requester=c.accounts["requester"], title=TITLE,
        description="Tous les postes de l’atelier ont perdu le réseau.", urgency=1, impact=1, team=c.teams["N2-RES"], quiet=True,
        at=opened, channel="phone",
    )  # fmt: skip
    for half_minute in range(2 * MINUTES + 1):
        at = opened + timedelta(minutes=half_minute / 2)
        while sweep.sweep(at=at):
            continue
        paging.sweep(at=at)
