"""A print server of our house, and the CUPS behind it."""

import pytest

from itsm.cmdb import classes
from operations.control.printing import polling
from operations.models import PrintServer
from tests.world import person

from .fake import FakeCups


@pytest.fixture
def cups(world, monkeypatch):
    made = FakeCups("FILEQ", "DEADQ")
    monkeypatch.setattr(polling, "client_of", lambda _server, **_more: made)
    return made


@pytest.fixture
def server(world):
    classes.load_files()
    return PrintServer.objects.create(name="CUPS", organisation=world.lumen, url="http://cups:631")


@pytest.fixture
def ops(world):
    return person(world, "ops", "Sara", "Diallo", [("ops", world.lumen)], [], language="en")
