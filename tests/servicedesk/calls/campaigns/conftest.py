import pytest

from servicedesk.calls.campaigns import hooks
from tests.gateway.webhooks.receiver import Receiver
from tests.servicedesk.calls.switchboard import build
from tests.snapshot import once


@pytest.fixture
def desk(db):
    """The small company with its switchboard."""
    return once(build)


@pytest.fixture
def gateway():
    """What takes texts, or calls and reads aloud: a real HTTP server."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def sms(desk, gateway):
    """The gateway for texts of the group; its secret is told once."""
    return hooks.save(None, actor=desk.admin, organisation=desk.lumen, kind="sms", url=gateway.url, allow_private=True)[
        0
    ]
