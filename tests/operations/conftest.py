"""The people of operations control, beside the cast of every test."""

import pytest
from django.test import Client

from itsm.people import services as people

from ..world import person


@pytest.fixture
def ops(world):
    """The team at the consoles, with its operator."""
    world.pilots = people.create_team(
        actor=None, code="EXP-PIL", name_fr="Pilotage", name_en="Operations bridge", function="operations", organisation=world.lumen,
    )  # fmt: skip
    world.operator = person(world, "ops", "Romain", "Petit", [("ops", world.lumen)], [world.pilots])
    return world


@pytest.fixture
def signed(ops):
    """`signed("ops")`: a client in which this person is signed in, in English."""
    from itsm.people.models import User

    def opened(login: str) -> Client:
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(User.objects.get(username=login))
        return client

    return opened
