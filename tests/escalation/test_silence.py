"""A requester who does not answer is reminded in business time, then the incident is resolved: each step once."""

import os
import signal
from collections import Counter
from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.core import now, versions
from itsm.escalation import silence
from itsm.notify import outbox
from itsm.notify.models import Message
from itsm.records import silence as rules
from itsm.records.models import ResolutionCode, Silence, SilenceRule
from itsm.records.timeline import timeline
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests import processes

LONG_AGO = timedelta(days=60)


def asked(world, *, at=None, **more):
    """An incident that has waited for its requester's answer for a long time."""
    at = at or now() - LONG_AGO
    incident = services.open_incident(actor=world.customer, requester=world.customer, title="Which printer?", at=at)
    services.acknowledge(incident.pk, actor=world.agent, at=at)
    if more:
        services.edit(incident.pk, actor=world.agent, at=at, **more)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_requester, comment="Which printer is it?", at=at)
    return incident


def overdue(*incidents):
    """The next step of these falls now."""
    Silence.objects.filter(pk__in=[each.pk for each in incidents], next_at__isnull=False).update(next_at=now())


def told(incident) -> list:
    rows = Entry.objects.filter(subject_kind="record", subject_id=incident.pk).order_by("pk")
    verbs = [(entry.verb.removeprefix("incident."), entry.data.get("reminder")) for entry in rows]
    return [pair for pair in verbs if pair[0] in ("reminded", "resolved", "resumed", "alerted")]


@pytest.mark.django_db
def test_two_reminders_then_a_resolution_with_its_own_code(world):
    incident = asked(world)
    for _round in range(5):
        silence.sweep()
        overdue(incident)
    assert told(incident) == [("reminded", 1), ("reminded", 2), ("resolved", None)]
    solved = Incident.objects.get(pk=incident.pk)
    assert (solved.state, solved.resolution_code.code, solved.resolved_by_id) == ("resolved", "no_answer", None)
    assert not Silence.objects.filter(pk=incident.pk).exists()


@pytest.mark.django_db
def test_the_reminder_goes_by_mail_with_the_question_and_the_last_one_says_what_follows(world):
    incident = asked(world)
    silence.sweep()
    overdue(incident)
    silence.sweep()
    while outbox.drain():
        continue
    mails = Message.objects.filter(template="ticket_reminder").order_by("pk")
    assert [mail.to_user_id for mail in mails] == [world.customer.pk] * 2
    assert all("Which printer is it?" in mail.body_text for mail in mails)
    assert ["rouvrir" in mail.body_text for mail in mails] == [False, True]


@pytest.mark.django_db
def test_the_timeline_tells_the_requester_of_reminders_and_of_the_end(world):
    incident = asked(world)
    for _round in range(3):
        silence.sweep()
        overdue(incident)
    sentences = [line.sentence for line in timeline(Incident.objects.get(pk=incident.pk), agent=False) if line.sentence]
    assert len([text for text in sentences if "1" in text and "2" in text]) == 1
    assert any("Sans réponse du demandeur" in text for text in sentences)


@pytest.mark.django_db
def test_a_second_sweep_at_once_changes_nothing(world):
    incident = asked(world)
    assert [silence.sweep(), silence.sweep(), silence.sweep()] == [1, 0, 0]
    assert told(incident) == [("reminded", 1)]


@pytest.mark.django_db
def test_an_answer_resumes_and_the_next_wait_counts_from_nothing(world):
    incident = asked(world)
    silence.sweep()
    services.comment(incident.pk, actor=world.customer, body="The one on floor 2", public=True)
    assert Incident.objects.get(pk=incident.pk).state == "in_progress"
    assert not Silence.objects.filter(pk=incident.pk).exists()
    services.hold(incident.pk, actor=world.agent, reason=world.wait_requester, comment="Which colour?")
    again = Silence.objects.get(pk=incident.pk)
    assert again.reminders == 0
    assert again.next_at > now()


