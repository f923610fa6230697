import pytest

from itsm.gateway.webhooks import services

from .receiver import Receiver


@pytest.fixture
def receiver():
    """A real receiver, listening."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def webhook(world, receiver):
    """A webhook of the group that is told everything about tickets; its secret is on it."""
    made, secret = services.create_webhook(
        actor=world.admin, name="Chat", organisation_id=world.lumen.pk, url=receiver.url, allow_private=True, events=["record.*"]
    )  # fmt: skip
    made.secret = secret
    return made
