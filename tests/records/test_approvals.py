"""The table of approvals keeps its invariants, whoever writes to it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from itsm.core import now
from itsm.records.models import Approval
from servicedesk.incidents import services

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(world):
    record = services.open_incident(actor=world.customer, requester=world.customer, title="A licence")

    def write(**more):
        return Approval.objects.create(record_id=record.pk, approver=world.manager, asked_by=world.agent, **more)

    return write


def test_a_person_is_asked_once_a_stage(ask):
    assert ask().state == "pending"
    assert ask(stage=2).stage == 2
    with pytest.raises(IntegrityError, match="approval_asked_once_a_stage"):
        ask()


LATER = timedelta(hours=1)


def test_a_state_that_nobody_knows_is_refused(ask):
    with pytest.raises(IntegrityError, match="approval_state_known"):
        ask(state="perhaps", decided_at=now() + LATER)


def test_what_is_decided_has_its_time_and_what_is_open_has_none(ask):
    with pytest.raises(IntegrityError, match="approval_decided_has_time"), transaction.atomic():
        ask(state="expired")
    with pytest.raises(IntegrityError, match="approval_decided_has_time"):
        ask(decided_at=now() + LATER)


def test_an_answer_has_an_author(ask):
    with pytest.raises(IntegrityError, match="approval_answer_has_author"):
        ask(state="approved", decided_at=now() + LATER)


def test_a_refusal_needs_a_reason(ask, world):
    with pytest.raises(IntegrityError, match="approval_refusal_has_reason"), transaction.atomic():
        ask(state="refused", decided_at=now() + LATER, decided_by=world.manager)
    refused = ask(state="refused", decided_at=now() + LATER, decided_by=world.manager, reason="Too dear")
    assert refused.pk
