"""Approvals, the plan, and where they carry a request."""

from datetime import timedelta

import pytest
from django.test import Client

from itsm.core import reference
from itsm.core.errors import DomainError, NotAllowed
from itsm.escalation import sweep
from itsm.levels.models import Clock
from itsm.notify import outbox
from itsm.notify.models import Message
from itsm.records import timeline
from itsm.records.approvals import services as approvals
from itsm.records.models import Approval, Task
from itsm.records.plans import services as plans
from servicedesk.requests import services
from servicedesk.requests.defaults import ensure_request_agreement
from servicedesk.requests.models import Request
from servicedesk.requests.states import State
from tests.levels.agreed import agree

from .factories import make_item

pytestmark = pytest.mark.django_db
BY_MANAGER = {"stages": [{"ask": [{"who": "manager"}]}]}
TWO_STAGES = {"stages": [{"ask": [{"who": "manager"}]}, {"ask": [{"who": "person", "login": "lead"}]}]}
PLAN = {
    "tasks": [
        {"key": "account", "title": {"fr": "Créer le compte", "en": "Create the account"}, "team": "N1-CDS"},
        {"key": "badge", "title": {"fr": "Faire le badge", "en": "Make the badge"}, "team": "N2-RES"},
        {"key": "call", "title": {"fr": "Appeler", "en": "Call"}, "team": "N1-CDS", "depends_on": ["account", "badge"]},
    ]
}


@pytest.fixture
def boss(world):
    world.customer.manager = world.colleague
    world.customer.save(update_fields=["manager"])
    return world.colleague


def ordered(world, **version) -> Request:
    item = make_item(**version)
    return services.open_request(
        actor=world.customer, requester=world.customer, item_version=item, answers={"model": "s"}
    )


def fresh(request: Request) -> Request:
    return Request.objects.get(pk=request.pk)


def say(request, person, *, yes=True, reason=""):
    question = Approval.objects.get(record=request, approver=person, state="pending")
    approvals.answer(question.pk, actor=person, approve=yes, reason=reason)
    return fresh(request)


def page_of(person, request: Request, place="portal/tickets") -> str:
    client = Client()
    client.force_login(person)
    return client.get(f"/{place}/{request.number}/").content.decode()


def test_it_waits_for_its_approval_and_its_deadlines_wait_with_it(world, boss):
    ensure_request_agreement()
    reference.forget_everything()
    request = ordered(world, approval=BY_MANAGER)
    assert (request.state, request.phase, request.approved_at) == (State.AWAITING, "open", None)
    assert set(Clock.objects.filter(record=request, kind="sla").values_list("state", flat=True)) == {"waiting"}


def test_the_last_approval_starts_the_deadlines_and_opens_the_tasks(world, boss):
    ensure_request_agreement()
    reference.forget_everything()
    request = ordered(world, approval=TWO_STAGES, plan=PLAN)
    assert say(request, boss).state == State.AWAITING
    assert not Task.objects.filter(record=request).exists()
    request = say(request, world.lead)
    assert request.state == State.APPROVED
    assert request.approved_at > request.submitted_at
    assert "running" in Clock.objects.filter(record=request, kind="sla").values_list("state", flat=True)
    opened = Task.objects.filter(record=request, opened_at__isnull=False).values_list("step", flat=True)
    assert set(opened) == {"account", "badge"}


def test_what_a_team_owes_waits_for_the_approval_too_and_nothing_is_overdue_meanwhile(world, boss):
    ensure_request_agreement()
    agree("OLA-N1", {(None, "own"): 1, (None, "resolve"): 1}, kind="ola", level=1)
    request = ordered(world, approval=TWO_STAGES, plan=PLAN)
    legs = Clock.objects.filter(record=request, kind="ola")
    assert set(legs.values_list("metric", "state", "due_at")) == {
        ("own", "waiting", None),
        ("resolve", "waiting", None),
    }
    later = request.opened_at + timedelta(days=30)
    assert not Request.objects.filter(pk=request.pk).overdue(later).exists()
    assert sweep.sweep(at=later) == 0
    say(request, boss)
    assert set(legs.values_list("state", flat=True)) == {"waiting"}, "the second stage is still to come"
    request = say(request, world.lead)
    assert set(legs.values_list("state", "counted_from")) == {("running", request.approved_at)}
    assert Request.objects.filter(pk=request.pk).overdue(later).exists()


def test_a_refusal_ends_it_with_its_reason_for_the_requester(world, boss):
    request = ordered(world, approval=BY_MANAGER)
    request = say(request, boss, yes=False, reason="Le budget est épuisé.")
    assert (request.state, request.phase) == (State.REFUSED, "closed")
    assert request.refusal == "Le budget est épuisé."
    assert "Le budget est épuisé." in page_of(world.customer, request)
    assert "Le budget est épuisé." in page_of(world.agent, request, "desk/requests")


def test_the_history_tells_a_refusal_once(world, boss):
    rule = {"stages": [*BY_MANAGER["stages"], {"ask": [{"who": "person", "login": "lead"}], "when": {"field": "model", "equals": "l"}}]}  # fmt: skip
    request = say(ordered(world, approval=rule), boss, yes=False, reason="Le budget est épuisé.")
    told = [line.sentence for line in timeline.timeline(request, agent=False)]
    assert sum("Le budget est épuisé." in each for each in told) == 1
    assert told.count("Non approuvé.") == 1
    assert not any("étape 1 sur 2" in each for each in told), "the second stage does not apply"


