"""Incidents with a known life, opened and moved by the services at known instants."""

from datetime import datetime

import pytest

from itsm.notify import outbox
from itsm.people.directory import directory
from kpis import rollup
from kpis.query import Window, number
from kpis.registry import KPIS
from servicedesk.incidents import services

MONDAY = datetime.fromisoformat("2026-03-02T09:00:00+01:00")
DAY = MONDAY.date()


class Desk:
    """`desk.open(at)` and friends, and the figures afterwards."""

    def __init__(self, world):
        self.world = world

    def open(self, at=MONDAY, **more):
        w = self.world
        return services.open_incident(actor=w.customer, requester=w.customer, title="Mail is slow", at=at, **more)

    def resolve(self, incident, at):
        services.resolve(
            incident.pk, actor=self.world.agent, resolution_code=self.world.solved, resolution="Restarted.", at=at
        )

    def settle(self):
        """What the outbox and the minute do in the product."""
        outbox.drain()
        rollup.roll_up()

    def window(self, **more):
        return Window(more.pop("start", DAY), more.pop("end", DAY), None, more.pop("filters", {}), **more)

    def figure(self, slug, **more):
        return number(KPIS.get(slug), self.window(**more))


@pytest.fixture
def desk(world):
    directory.forget()
    return Desk(world)
