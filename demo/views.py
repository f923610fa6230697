"""Saved views of the demo: what the desk and the network team look at every morning."""

from itsm.people.models import User
from itsm.web import saved

VIEWS = [
    ("lead", "N1-CDS", "incidents", "VIP", "tab=open&vip=true"),
    ("lead", "N1-CDS", "incidents", "À trier", "tab=unassigned&team=N1-CDS&ordering=oldest"),
    ("network", "N2-RES", "incidents", "Kanban réseau", "tab=open&team=N2-RES&layout=board"),
    ("agent", "", "incidents", "Mes urgences", "tab=mine&priority=1&priority=2"),
    ("lead", "N1-CDS", "desk", "Demandes à préparer", "tab=open&kind=request"),
]


def build(c) -> None:
    """Some shared with a team, one of one's own."""
    for login, team, place, name, query in VIEWS:
        saved.save_view(
            actor=User.objects.get(username=login), place=place, name=name, query=query, team=c.teams.get(team)
        )
