from types import SimpleNamespace

import pytest

from itsm.gateway import tokens
from servicedesk.incidents.services import open_incident

from .client import Rest


@pytest.fixture(autouse=True)
def _forget_tokens():
    tokens.forget_all()
    yield
    tokens.forget_all()


@pytest.fixture
def api(world):
    """One client for each person of the cast, made when asked for."""

    class Clients:
        def __getattr__(self, login):
            client = Rest(getattr(world, login))
            setattr(self, login, client)
            return client

    return Clients()


@pytest.fixture
def incident(world):
    """An incident of Claire's, with the help desk."""
    return open_incident(
        actor=world.customer, requester=world.customer, title="The printer is silent", description="Since this morning"
    )


@pytest.fixture
def address(incident):
    return f"/api/v1/incidents/{incident.number}/"


@pytest.fixture
def estate(world):
    """A service and a server of ours, and a server of somebody else's."""
    from itsm.cmdb.models import ConfigurationItem, Service

    def item(key, organisation, ci_class="server"):
        return ConfigurationItem.objects.create(ci_class=ci_class, key=key, name=key.title(), organisation=organisation)

    mail = item("SRV-MAIL", world.lumen, "service")
    Service.objects.create(item=mail, customer=world.lumen)
    return SimpleNamespace(mail=mail, server=item("SV-001", world.lumen), foreign=item("SV-900", world.other))
