import pytest
from django.test import Client

from tests.world import person


@pytest.fixture
def cast(world):
    """Who keeps operations, and who works there."""
    world.ops = person(world, "ops", "Sékou", "Diallo", [("ops", world.lumen)], [])
    world.stranger_ops = person(
        world, "strangerops", "Olga", "Ops", [("ops", world.other)], [], organisation=world.other
    )
    return world


@pytest.fixture
def browse_as(db):
    """A client signed in as somebody."""

    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
