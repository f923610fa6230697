"""The counter of the navigation is the list behind it."""

import re

import pytest

from itsm.people.scope import scope_of
from servicedesk.entries import waiting_for_my_teams
from servicedesk.incidents import services

pytestmark = pytest.mark.django_db


def test_the_counter_equals_the_tab_of_my_teams(world, client):
    for n in range(3):
        services.open_incident(
            actor=world.customer, title=f"Printer {n} is silent", description="", requester=world.customer
        )
    client.force_login(world.agent)
    page = client.get("/desk/incidents/?tab=team").content.decode()
    shown = int(re.search(r'href="\?tab=team"[^>]*>.*?<span class="c">(\d+)<', page, re.DOTALL)[1])
    assert waiting_for_my_teams(scope_of(world.agent)) == shown == 3


def test_who_is_in_no_team_has_no_counter(world):
    assert waiting_for_my_teams(scope_of(world.manager)) is None
