"""What is decided about a row in hand is what the querysets decide."""

import pytest

from itsm.gateway import record_rows
from itsm.people.scope import scope_of
from itsm.records.models import Record
from servicedesk.incidents import services

pytestmark = pytest.mark.django_db
CAST = (
    "agent",
    "teammate",
    "network",
    "mainframe",
    "lead",
    "manager",
    "admin",
    "customer",
    "colleague",
    "stranger",
    "foreign_agent",
)


def test_rows_in_hand_are_judged_as_the_querysets_judge_them(world):
    make = services.open_incident
    moved = make(actor=world.customer, requester=world.customer, title="Moved")
    services.escalate(moved.pk, actor=world.agent, reason="Network")
    services.escalate(moved.pk, actor=world.network, reason="Mainframe")
    secret = make(actor=world.customer, requester=world.customer, title="Secret")
    world.circle.members.add(world.lead, world.customer)
    services.edit(secret.pk, actor=world.lead, confidentiality=world.circle)
    make(actor=world.stranger, requester=world.stranger, title="Foreign")
    make(actor=world.agent, requester=world.agent, title="An agent's own", team=world.n3)
    lost = make(actor=world.customer, requester=world.customer, title="Of no team")
    Record.objects.filter(pk=lost.pk).update(team=None, owner_team=None)
    for name in CAST:
        user = getattr(world, name)
        for row in Record.objects.values(*record_rows.COLUMNS):
            stood = record_rows.stand(row, scope_of(user))
            expected = (
                Record.objects.in_desk_of(user).filter(pk=row["id"]).exists(),
                Record.objects.workable_by(user).filter(pk=row["id"]).exists(),
            )
            assert (stood["as_agent"], stood["works"]) == expected, (name, row["title"])
