"""How a request comes to life."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.records import approving
from itsm.records.models import AffectedItem, Record
from servicedesk.requests import services
from servicedesk.requests.models import RegularOrder, Request
from servicedesk.requests.states import State
from tests.cmdb.factories import make_ci

from .factories import make_item

pytestmark = pytest.mark.django_db


def opened(world, **values) -> Request:
    values = {"actor": world.customer, "requester": world.customer} | values
    return services.open_request(**values)


def test_an_item_gives_its_name_team_urgency_and_cost(world):
    version = make_item(team=world.n2, urgency=2, cost="900.00", monthly_cost="10.00")
    request = opened(world, item_version=version, answers={"model": "s"}, quantity=2)
    assert request.number.startswith("REQ")
    assert (request.title, request.team_id, request.urgency) == ("Ordinateur portable", world.n2.pk, 2)
    assert (str(request.cost), str(request.monthly_cost)) == ("1800.00", "20.00")
    assert request.item_version == version
    assert request.answers == {"model": "s"}


def test_without_an_approval_it_is_to_be_fulfilled_at_once(world):
    request = opened(world, item_version=make_item())
    assert request.state == State.APPROVED
    assert request.approved_at == request.submitted_at


def test_a_request_in_free_words_needs_a_title_and_goes_to_the_desk(world):
    with pytest.raises(DomainError) as caught:
        opened(world)
    assert caught.value.field == "title"
    request = opened(world, title="Un badge pour un visiteur")
    assert request.team_id == world.n1.pk
    assert request.item_version is None


def test_it_says_for_whom_and_by_whom(world):
    request = opened(world, actor=world.agent, requester=world.customer, title="Un écran")
    assert (request.requester, request.opened_by) == (world.customer, world.agent)
    assert request.organisation == world.finance


def test_what_it_is_about_is_tied_to_it(world):
    item = make_ci(name="Kiosk 7", organisation=world.lumen)
    request = opened(world, title="Réparer", items=[item])
    assert AffectedItem.objects.filter(record=request, item=item).exists()


def test_a_question_is_answered_on_the_spot_in_one_act(world):
    request = opened(world, actor=world.agent, title="Comment imprimer en couleur ?", answer="Par la file COUL-2.")
    assert (request.state, request.phase) == (State.RESOLVED, "resolved")
    assert request.resolution == "Par la file COUL-2."
    assert request.resolved_at == request.opened_at
    assert request.assignee == world.agent


def test_a_fulfilled_request_can_be_confirmed_or_reopened(world):
    request = opened(world, title="Un écran")
    services.acknowledge(request.pk, actor=world.agent)
    services.resolve(request.pk, actor=world.agent, resolution_code=world.solved, resolution="Posé.")
    again = services.reopen(request.pk, actor=world.customer, reason="Pas le bon.")
    assert (again.state, again.reopen_count) == (State.IN_PROGRESS, 1)
    services.resolve(request.pk, actor=world.agent, resolution_code=world.solved, resolution="Échangé.")
    assert services.close(request.pk, actor=world.customer).state == State.CLOSED


def test_hold_and_resume_go_back_to_where_it_was(world):
    request = opened(world, title="Un écran")
    held = services.hold(request.pk, actor=world.agent, reason=world.wait_requester, comment="Quelle taille ?")
    assert (held.state, held.phase) == (State.ON_HOLD, "waiting")
    back = services.comment(request.pk, actor=world.customer, body="27 pouces", public=True)
    assert back.state == State.APPROVED


def test_nobody_makes_the_moves_of_the_engine(world):
    request = opened(world, title="Un écran")
    with pytest.raises(IllegalMove):
        approving.grant(request.pk, actor=world.agent)


def test_a_merge_or_an_escalation_keeps_the_process_apart(world):
    request = opened(world, title="Un écran")
    moved = services.escalate(request.pk, actor=world.agent, reason="Réseau", to_team=world.n2)
    assert (moved.state, moved.team_id) == (State.APPROVED, world.n2.pk)
    assert Record.objects.get(pk=request.pk).kind == "request"


def test_the_database_holds_what_a_request_is(world):
    request = opened(world, title="Un écran")
    for broken in ({"quantity": 0}, {"cost": -1}, {"approved_at": request.submitted_at - timedelta(hours=1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Request.objects.filter(pk=request.pk).update(**broken)


def test_a_regular_order_says_its_rhythm_whole(world):
    version = make_item(repeatable=True)
    values = {"owner": world.customer, "requester": world.customer, "item": version.item, "starts_on": now().date()}
    RegularOrder.objects.create(rhythm="monthly_weekday", weekday=0, place=1, **values)
    for broken in (
        {"rhythm": "weekly"},
        {"rhythm": "monthly_day", "day": 32},
        {"rhythm": "weekly", "weekday": 1, "day": 2},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            RegularOrder.objects.create(**broken, **values)
