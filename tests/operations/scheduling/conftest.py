import pytest
import time_machine

from .factories import MORNING


@pytest.fixture
def clock():
    """Six in the morning of a Monday in Paris, until a test moves it."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller
