"""Who was asked can answer no more: the question goes to somebody else by itself, once, and the record says why."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from itsm.audit.models import Entry
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now, reference
from itsm.core.errors import DomainError, NotAllowed
from itsm.notify.models import Message, Notice
from itsm.people import services as people
from itsm.people.administrators import administrators_of
from itsm.people.models import Absence, Team, User
from itsm.records.approvals import leaving, services
from itsm.records.models import AffectedItem, Approval, Record
from itsm.records.tasks import sweep_approvals
from tests.records.approvals.test_engine import MANAGER, pending, rule, run_of, sentences
from tests.records.conftest import settle

pytestmark = pytest.mark.django_db


def ask(record, world, *stages):
    return services.begin(record.pk, rule(*(stages or [MANAGER])), actor=world.customer)


def leave(person, world) -> None:
    people.deactivate_person(person, actor=world.admin)


def test_a_question_without_a_deadline_goes_to_the_manager_of_who_left(world, record, asking):
    people_above(world.manager, world.admin)
    ask(record, world)
    asked = pending(record)["manager"]
    assert asked.next_step_at is None
    assert leaving.sweep() == 0
    leave(world.manager, world)
    assert [sweep_approvals(), sweep_approvals()] == [1, 0]
    (row,) = pending(record).values()
    assert (row.approver, row.why, row.instead, row.instead_of) == (world.admin, "manager", "inactive", world.manager)
    asked.refresh_from_db()
    assert asked.state == "handed_on"
    assert f"Approval handed on from Marc Rey to {world.admin.display_name}: the person has left." in sentences(record)
    assert f"Approbation transmise de Marc Rey à {world.admin.display_name} : la personne est partie." in sentences(
        record, "fr", agent=False
    )
    services.answer(row.pk, actor=world.admin, approve=True)
    assert asking.approved == [record.number]


def people_above(person, boss) -> None:
    User.objects.filter(pk=person.pk).update(manager=boss)


def no_leaders() -> None:
    Team.objects.update(leader=None)
    reference.forget_everything()


def test_who_is_asked_now_gets_a_mail_and_who_left_answers_nothing(world, record, client):
    people_above(world.manager, world.admin)
    ask(record, world)
    settle()
    leave(world.manager, world)
    leaving.sweep()
    settle()
    told = Message.objects.filter(template="approval_asked").order_by("pk").values_list("to_address", flat=True)
    assert list(told) == ["manager@example.org", "admin@example.org"]
    client.force_login(world.admin)
    (row,) = pending(record).values()
    page = client.get(f"/approvals/{row.pk}/").content.decode()
    assert "Marc Rey" in page
    assert client.get("/approvals/").content.decode().count(record.number) >= 1


def test_without_a_manager_the_substitute_then_who_leads_the_desk(world, record):
    people_above(world.manager, None)
    span = {"starts_at": now() - timedelta(days=1), "ends_at": now() + timedelta(days=1)}
    Absence.objects.create(user=world.manager, substitute=world.network, **span)
    ask(record, world)
    leave(world.manager, world)
    leaving.sweep()
    assert pending(record).keys() == {"network"}
    leave(world.network, world)
    leaving.sweep()
    assert pending(record).keys() == {"lead"}


def test_a_new_manager_of_the_requester_is_asked_instead(world, record):
    ask(record, world)
    people_above(world.customer, world.network)
    assert [leaving.sweep(), leaving.sweep()] == [1, 0]
    (row,) = pending(record).values()
    assert (row.approver, row.instead, row.instead_of) == (world.network, "role", world.manager)
    with pytest.raises(NotAllowed):
        services.answer(row.pk, actor=world.manager, approve=True)


def test_a_new_owner_is_asked_instead_and_a_record_without_items_takes_nothing_away(world, record):
    item = ConfigurationItem.objects.create(
        key="srv-appr",
        ci_class="physical_server",
        name="Srv",
        organisation=world.customer.organisation,
        owner=world.network,
    )
    AffectedItem.objects.create(record_id=record.pk, item=item)
    ask(record, world, {"who": "item_owner"})
    assert pending(record).keys() == {"network"}
    assert leaving.sweep() == 0
    AffectedItem.objects.all().delete()
    assert leaving.sweep() == 0
    AffectedItem.objects.create(record_id=record.pk, item=item)
    ConfigurationItem.objects.filter(pk=item.pk).update(owner=world.mainframe)
    assert leaving.sweep() == 1
    assert pending(record).keys() == {"mainframe"}


def test_who_leaves_the_team_is_replaced_and_the_quorum_stays(world, record, asking):
    ask(record, world, {"ask": [{"who": "team", "code": "N1-CDS"}], "quorum": "all"})
    asked = set(pending(record))
    people.leave_team(world.teammate, world.n1, actor=world.admin)
    assert [leaving.sweep(), leaving.sweep()] == [1, 0]
    assert "teammate" not in pending(record)
    assert len(pending(record)) == len(asked)
    for row in pending(record).values():
        services.answer(row.pk, actor=row.approver, approve=True)
    assert asking.approved == [record.number]


def test_who_leaves_the_circle_of_a_confidential_record_is_replaced(world, record):
    world.circle.members.add(world.network, world.mainframe)
    Record.objects.filter(pk=record.pk).update(confidentiality=world.circle)
    ask(record, world)
    (first,) = pending(record)
    world.circle.members.remove(User.objects.get(username=first))
    assert leaving.sweep() == 1
    (second,) = pending(record).values()
    assert second.instead == "circle"
    assert second.approver.username in {"network", "mainframe"} - {first}


def test_where_nobody_is_left_administrators_are_told_once_and_it_goes_on_when_somebody_is(world, record):
    ask(record, world)
    chief = User.objects.create(username="chief", organisation=world.customer.organisation)
    User.objects.filter(pk=world.manager.pk).update(is_active=False, manager=None)
    others = User.objects.exclude(pk__in=[world.customer.pk, chief.pk])
    others.update(manager=None)
    no_leaders()
    admins = administrators_of(record.organisation_id)
    # The last administrator has ordered it: nobody else can be asked.
    for person in admins[1:]:
        people.deactivate_person(person, actor=None)
    Record.objects.filter(pk=record.pk).update(opened_by=admins[0])
    assert [leaving.sweep(), leaving.sweep()] == [1, 0]
    assert pending(record).keys() == {"manager"}
    settle()
    assert list(Notice.objects.filter(template="approval_stranded").values_list("user", flat=True)) == [admins[0].pk]
    assert "Marc Rey cannot approve any more (the person has left), and nobody was found in their place." in sentences(
        record
    )
    people_above(world.customer, chief)
    assert leaving.sweep() == 1
    assert pending(record).keys() == {"chief"}


def test_administrators_are_the_last_who_are_asked(world, record):
    ask(record, world)
    no_leaders()
    User.objects.filter(pk=world.manager.pk).update(is_active=False, manager=None)
    assert leaving.sweep() == 1
    (row,) = pending(record).values()
    assert row.approver == world.admin


def test_who_comes_back_in_time_keeps_the_question(world, record):
    ask(record, world)
    leave(world.manager, world)
    people.reactivate_person(world.manager, actor=world.admin)
    assert leaving.sweep() == 0
    assert pending(record).keys() == {"manager"}


def test_what_is_decided_is_left_alone(world, record):
    ask(record, world)
    services.answer(pending(record)["manager"].pk, actor=world.manager, approve=True)
    leave(world.manager, world)
    assert leaving.sweep() == 0
    assert run_of(record).state == "granted"


def test_nobody_approves_what_they_ordered_for_somebody(world, record):
    Record.objects.filter(pk=record.pk).update(opened_by=world.manager)
    people_above(world.manager, world.admin)
    ask(record, world)
    (row,) = pending(record).values()
    assert (row.approver, row.instead, row.instead_of) == (world.admin, "submitter", world.manager)
    said = sentences(record)
    assert (
        f"Approval asked of {world.admin.display_name}. Not of Marc Rey: nobody approves what they have asked for."
        in said
    )


def test_in_a_team_who_ordered_it_is_not_asked(world, record):
    Record.objects.filter(pk=record.pk).update(opened_by=world.agent)
    ask(record, world, {"ask": [{"who": "team", "code": "N1-CDS"}], "quorum": "any"})
    assert "agent" not in pending(record)
    assert any("Not of" in line and world.agent.display_name in line for line in sentences(record))
    for row in pending(record).values():
        with pytest.raises(NotAllowed):
            services.answer(row.pk, actor=world.agent, approve=True)


def test_a_substitute_who_ordered_it_answers_for_nobody(world, record):
    Record.objects.filter(pk=record.pk).update(opened_by=world.network)
    span = {"starts_at": now() - timedelta(days=1), "ends_at": now() + timedelta(days=1)}
    Absence.objects.create(user=world.manager, substitute=world.network, **span)
    ask(record, world)
    assert not Approval.objects.answerable_by(world.network)
    with pytest.raises(NotAllowed):
        services.answer(pending(record)["manager"].pk, actor=world.network, approve=True)


def test_an_old_question_to_who_ordered_it_is_handed_on(world, record):
    ask(record, world)
    Record.objects.filter(pk=record.pk).update(opened_by=world.manager)  # as it could be before the rule
    assert [leaving.sweep(), leaving.sweep()] == [1, 0]
    (row,) = pending(record).values()
    assert (row.instead, row.instead_of) == ("submitter", world.manager)


def test_the_account_of_a_leaver_is_closed_with_an_entry_and_nobody_closes_their_own(world, record):
    leave(world.manager, world)
    leave(world.manager, world)
    assert Entry.objects.filter(verb="person.deactivated", subject_id=world.manager.pk).count() == 1
    with pytest.raises(DomainError):
        people.deactivate_person(world.admin, actor=world.admin)


@pytest.mark.django_db(transaction=True)
def test_two_workers_hand_on_once(world, record):
    ask(record, world)
    leave(world.manager, world)
    done, barrier = [], threading.Barrier(2)

    def work():
        barrier.wait(10)
        done.append(leaving.sweep())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(done) == 1
    assert Entry.objects.filter(verb="incident.approval_handed_on").count() == 1