def test_who_ordered_for_somebody_hears_of_the_refusal_too(world, boss):
    version = make_item(approval=BY_MANAGER)
    request = services.open_request(
        actor=world.agent, requester=world.customer, item_version=version, answers={"model": "l", "why": "Mobilité"}
    )
    while outbox.drain():
        continue
    asked = Message.objects.get(template="approval_asked")
    for words in ("Ordinateur portable", "Modèle\u00a0: Grand", "Pourquoi\u00a0: Mobilité"):
        assert words in asked.body_text
    assert "Mobilité" in asked.body_html
    say(request, boss, yes=False, reason="Non.")
    while outbox.drain():
        continue
    told = Message.objects.filter(template="approval_refused")
    assert set(told.values_list("to_user__username", flat=True)) == {"customer", "agent"}
    assert "Claire Fontaine" in told.get(to_user=world.agent).body_text


def test_when_all_tasks_are_done_it_is_fulfilled(world):
    request = ordered(world, plan=PLAN)
    for step in ("account", "badge", "call"):
        assert fresh(request).state == State.APPROVED
        plans.finish(Task.objects.get(record=request, step=step).pk, actor=world.agent)
    request = fresh(request)
    assert request.state == State.RESOLVED
    assert request.resolution
    assert request.resolved_by == world.agent


def test_a_plan_of_which_everything_was_skipped_is_for_a_person_to_end(world):
    request = ordered(world, plan={"tasks": PLAN["tasks"][:1]})
    plans.skip(Task.objects.get(record=request).pk, actor=world.agent, reason="Déjà là")
    assert fresh(request).state == State.APPROVED


def test_cancelling_withdraws_the_question_and_stops_the_plan(world, boss):
    request = ordered(world, approval=BY_MANAGER, plan=PLAN)
    services.cancel(request.pk, actor=world.customer, reason="Plus besoin")
    assert Approval.objects.get(record=request).state == "withdrawn"
    other = services.open_request(
        actor=world.customer, requester=world.customer, item_version=make_item("screen", plan=PLAN)
    )
    services.cancel(other.pk, actor=world.customer, reason="Plus besoin")
    assert set(Task.objects.filter(record=other).values_list("outcome", flat=True)) == {"skipped"}


def test_fulfilling_early_leaves_no_task_behind(world):
    request = ordered(world, plan=PLAN)
    services.resolve(request.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.")
    assert not Task.objects.filter(record=request, done_at=None).exists()


def test_what_has_to_be_approved_is_not_answered_on_the_spot(world, boss):
    version = make_item(approval=BY_MANAGER, on_the_spot=True)
    with pytest.raises(DomainError):
        services.open_request(
            actor=world.agent, requester=world.customer, item_version=version, answer="Voilà", channel="phone"
        )
    assert not Request.objects.exists()


def test_nobody_else_approves(world, boss):
    request = ordered(world, approval=BY_MANAGER)
    question = Approval.objects.get(record=request)
    with pytest.raises(NotAllowed):
        approvals.answer(question.pk, actor=world.agent, approve=True)


def test_the_requester_reads_how_far_it_is(world, boss):
    request = ordered(world, approval=BY_MANAGER, plan=PLAN)
    page = page_of(world.customer, request)
    assert "En attente de l’approbation de Paul Meyer" in page
    say(request, boss)
    page = page_of(world.customer, request)
    assert "Approuvée par Paul Meyer" in page
    assert "Étapes faites : 0 sur 3" in page
    assert "Créer le compte" not in page


def test_the_desk_reads_approvals_and_tasks_on_the_page(world, boss):
    request = ordered(world, approval=BY_MANAGER, plan=PLAN)
    say(request, boss)
    page = page_of(world.agent, request, "desk/requests")
    for words in ("Paul Meyer", "Créer le compte", "Appeler"):
        assert words in page


def test_tasks_of_a_plan_are_not_ticked_as_a_checklist(world):
    request = ordered(world, plan=PLAN)
    task = Task.objects.get(record=request, step="account")
    client = Client()
    client.force_login(world.agent)
    answer = client.post(f"/desk/requests/{request.number}/tasks/", {"task": task.pk, "done": "1"})
    assert answer.status_code == 404


def test_the_portal_cancels_confirms_and_reopens(world):
    request = ordered(world)
    client = Client()
    client.force_login(world.customer)
    url = f"/portal/tickets/{request.number}/"
    assert 'action="cancel/"' in client.get(url).content.decode()
    services.resolve(request.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.")
    assert client.post(f"{url}reopen/", {"reason": "Il manque la sacoche"}).status_code == 302
    assert fresh(request).state == State.IN_PROGRESS
    services.resolve(request.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.")
    assert client.post(f"{url}confirm/").status_code == 302
    assert fresh(request).state == State.CLOSED


def test_who_ordered_for_somebody_follows_and_may_call_it_off(world):
    request = services.open_request(
        actor=world.colleague, requester=world.customer, item_version=make_item(), answers={"model": "s"}
    )
    client = Client()
    client.force_login(world.colleague)
    url = f"/portal/tickets/{request.number}/"
    assert "Claire Fontaine" in client.get(url).content.decode()
    assert client.post(f"{url}cancel/", {"reason": "Erreur"}).status_code == 302
    assert fresh(request).state == State.CANCELLED
