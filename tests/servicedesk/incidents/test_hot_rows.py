"""An overdue P1 is marked in queue and list, wherever the order by deadline puts it."""

from datetime import timedelta

import pytest

from itsm.core.clock import now
from servicedesk.incidents import services

pytestmark = pytest.mark.django_db


@pytest.fixture
def tickets(world):
    """A P1 and a P3 that are long overdue, a P1 of this minute."""

    def opened(title, *, impact, urgency, days):
        return services.open_incident(
            actor=world.agent, requester=world.customer, title=title, channel="phone", team=world.n1, impact=impact, urgency=urgency, at=now() - timedelta(days=days),
        )  # fmt: skip

    return (
        opened("late", impact=1, urgency=1, days=20),
        opened("other", impact=3, urgency=3, days=20),
        opened("new", impact=1, urgency=1, days=0),
    )


@pytest.mark.parametrize("path", ["/desk/", "/desk/incidents/"])
def test_only_the_overdue_p1_is_marked(world, client, tickets, path):
    client.force_login(world.agent)
    text = client.get(path).content.decode()
    assert all(ticket.number in text for ticket in tickets)
    assert text.count("is-hot") == 1
    assert text.index("is-hot") < text.index(tickets[0].number, text.index("is-hot"))
