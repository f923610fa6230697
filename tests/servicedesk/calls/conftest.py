import pytest

from servicedesk.calls.switchboard import deciding
from tests.snapshot import once

from .switchboard import build


@pytest.fixture
def always_open(monkeypatch):
    """At night and on Sundays, too, a call comes within hours."""
    monkeypatch.setattr(deciding, "is_open", lambda *_given: True)


@pytest.fixture
def desk(db):
    """The small company with its switchboard."""
    return once(build)
