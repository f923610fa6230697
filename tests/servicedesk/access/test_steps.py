"""A request of the catalogue opens an access by itself, and goes on when it is granted; a leaver loses everything."""

from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.core import now
from itsm.records.approvals import services as approvals
from itsm.records.models import Approval, Link, Task
from itsm.records.plans import services as plans
from servicedesk.access import services
from servicedesk.access.models import Access
from servicedesk.incidents import services as incidents
from servicedesk.requests import services as requests
from tests.servicedesk.catalogue.factories import field
from tests.servicedesk.requests.factories import make_item

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


def test_the_right_of_a_choice_is_called_as_people_read_it(world, payroll):
    profiles = [{"value": "read", "label": {"fr": "Consultation", "en": "Reading"}}, {"value": "write", "label": {"fr": "Saisie", "en": "Writing"}}]  # fmt: skip
    form = {"fields": [field("app", "application"), field("profile", "choice", choices=profiles), field("why", "long")]}
    plan = {"tasks": [{"key": "right", "title": {"fr": "Droit", "en": "Right"}, "action": OPEN}]}
    version = make_item("rights", form=form, plan=plan)
    answers = {"app": "paie", "profile": "read", "why": "Clôture"}
    requests.open_request(actor=world.customer, requester=world.customer, item_version=version, answers=answers)
    settle()
    assert Access.objects.get().right == "Consultation"


def test_a_leaver_keeps_what_they_have_until_their_last_day(world, granted, source, later):
    last = timezone.localdate(now()) + timedelta(days=20)
    granted(requester=world.colleague)
    asked = services.open_access(
        actor=world.agent, requester=world.colleague, item=Access.objects.get().item, right="Saisie", reason="Renfort"
    )
    action = {"kind": "leaver", "person_field": "who", "day_field": "last"}
    begin(source, world, action, {"who": "colleague", "last": last.isoformat()})
    held = Access.objects.exclude(pk=asked.pk).get()
    assert (held.state, held.until) == ("active", last)
    assert Access.objects.get(pk=asked.pk).state == "cancelled"
    assert "1 droit" in Task.objects.get(record_id=source.pk, step="right").result
    later(19)
    assert services.sweep() == 0
    later(22)
    assert services.sweep() == 1
    held.refresh_from_db()
    assert held.state == "to_revoke"


def test_a_leaver_of_the_catalogue_loses_everything(world, granted, source):
    granted(requester=world.colleague)
    begin(source, world, {"kind": "leaver", "person_field": "who"}, {"who": "colleague"})
    assert Access.objects.get().state == "to_revoke"
    assert states(source)["right"] == "done"
