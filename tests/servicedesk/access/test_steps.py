"""A request of the catalogue opens an access by itself, and goes on when it is granted; a leaver loses everything."""

import pytest

from itsm.records.approvals import services as approvals
from itsm.records.models import Approval, Link, Task
from itsm.records.plans import services as plans
from servicedesk.access import services
from servicedesk.access.models import Access
from servicedesk.incidents import services as incidents

from .conftest import pending, settle

pytestmark = pytest.mark.django_db
OPEN = {"kind": "access", "item_field": "app", "right_field": "profile", "until_field": "until", "reason_field": "why"}
ANSWERS = {"app": "paie", "profile": "Lecture", "until": "2099-12-31", "why": "Clôture"}


@pytest.fixture
def source(world):
    return incidents.open_incident(actor=world.customer, requester=world.customer, title="Droits sur la paie")


def begin(source, world, action, answers):
    tasks = [
        {"key": "right", "title": "Droit", "action": action},
        {"key": "check", "title": "Vérifier", "team": "N1-CDS", "depends_on": ["right"]},
    ]
    plans.start(source.pk, {"tasks": tasks}, actor=world.agent, facts=answers)
    settle()


def states(source) -> dict[str, str]:
    return {
        task.step: task.outcome or ("done" if task.done_at else "open" if task.opened_at else "waiting")
        for task in Task.objects.filter(record_id=source.pk)
    }


def test_the_request_waits_for_the_grant(world, payroll, source):
    begin(source, world, OPEN, ANSWERS)
    access = Access.objects.get()
    assert (access.person, access.right, str(access.until), access.reason) == (
        world.customer,
        "Lecture",
        "2099-12-31",
        "Clôture",
    )
    assert Link.objects.filter(source=access, target=source).exists()
    assert states(source) == {"right": "open", "check": "waiting"}
    approvals.answer(pending(access).pk, actor=world.manager, approve=True)
    services.grant(access.pk, actor=world.network, proof="Profil donné")
    settle()
    assert states(source) == {"right": "done", "check": "open"}


def test_a_refusal_is_told_to_the_request(world, payroll, source):
    begin(source, world, OPEN, ANSWERS)
    approvals.answer(pending(Access.objects.get()).pk, actor=world.manager, approve=False, reason="Non")
    settle()
    assert states(source)["right"] == "failed"
    assert "Non" in Task.objects.get(record_id=source.pk, step="right").result


def test_an_owner_who_approved_the_request_is_not_asked_again(world, payroll, source):
    approvals.begin(source.pk, {"stages": [{"ask": [{"who": "person", "login": "manager"}]}]}, actor=world.customer)
    approvals.answer(Approval.objects.get().pk, actor=world.manager, approve=True)
    begin(source, world, OPEN, ANSWERS)
    assert Access.objects.get().state == "to_grant"


def test_what_cannot_be_asked_for_fails_with_the_reason(world, payroll, source):
    begin(source, world, OPEN, ANSWERS | {"app": "none"})
    assert states(source)["right"] == "failed"
    assert "none" in Task.objects.get(record_id=source.pk, step="right").result


def test_a_leaver_of_the_catalogue_loses_everything(world, granted, source):
    granted(requester=world.colleague)
    begin(source, world, {"kind": "leaver", "person_field": "who"}, {"who": "colleague"})
    assert Access.objects.get().state == "to_revoke"
    assert states(source)["right"] == "done"
