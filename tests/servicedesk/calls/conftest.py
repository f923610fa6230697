import pytest

from tests.snapshot import once

from .switchboard import build


@pytest.fixture
def desk(db):
    """The small company with its switchboard."""
    return once(build)
