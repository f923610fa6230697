"""A person is found by their telephone number, however it is typed: in the palette, on the search page, in the picker."""

import pytest
from django.test import Client

from itsm.people import phones
from itsm.web import palette
from servicedesk.desk.fields import PersonField, people_for

WAYS = [
    "+33140501234", "+33 1 40 50 12 34", "+33 (0)1 40 50 12 34", "0033 1 40 50 12 34", "01 40 50 12 34", "01.40.50.12.34",
    "01-40-50-12-34", "01 40 50 12 34", "0140501234", "40501234", "50 12 34", "1234",
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "ending"),
    [
        ("0140501234", "140501234"), ("+32 2 123 45 67", "221234567"), ("02 123 45 67", "21234567"),
        ("0034", "0034"), ("123", ""), ("00000000", ""), ("R2 1234", ""), ("²²²²", ""), ("+", ""), ("", ""), ("1" * 40, ""),
    ],
)  # fmt: skip
def test_the_end_of_a_number_is_what_tells_it(typed, ending):
    assert phones.ending(typed) == ending


@pytest.fixture
def reached(world):
    world.customer.phone, world.colleague.mobile = "+33140501234", "+33612345678"
    world.customer.save(update_fields=["phone"])
    world.colleague.save(update_fields=["mobile"])
    return world


@pytest.mark.parametrize("typed", WAYS)
def test_a_number_leads_to_its_person_wherever_one_searches(reached, typed):
    found = {group["key"]: [hit.label for hit in group["hits"]] for group in palette.groups(reached.agent, typed)}
    assert found["people"] == ["Claire Fontaine"]
    client = Client()
    client.force_login(reached.agent)
    assert "Claire Fontaine" in client.get("/find/", {"q": typed, "tab": "people"}).content.decode()
    assert 'data-value="customer"' in client.get("/desk/incidents/pick/people/", {"q": typed}).content.decode()
    field = PersonField()
    field.people = people_for(reached.agent)
    assert field.clean(typed) == reached.customer


def test_a_mobile_number_counts_as_well_and_that_of_strangers_does_not(reached):
    reached.stranger.phone = "+33199995678"
    reached.stranger.save(update_fields=["phone"])
    client = Client()
    client.force_login(reached.agent)
    page = client.get("/desk/incidents/pick/people/", {"q": "56 78"}).content.decode()
    assert 'data-value="colleague"' in page
    assert "stranger" not in page


def test_a_login_of_figures_is_found_as_well(world):
    world.colleague.username = "20451"
    world.colleague.save()
    found = {group["key"]: [hit.label for hit in group["hits"]] for group in palette.groups(world.agent, "20451")}
    assert found["people"] == ["Paul Meyer"]