@pytest.mark.django_db
def test_the_waits_are_business_time(world):
    friday = now().replace(year=2026, month=6, day=5, hour=12, minute=0, second=0, microsecond=0)
    incident = asked(world, at=friday)
    row = Silence.objects.get(pk=incident.pk)
    assert row.since == friday
    assert row.next_at - friday > timedelta(days=3)


@pytest.mark.django_db
def test_a_major_incident_is_never_reminded_nor_resolved(world):
    before, during = asked(world, major=True), asked(world)
    services.edit(during.pk, actor=world.agent, major=True)
    assert [silence.sweep(), silence.sweep()] == [0, 0]
    assert (told(before), told(during)) == ([], [])
    assert not Silence.objects.filter(pk__in=[before.pk, during.pk]).exists()


@pytest.mark.django_db
def test_a_wait_for_a_supplier_is_nobodys_silence(world):
    incident = services.open_incident(actor=world.customer, requester=world.customer, title="Part", at=now() - LONG_AGO)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=now() - LONG_AGO)
    assert silence.sweep() == 0
    assert not Silence.objects.exists()


@pytest.mark.django_db
def test_a_parent_is_left_to_its_leader_because_its_children_wait_for_others(world):
    parent = asked(world)
    child = services.open_incident(actor=world.colleague, requester=world.colleague, title="Same")
    services.link(child.pk, actor=world.agent, to=parent, type="child_of")
    for _round in range(5):
        silence.sweep()
        overdue(parent)
    assert told(parent) == [("reminded", 1), ("reminded", 2), ("alerted", None)]
    assert {row.phase for row in Incident.objects.filter(pk__in=[parent.pk, child.pk])} == {"waiting", "open"}


@pytest.mark.django_db
def test_an_organisation_has_its_own_rule_or_none(world):
    code = ResolutionCode.objects.get(code="no_answer")
    own = SilenceRule.objects.create(
        organisation=world.finance, reminder_hours=[4], resolve_hours=8, resolution_code=code
    )
    versions.bump("codes")
    rules._rules.forget()
    assert rules.rule_for(world.finance.pk).waits == (4,)
    assert rules.rule_for(world.lumen.pk).waits == (16, 16)
    SilenceRule.objects.filter(pk=own.pk).update(is_active=False)
    rules._rules.forget()
    versions.bump("codes")
    asked(world)
    assert silence.sweep() == 0
    assert not Silence.objects.exists()


@pytest.mark.django_db
def test_a_record_that_waited_before_the_rule_counts_from_now(world):
    incident = asked(world)
    Silence.objects.all().delete()
    assert silence.sweep() == 0
    assert Silence.objects.get(pk=incident.pk).next_at > now()


RACE = "from itsm.escalation import silence\nfor _round in range(6): silence.sweep()"


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_two_processes_racing_remind_each_requester_once(world):
    incidents = [asked(world) for _n in range(20)]
    children = [processes.python(RACE) for _n in range(2)]
    assert [child.wait(90) for child in children] == [0, 0]
    taken = Counter(step for incident in incidents for step in told(incident))
    assert taken == {("reminded", 1): 20}


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_with_a_shifted_clock_reminds_and_resolves(world, tmp_path):
    from itsm.escalation.tasks import sweep_silences

    shift = tmp_path / "shift"
    shift.write_text("0")
    incident = asked(world, at=now())
    celery = processes.worker(shift_file=shift)
    try:
        for days, steps in ((30, 1), (60, 2), (90, 3)):
            shift.write_text(str(days * 86400))

            def taken(steps=steps) -> bool:
                sweep_silences.delay()
                return len(told(incident)) == steps

            processes.wait_until(taken)
        assert told(incident) == [("reminded", 1), ("reminded", 2), ("resolved", None)]
    finally:
        os.killpg(celery.pid, signal.SIGKILL)
        celery.wait(10)
