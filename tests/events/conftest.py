"""A few items that stand on each other, and somebody at the consoles."""

from types import SimpleNamespace

import pytest

from itsm.cmdb import services as cmdb
from itsm.events.models import EventRule
from tests.world import person


@pytest.fixture
def park(world):
    """A switch, a server on it, an application on the server, a service on the application."""

    def make(key, ci_class, **more):
        return cmdb.create_ci(actor=world.admin, ci_class=ci_class, key=key, name=key, organisation=world.lumen, **more)

    p = SimpleNamespace()
    p.switch = make("SW-1", "switch", criticality=1)
    p.server = make("SRV-DB-01", "physical_server", criticality=2, attributes={"ip_address": "192.0.2.10"})
    p.app = make("PAIENET", "application", criticality=1)
    p.item = make("SVC-PAIE", "it_service", criticality=1)
    p.other = make("SRV-APP-07", "physical_server", criticality=3)
    p.service = cmdb.offer_service(p.item, actor=world.admin)
    for source, target in ((p.server, p.switch), (p.app, p.server), (p.item, p.app)):
        cmdb.relate(source, target, "depends_on", actor=world.admin)
    return p


@pytest.fixture
def operator(world):
    """Works at the consoles."""
    return person(world, "ops", "Omar", "Diallo", [("ops", world.lumen)], [])


@pytest.fixture
def rule(world):
    """Critical ones become an incident, one an item."""
    return EventRule.objects.create(
        organisation=world.lumen, name="Critical", kind="incident",
        conditions=[{"field": "severity", "how": "equals", "value": "critical"}],
    )  # fmt: skip
