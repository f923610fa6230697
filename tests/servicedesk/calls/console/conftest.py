"""Nadia at her console, and the nature of calls about mail."""

import pytest

from itsm.core import reference as kept
from itsm.records.models import Category, CategoryTeam
from servicedesk.calls import presence


@pytest.fixture
def nadia(desk, client):
    """Nadia at her console, free."""
    presence.set_state(desk.nadia_operator, "available")
    client.force_login(desk.nadia)
    return client


@pytest.fixture
def mail(desk):
    """A category, with the team that takes it first."""
    found = Category.objects.create(code="mail", name_fr="Messagerie", name_en="Mail")
    CategoryTeam.objects.create(category=found, level=1, team=desk.n1)
    kept.forget_everything()
    return found
