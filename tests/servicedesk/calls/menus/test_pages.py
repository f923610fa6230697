"""The pages of the switchboard: who may enter, what is refused with words, the tree, the simulator."""

import pytest
from django.urls import reverse

from itsm.audit.models import Entry
from servicedesk.calls.models import CallMenu, CallNumber, CallQueue, MenuStep, Operator, PauseReason
from servicedesk.calls.switchboard.services import digest_of

from .factories import codes, fresh, make_board, make_number, make_operator, make_queue, make_step

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world):
    codes()
    return make_board(world)


@pytest.fixture
def lead(client, world):
    client.force_login(world.lead)
    return client


def pages(desk, world) -> list[str]:
    operator = make_operator(world.teammate, desk.desk)
    names = [
        ("overview", []), ("new_number", []), ("number", [desk.number.pk]), ("queues", []), ("new_queue", []), ("queue", ["N1"]),
        ("operators", []), ("new_operator", []), ("operator", [operator.pk]), ("codes", []), ("new_code", ["pauses"]),
        ("code", ["wrap-up", "solved"]), ("try", []), ("new_menu", []), ("menu", ["main"]), ("menu_settings", ["main"]),
        ("new_step", ["main"]), ("step", ["main", desk.nature.pk]),
    ]  # fmt: skip
    return [reverse(f"switchboard:{name}", args=args) for name, args in names]


def test_only_who_manages_the_calls_enters(client, world, desk):
    addresses = pages(desk, world)
    for person, expected in ((world.customer, 404), (world.agent, 404), (world.lead, 200), (world.admin, 200)):
        client.force_login(person)
        for address in addresses:
            assert client.get(address).status_code == expected, (person.username, address)


def test_a_switchboard_of_another_house_does_not_exist(client, world, desk):
    from tests.world import person

    theirs = person(world, "their-lead", "Una", "Lead", [("desk_manager", world.other)], [], organisation=world.other)
    client.force_login(theirs)
    for name, args in (
        ("number", [desk.number.pk]),
        ("queue", ["N1"]),
        ("menu", ["main"]),
        ("step", ["main", desk.nature.pk]),
    ):
        assert client.get(reverse(f"switchboard:{name}", args=args)).status_code == 404
    assert "N1" not in client.get(reverse("switchboard:queues")).content.decode()
    assert client.post(reverse("switchboard:copy_menu", args=["main"])).status_code == 404
