"""Saved views of the demo: what the desk and the network team look at every morning."""

from itsm.people.models import User
from itsm.web import saved

VIEWS = [
    ("lead", "N1-CDS", "VIP", "tab=open&vip=true"),
    ("lead", "N1-CDS", "À trier", "tab=unassigned&team=N1-CDS&ordering=oldest"),
    ("network", "N2-RES", "Kanban réseau", "tab=open&team=N2-RES&layout=board"),
    ("agent", "", "Mes urgences", "tab=mine&priority=1&priority=2"),
]


def build(c) -> None:
    """Some shared with a team, one of one's own."""
    for login, team, name, query in VIEWS:
        saved.save_view(
            actor=User.objects.get(username=login), place="incidents", name=name, query=query, team=c.teams.get(team)
        )
