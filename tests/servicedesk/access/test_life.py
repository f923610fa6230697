"""From the wish to the proof that it is gone: approval, granting task, expiry by the clock, revocation."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import override

from itsm.core import now, reference
from itsm.core.errors import DomainError, IllegalMove
from itsm.levels.models import Clock
from itsm.notify.models import Message
from itsm.records.approvals import services as approvals
from itsm.records.models import AffectedItem, Link, Record, Task
from itsm.records.plans import services as plans
from itsm.records.timeline import timeline
from servicedesk.access import services
from servicedesk.access.defaults import ensure_access_agreement
from servicedesk.access.models import Access

from .conftest import pending, settle

pytestmark = pytest.mark.django_db


def state(access) -> str:
    return Access.objects.get(pk=access.pk).state


def task(access, step) -> Task:
    return Task.objects.filter(record_id=access.pk, step=step).latest("pk")


def test_the_owner_approves_the_team_grants_and_the_proof_is_kept(world, ask, payroll):
    access = ask()
    assert (access.number[:3], access.state, access.team_id) == ("ACC", "awaiting", world.n2.pk)
    assert AffectedItem.objects.filter(record=access, item=payroll).exists()
    assert (pending(access).approver, pending(access).why) == (world.manager, "item_owner")
    approvals.answer(pending(access).pk, actor=world.manager, approve=True)
    assert state(access) == "to_grant"
    assert task(access, "grant").team == world.n2
    with pytest.raises(DomainError):
        plans.finish(task(access, "grant").pk, actor=world.network)
    plans.finish(task(access, "grant").pk, actor=world.network, result="Profil PAIE_LECT")
    found = Access.objects.get(pk=access.pk)
    assert (found.state, found.phase, found.granted_by, found.grant_proof) == (
        "active",
        "resolved",
        world.network,
        "Profil PAIE_LECT",
    )
    settle()
    assert Message.objects.get(template="access_granted").to_user == world.customer
    with override("en"):
        said = [line.sentence for line in timeline(Record.objects.get(pk=access.pk), agent=True)]
    assert "The access was granted. Profil PAIE_LECT" in said


def test_nothing_of_it_is_due_before_the_owner_approved(world, ask):
    ensure_access_agreement()
    reference.forget_everything()
    access = ask()
    assert set(Clock.objects.filter(record=access).values_list("state", flat=True)) == {"waiting"}
    approvals.answer(pending(access).pk, actor=world.manager, approve=True)
    assert set(Clock.objects.filter(record=access).values_list("state", flat=True)) == {"running"}


def test_a_refusal_ends_it_with_the_reason(world, ask):
    access = ask()
    approvals.answer(pending(access).pk, actor=world.manager, approve=False, reason="Pas son métier")
    found = Access.objects.get(pk=access.pk)
    assert (found.state, found.live, found.refusal) == ("refused", False, "Pas son métier")
    ask()  # it may be asked for anew


def test_the_same_right_is_there_once(world, ask, granted):
    granted()
    with pytest.raises(DomainError):
        ask()
    ask(right="Saisie")
    twin = Access.objects.filter(right="Saisie").get()
    with pytest.raises(IntegrityError, match="access_once_at_a_time"), transaction.atomic():
        Access.objects.filter(pk=twin.pk).update(right="Lecture")


def test_the_clock_ends_it_once_and_the_revocation_keeps_its_proof(world, granted, later):
    access = granted(until=timezone.localdate(now()) + timedelta(days=10))
    assert services.sweep() == 0
    later(12)
    assert [services.sweep(), services.sweep()] == [1, 0]
    found = Access.objects.get(pk=access.pk)
    assert (found.state, found.phase, found.ending) == ("to_revoke", "open", "expired")
    assert task(access, "revoke").team == world.n2
    with pytest.raises(DomainError):
        plans.skip(task(access, "revoke").pk, actor=world.network, reason="Plus tard")
    services.revoke(access.pk, actor=world.network, proof="Profil retiré")
    found = Access.objects.get(pk=access.pk)
    assert (found.state, found.live, found.revoked_by, found.revoke_proof) == (
        "revoked",
        False,
        world.network,
        "Profil retiré",
    )
    assert found.grant_proof  # both proofs stay
    settle()
    assert Message.objects.filter(template="access_revoked", to_user=world.customer).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_end_it_once(world, granted, later):
    access = granted(until=timezone.localdate(now()) + timedelta(days=1))
    later(3)
    done, barrier = [], threading.Barrier(2)

    def work():
        barrier.wait(10)
        done.append(services.sweep())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(done) == 1
    assert Task.objects.filter(record_id=access.pk, step="revoke").count() == 1


def test_a_later_last_day_keeps_it(world, granted, later):
    access = granted(until=timezone.localdate(now()) + timedelta(days=1))
    services.prolong(
        access.pk, actor=world.agent, until=timezone.localdate(now()) + timedelta(days=30), reason="Prolongé"
    )
    with override("fr"):
        said = [line.sentence for line in timeline(Record.objects.get(pk=access.pk), agent=True)]
    assert said[0].startswith("Le dernier jour est désormais le ")
    later(5)
    assert services.sweep() == 0
    assert state(access) == "active"


def test_what_is_asked_for_is_cancelled_and_nobody_is_asked_any_more(world, ask):
    access = ask()
    services.cancel(access.pk, actor=world.agent, reason="Erreur")
    assert (state(access), Access.objects.get(pk=access.pk).live) == ("cancelled", False)
    assert not access.approvals.filter(state="pending").exists()
    with pytest.raises(IllegalMove):
        services.grant(access.pk, actor=world.network, proof="x")


def test_a_grant_that_is_not_needed_is_skipped_with_its_reason(world, ask):
    access = ask()
    approvals.answer(pending(access).pk, actor=world.manager, approve=True)
    plans.skip(task(access, "grant").pk, actor=world.network, reason="Parti entre-temps")
    assert (state(access), Access.objects.get(pk=access.pk).live) == ("cancelled", False)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"right": " "}, "right"),
        ({"reason": ""}, "reason"),
        ({"until": timezone.localdate() - timedelta(days=2)}, "until"),
    ],
)
def test_what_cannot_be_is_said(world, ask, values, field):
    with pytest.raises(DomainError) as error:
        ask(**values)
    assert error.value.field == field


def test_it_is_linked_to_the_request_it_comes_from(world, ask):
    from servicedesk.incidents import services as incidents

    source = incidents.open_incident(actor=world.customer, requester=world.customer, title="Accès")
    access = ask(request=source)
    assert Link.objects.filter(source=access, target=source, type="follows").exists()
