"""Restore tests: what they took, what was lost, and when the next one is due."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from operations.control.backups import restoring

from ..told import told
from .factories import make_plan, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(world):
    made = make_plan(world, rpo_minutes=24 * 60, rto_minutes=240, restore_every_days=90)
    report(made, now() - timedelta(hours=9))
    return made


def begun(plan, world, **more):
    test = restoring.ask(plan, actor=world.admin, what="TSPAIE03")
    return restoring.start(test.pk, actor=world.admin, at=now() - timedelta(hours=3), **more)


def test_rto_and_rpo_are_measured_and_the_next_one_is_planned(plan, world):
    test = restoring.verify(begun(plan, world).pk, actor=world.admin, worked=True, notes="All rows counted.")
    assert (test.state, test.verdict, round(test.rto_seconds / 3600), round(test.rpo_seconds / 3600)) == (
        "done",
        "passed",
        3,
        6,
    )
    plan.refresh_from_db()
    assert plan.restore_due_on == (now() + timedelta(days=90)).date()


def test_a_restore_that_takes_too_long_is_above_target(plan, world):
    asked = restoring.ask(plan, actor=world.admin, what="All")
    restoring.start(asked.pk, actor=world.admin, at=now() - timedelta(hours=5))
    assert restoring.verify(asked.pk, actor=world.admin, worked=True).verdict == "above"


def test_one_that_does_not_work_is_told_and_has_to_be_done_again(plan, world):
    test = restoring.verify(begun(plan, world).pk, actor=world.admin, worked=False, notes="Checksum error.")
    assert (test.verdict, test.rto_seconds) == ("failed", None)
    plan.refresh_from_db()
    assert plan.restore_due_on == now().date()
    assert told("backups") == {f"{plan.item.key}:restore": "major"}
    restoring.verify(begun(plan, world).pk, actor=world.admin, worked=True)
    assert told("backups") == {}


def test_the_proof_is_kept_and_a_program_is_refused(plan, world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    test = begun(plan, world)
    with pytest.raises(DomainError):
        restoring.verify(test.pk, actor=world.admin, worked=True, evidence=SimpleUploadedFile("a.exe", b"MZ"))
    done = restoring.verify(
        test.pk, actor=world.admin, worked=True, evidence=SimpleUploadedFile("log.txt", b"restored")
    )
    assert (done.evidence_name, done.evidence.read()) == ("log.txt", b"restored")


def test_moves_out_of_turn_are_refused(plan, world):
    test = restoring.ask(plan, actor=world.admin, what="All")
    with pytest.raises(IllegalMove):
        restoring.ask(plan, actor=world.admin, what="Again")
    with pytest.raises(IllegalMove):
        restoring.verify(test.pk, actor=world.admin, worked=True)
    restoring.cancel(test.pk, actor=world.admin, reason="Freeze")
    with pytest.raises(IllegalMove):
        restoring.start(test.pk, actor=world.admin)


def test_data_cannot_come_from_after_the_failure(plan, world):
    test = begun(plan, world)
    with pytest.raises(DomainError):
        restoring.verify(test.pk, actor=world.admin, worked=True, recovered_point=now())
