"""The incident behind the mock-up "SLA explanation": Armistice, lunch, a pause, P4 to P3, a leg a team, 57 minutes too late."""

from datetime import datetime

from itsm.core import now
from itsm.records import priority
from itsm.records.models import Hop

from . import tickets

TITLE = "Boîte partagée Compta fournisseurs : pièces jointes perdues"
# 10 November is a Tuesday in both years: the first one that is over is told.
YEARS = (2026, 2020)


def build(c, maker: tickets.Maker) -> None:
    """Load it, as it happened from 10 to 16 November."""
    year = next(y for y in YEARS if _at(y, 17, 9) < min(now(), maker.now))
    agents = {code: c.agents[code][0] for code in ("N1-CDS", "N2-MSG", "N3-STO")}
    life = maker.born(
        _at(year, 10, 16, 20),
        title=TITLE,
        impact=4,
        urgency=3,
        requester=c.accounts["requester"],
        subject=_SUBJECT,
        channel="phone",
    )
    life.at = _at(year, 10, 16, 38)
    life.hand_over(c.teams["N2-MSG"], agents["N1-CDS"], kind=Hop.Kind.ASSIGNMENT)
    life.at = _at(year, 10, 16, 50)
    life.acknowledge(agents["N2-MSG"])
    life.at = _at(year, 12, 10, 15)
    life.hold("requester", "Quelle boîte exactement, et depuis quand ?")
    life.at = _at(year, 12, 15)
    life.wake("requester", "Compta fournisseurs, depuis lundi soir.")
    life.at = _at(year, 12, 16)
    _raise(life, agents["N2-MSG"])
    life.hand_over(
        c.teams["N3-STO"], agents["N2-MSG"], kind=Hop.Kind.ESCALATION, reason="Quota de la baie de stockage atteint."
    )
    life.at = _at(year, 13, 8, 40)
    life.acknowledge(agents["N3-STO"])
    life.at = _at(year, 16, 10, 2)
    life.resolve(code="configuration")
    tickets.bulk.load([life.finish()])


_SUBJECT = ("shared-box", TITLE, "Les pièces jointes reçues depuis hier ont disparu.", 4, [])


def _at(year: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, 11, day, hour, minute, tzinfo=tickets.PARIS)


def _raise(life: tickets.Life, actor) -> None:
    """More urgent than it was said: P4 becomes P3."""
    record, before = life.record, life.situation()
    old = record.priority
    record.urgency = 2
    record.priority = priority.compute(record.organisation_id, record.impact, record.urgency)
    life.follow(before)
    life.entry("edited", actor, {"urgency": [3, 2], "priority": [old, record.priority]})
