"""A process that asks for approvals and has plans, whoever has such a process of its own by now."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from itsm.notify import outbox
from itsm.records import processes
from itsm.records.lifecycle import STAY, Lifecycle, Move
from servicedesk.incidents import services

OPEN = frozenset({"new", "assigned", "in_progress", "on_hold"})


def settle():
    """Deliver everything that is to be told."""
    while outbox.drain():
        continue


@pytest.fixture
def asking(monkeypatch):
    """Incidents as records that are to be approved; what the hooks were told is in `heard`."""
    heard = SimpleNamespace(approved=[], refused=[], done=[])
    plain = processes.get("incident")
    moves = [*plain.lifecycle.moves.values(), Move("approve", "Approve", OPEN, STAY, "approved")]
    process = replace(
        plain, approvals=True, refusal="cancel", lifecycle=Lifecycle(states=plain.lifecycle.states, moves=moves),
        on_approved=lambda record, actor, at: heard.approved.append(record.number),
        on_refused=lambda change, reason: heard.refused.append(reason),
        on_tasks_done=lambda record, actor, at: heard.done.append(record.number),
    )  # fmt: skip
    monkeypatch.setitem(processes.PROCESSES._things, "incident", process)
    return heard


@pytest.fixture
def record(world, asking):
    """A request of somebody whose manager is the IT manager."""
    world.customer.manager = world.manager
    world.customer.save(update_fields=["manager"])
    return services.open_incident(actor=world.customer, requester=world.customer, title="Une licence", urgency=3)
