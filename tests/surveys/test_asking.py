"""After a resolution the requester is asked, reminded once, and then left in peace."""

import pytest
from django.db import connection

from itsm.audit.models import Entry
from itsm.records.models import Record
from servicedesk.incidents import services as incidents
from servicedesk.surveys import services
from servicedesk.surveys.models import Survey

pytestmark = pytest.mark.django_db
NOTHING = {"sent": 0, "reminded": 0, "expired": 0}


def test_a_resolution_plans_a_survey_and_its_delay_sends_it(desk, later, world):
    survey = desk.resolve(desk.opened())
    assert (survey.state, survey.score, survey.person_id) == ("due", None, world.customer.pk)
    later(minutes=29)
    assert services.sweep() == NOTHING
    later(minutes=2)
    assert services.sweep() == {**NOTHING, "sent": 1}
    survey.refresh_from_db()
    assert survey.state == "sent"
    assert (survey.expires_at - survey.sent_at).days == 14
    (mail,) = desk.mails("survey")
    assert (mail.to_user_id, mail.state) == (world.customer.pk, "queued")
    assert f"/survey/{services.token_for(survey)}/" in mail.body_text
    assert Entry.objects.filter(verb="survey.sent", subject_id=survey.record_id).count() == 1


def test_exactly_one_reminder_goes_out_at_half_time(desk, later):
    survey = desk.asked()
    later(days=6.9)
    assert services.sweep() == NOTHING
    later(days=0.2)
    assert [services.sweep(), services.sweep()] == [{**NOTHING, "reminded": 1}, NOTHING]
    later(days=5)
    assert services.sweep() == NOTHING
    (mail,) = desk.mails("survey_reminder")
    assert f"/survey/{services.token_for(survey)}/" in mail.body_text


def test_a_survey_expires_once_and_is_not_reminded_afterwards(desk, later):
    survey = desk.asked()
    later(days=14.1)
    assert [services.sweep(), services.sweep()] == [{**NOTHING, "expired": 1}, NOTHING]
    survey.refresh_from_db()
    assert (survey.state, survey.score, survey.reminded_at) == ("expired", None, None)
    assert desk.mails("survey_reminder") == []


def test_who_answered_is_not_reminded(desk, later):
    survey = desk.asked()
    services.answer(survey.pk, score=4)
    later(days=20)
    assert services.sweep() == NOTHING
    survey.refresh_from_db()
    assert survey.state == "answered"


def test_who_reopened_the_ticket_is_not_reminded_that_it_is_solved(desk, later, world):
    survey = desk.asked()
    incidents.reopen(survey.record_id, actor=world.customer, reason="Still silent")
    later(days=8)
    assert services.sweep() == NOTHING
    assert desk.mails("survey_reminder") == []


def test_a_ticket_reopened_before_the_delay_asks_only_after_its_last_resolution(desk, later, world):
    first = desk.resolve(desk.opened())
    incidents.reopen(first.record_id, actor=world.customer, reason="Still silent")
    later(minutes=31)
    services.sweep()
    first.refresh_from_db()
    assert (first.state, first.reason) == ("skipped", "reopened")
    second = desk.resolve(first.record)
    assert second.pk != first.pk
    later(minutes=31)
    assert services.sweep()["sent"] == 1
    assert len(desk.mails()) == 1


def test_planning_twice_makes_one_survey(desk):
    survey = desk.resolve(desk.opened())
    assert services.plan_for(survey.record_id).pk == survey.pk
    assert Survey.objects.count() == 1


def test_one_person_is_asked_once_in_some_days(desk, later, world):
    desk.asked()
    later(days=6)
    again = desk.asked()
    assert (again.state, again.reason) == ("skipped", "asked_recently")
    assert desk.asked(requester=world.colleague).state == "sent"
    later(days=2)
    assert desk.asked().state == "sent"


def test_where_the_site_asks_after_the_closure_a_resolution_asks_nothing(desk, later, world, settings):
    settings.SURVEY_AFTER = "close"
    incident = desk.opened()
    assert desk.resolve(incident) is None
    later(days=1)
    incidents.close(incident.pk, actor=world.customer)
    desk.tell()
    survey = Survey.objects.get(record=incident)
    assert survey.due_at > Record.objects.get(pk=incident.pk).closed_at
    later(minutes=31)
    assert services.sweep()["sent"] == 1


def test_a_closure_asks_nothing_more_where_the_resolution_did(desk, later, world):
    survey = desk.asked()
    incidents.close(survey.record_id, actor=world.customer)
    desk.tell()
    later(days=1)
    assert services.sweep() == NOTHING
    assert Survey.objects.count() == 1


def test_who_cannot_be_reached_was_not_asked(desk, later, world):
    world.customer.email = ""
    world.customer.save(update_fields=["email"])
    survey = desk.asked()
    assert (survey.state, survey.reason, survey.sent_at, survey.expires_at) == ("skipped", "no_address", None, None)


def test_the_mail_speaks_the_language_of_who_is_asked(desk, world):
    world.customer.language = "en"
    world.customer.save(update_fields=["language"])
    desk.asked()
    desk.asked(requester=world.colleague)
    assert [mail.subject.partition("] ")[2].split(" ")[0] for mail in desk.mails("survey")] == ["How", "Êtes-vous"]


def test_one_survey_that_fails_keeps_no_other_waiting(desk, later, world):
    broken, whole = desk.resolve(desk.opened()), desk.resolve(desk.opened(requester=world.colleague))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE servicedesk_survey ADD CONSTRAINT stuck CHECK (id <> %s OR state = 'due') NOT VALID",
            [broken.pk],
        )
    later(minutes=31)
    assert services.sweep() == {**NOTHING, "sent": 1}
    states = dict(Survey.objects.values_list("pk", "state"))
    assert states == {broken.pk: "due", whole.pk: "sent"}
    assert [mail.to_user_id for mail in desk.mails()] == [world.colleague.pk]


def test_the_schedule_holds_the_sweep():
    from itsm.celery import app

    assert "servicedesk.tasks.sweep_surveys" in {entry["task"] for entry in app.conf.beat_schedule.values()}
