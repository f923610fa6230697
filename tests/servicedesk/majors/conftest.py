import pytest

from servicedesk.majors.defaults import ensure_major_rules
from tests.servicedesk.calls.switchboard import build
from tests.snapshot import once


def _built():
    made = build()
    ensure_major_rules()
    return made


@pytest.fixture
def desk(db):
    """The small company with its switchboard, and the rules that every installation starts with."""
    return once(_built)
