"""The engine: who is asked, what their answers bring about, and what happens when two answer at once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.translation import override

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from itsm.people.models import Absence, User
from itsm.people.scope import forget_scope
from itsm.records.approvals import services
from itsm.records.models import Approval, ApprovalRun, Record
from itsm.records.timeline import timeline

pytestmark = pytest.mark.django_db
MANAGER = {"who": "manager"}


def rule(*stages):
    return {"stages": [stage if "ask" in stage else {"ask": [stage]} for stage in stages]}


def pending(record) -> dict[str, Approval]:
    rows = Approval.objects.filter(record_id=record.pk, state="pending").select_related("approver")
    return {row.approver.username: row for row in rows}


def run_of(record) -> ApprovalRun:
    return ApprovalRun.objects.filter(record_id=record.pk).latest("pk")


def sentences(record, language="en", agent=True) -> list[str]:
    with override(language):
        return [line.sentence for line in timeline(record, agent=agent, show="all") if line.kind == "event"]


def test_stages_are_asked_one_after_the_other_and_the_last_grants(world, record, asking):
    services.begin(record.pk, rule(MANAGER, {"who": "person", "login": "lead"}), actor=world.customer)
    assert pending(record).keys() == {"manager"}
    services.answer(pending(record)["manager"].pk, actor=world.manager, approve=True)
    assert pending(record).keys() == {"lead"}
    assert asking.approved == []
    services.answer(pending(record)["lead"].pk, actor=world.lead, approve=True, reason="Budget found")
    assert run_of(record).state == "granted"
    assert asking.approved == [record.number]
    said = sentences(record)
    assert said[0] == "All approvals are given."
    assert "Approval asked of Marc Rey (stage 1 of 2)." in said
    assert "Approbation demandée à Marc Rey (étape 1 sur 2)." in sentences(record, "fr", agent=False)


def test_without_a_rule_it_is_granted_at_once(world, record, asking):
    services.begin(record.pk, None, actor=world.customer)
    assert asking.approved == [record.number]
    assert run_of(record).state == "granted"


def test_a_refusal_needs_a_reason_and_moves_the_record(world, record, asking):
    services.begin(record.pk, rule(MANAGER, {"who": "person", "login": "lead"}), actor=world.customer)
    approval = pending(record)["manager"]
    with pytest.raises(DomainError):
        services.answer(approval.pk, actor=world.manager, approve=False, reason="  ")
    services.answer(approval.pk, actor=world.manager, approve=False, reason="Too dear")
    assert Record.objects.get(pk=record.pk).state == "cancelled"
    assert asking.refused == ["Too dear"]
    assert not pending(record)
    assert "Refused: Too dear" in sentences(record)


def test_the_same_answer_twice_is_one_and_another_one_is_refused(world, record):
    services.begin(record.pk, rule(MANAGER), actor=world.customer)
    approval = pending(record)["manager"]
    services.answer(approval.pk, actor=world.manager, approve=True)
    entries = Entry.objects.count()
    services.answer(approval.pk, actor=world.manager, approve=True)
    assert Entry.objects.count() == entries
    with pytest.raises(IllegalMove):
        services.answer(approval.pk, actor=world.manager, approve=False, reason="No after all")


def test_only_who_is_asked_answers(world, record):
    services.begin(record.pk, rule(MANAGER), actor=world.customer)
    for person in (world.lead, world.customer, world.stranger, world.admin):
        with pytest.raises(NotAllowed):
            services.answer(pending(record)["manager"].pk, actor=person, approve=True)


def test_nobody_approves_their_own_request(world, record):
    services.begin(record.pk, rule({"who": "person", "login": "customer"}), actor=world.customer)
    (approval,) = pending(record).values()
    assert (approval.approver, approval.instead, approval.instead_of) == (world.manager, "self", world.customer)


def test_where_nobody_is_found_the_desk_manager_is_asked_and_it_is_said(world, record):
    User.objects.filter(pk=world.customer.pk).update(manager=None)
    services.begin(record.pk, rule(MANAGER), actor=world.customer)
    (approval,) = pending(record).values()
    assert (approval.approver, approval.instead, approval.why) == (world.lead, "nobody", "manager")


def test_who_left_is_replaced_by_their_manager(world, record):
    User.objects.filter(pk=world.manager.pk).update(is_active=False, manager=world.admin)
    services.begin(record.pk, rule(MANAGER), actor=world.customer)
    (approval,) = pending(record).values()
    assert (approval.approver, approval.instead, approval.instead_of) == (world.admin, "inactive", world.manager)


@pytest.mark.parametrize(
    ("quorum", "answers", "state"),
    [
        ("all", "yy", "granted"), ("all", "n", "refused"), ("any", "y", "granted"), ("any", "ny", "granted"),
        ("any", "nn", "refused"), ({"percent": 50}, "y", "granted"), ({"count": 2}, "yn", "refused"),
    ],
)  # fmt: skip
def test_a_team_decides_by_its_quorum(world, record, quorum, answers, state):
    from itsm.people.models import Membership

    Membership.objects.filter(team=world.n1, user=world.lead).delete()
    services.begin(
        record.pk, rule({"ask": [{"who": "team", "code": "N1-CDS"}], "quorum": quorum}), actor=world.customer
    )
    assert pending(record).keys() == {"agent", "teammate"}
    for person, said in zip((world.agent, world.teammate), answers, strict=False):
        services.answer(pending(record)[person.username].pk, actor=person, approve=said == "y", reason="why")
    assert run_of(record).state == state
    assert not pending(record)


def test_a_substitute_of_a_substitute_answers_in_their_own_name(world, record):
    span = {"starts_at": now() - timedelta(days=1), "ends_at": now() + timedelta(days=1)}
    Absence.objects.create(user=world.manager, substitute=world.lead, **span)
    Absence.objects.create(user=world.lead, substitute=world.network, **span)
    services.begin(record.pk, rule(MANAGER), actor=world.customer)
    (row,) = Approval.objects.answerable_by(world.network)
    services.answer(row.pk, actor=world.network, approve=True)
    row.refresh_from_db()
    assert (row.approver, row.decided_by, row.state) == (world.manager, world.network, "approved")
    assert "Approved in the place of Marc Rey." in sentences(record)


def test_a_substitute_who_asked_for_it_answers_for_nobody(world, record):
    span = {"starts_at": now() - timedelta(days=1), "ends_at": now() + timedelta(days=1)}
    Absence.objects.create(user=world.manager, substitute=world.customer, **span)
    services.begin(record.pk, rule(MANAGER), actor=world.agent)
    assert not Approval.objects.answerable_by(world.customer)
    with pytest.raises(NotAllowed):
        services.answer(pending(record)["manager"].pk, actor=world.customer, approve=True)


def test_who_approved_earlier_is_not_asked_again(world, record, asking):
    services.begin(record.pk, rule(MANAGER, {"who": "person", "login": "manager"}), actor=world.customer)
    services.answer(pending(record)["manager"].pk, actor=world.manager, approve=True)
    assert asking.approved == [record.number]
    assert Approval.objects.get(record_id=record.pk, stage=2).instead == "earlier"


def test_it_can_be_withdrawn_and_asked_anew(world, record, asking):
    services.begin(record.pk, rule(MANAGER), actor=world.customer)
    with pytest.raises(IllegalMove):
        services.begin(record.pk, rule(MANAGER), actor=world.customer)
    assert services.withdraw(record.pk, actor=world.agent)
    assert not services.withdraw(record.pk, actor=world.agent)
    services.begin(record.pk, rule(MANAGER), actor=world.customer)
    services.answer(pending(record)["manager"].pk, actor=world.manager, approve=True)
    assert asking.approved == [record.number]


def test_an_approver_reads_what_they_approve_and_goes_on_reading_it(world, record):
    boss = world.colleague
    User.objects.filter(pk=world.customer.pk).update(manager=boss)
    assert not Record.objects.visible_to(boss).exists()
    services.begin(record.pk, rule(MANAGER), actor=world.customer)
    assert list(Record.objects.visible_to(boss)) == [Record.objects.get(pk=record.pk)]
    assert not Record.objects.own_of(boss).exists()  # it is none of their own tickets
    services.answer(pending(record)["colleague"].pk, actor=boss, approve=True)
    assert Record.objects.visible_to(boss).exists()
    assert not Record.objects.visible_to(world.stranger).exists()


def test_a_confidential_record_is_asked_of_its_circle_alone(world, record):
    world.circle.members.add(world.network)
    Record.objects.filter(pk=record.pk).update(confidentiality=world.circle)
    services.begin(record.pk, rule(MANAGER), actor=world.customer)
    assert pending(record).keys() == {"network"}
    forget_scope(world.network)
    assert Record.objects.visible_to(world.network).exists()
    assert not Record.objects.visible_to(world.manager).exists()


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_grant_once(world, record, asking):
    services.begin(
        record.pk, rule({"ask": [{"who": "person", "login": "lead"}, MANAGER], "quorum": "all"}), actor=world.customer
    )
    rows, errors = pending(record), []
    barrier = threading.Barrier(4)

    def say(name, person):
        try:
            barrier.wait(10)
            services.answer(rows[name].pk, actor=person, approve=True)
        except Exception as error:  # told by the assertion below
            errors.append(error)
        finally:
            connection.close()

    people = [("lead", world.lead), ("manager", world.manager)] * 2  # each sends the form twice
    threads = [threading.Thread(target=say, args=each) for each in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert asking.approved == [record.number]
    assert Entry.objects.filter(subject_id=record.pk, verb="incident.approval_given").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_yes_and_a_no_at_once_come_to_one_end(world, record, asking):
    services.begin(
        record.pk, rule({"ask": [{"who": "person", "login": "lead"}, MANAGER], "quorum": "any"}), actor=world.customer
    )
    rows, barrier, ends = pending(record), threading.Barrier(2), []

    def say(name, person, approve):
        barrier.wait(10)
        try:
            services.answer(rows[name].pk, actor=person, approve=approve, reason="why")
            ends.append("taken")
        except IllegalMove:
            ends.append("late")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=say, args=each)
        for each in (("lead", world.lead, True), ("manager", world.manager, False))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert run_of(record).state == "granted"
    assert asking.approved == [record.number]
    assert sorted(ends) in (["late", "taken"], ["taken", "taken"])
    assert not pending(record)
