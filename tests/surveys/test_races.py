"""Real processes racing: nobody is asked, reminded or given a task twice."""

import pytest

from itsm.records.models import Task
from servicedesk.surveys import services
from servicedesk.surveys.models import Survey
from tests import processes
from tests.world import person

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
SWEEP = "from servicedesk.surveys import services\nfor _round in range(6): services.sweep()"


def race(code: str, file, times: int = 2) -> None:
    children = [processes.python(code, shift_file=file) for _n in range(times)]
    assert [child.wait(90) for child in children] == [0] * times


def test_two_sweeps_ask_and_remind_each_person_once(desk, later, world):
    crowd = [person(world, f"p{n}", "P", f"N{n}", [("requester", world.lumen)], []) for n in range(15)]
    for each in crowd:
        desk.resolve(desk.opened(requester=each))
    later(minutes=31)
    race(SWEEP, later.file)
    later(days=7.1)
    race(SWEEP, later.file)
    assert sorted(mail.to_user_id for mail in desk.mails("survey")) == sorted(each.pk for each in crowd)
    assert sorted(mail.to_user_id for mail in desk.mails("survey_reminder")) == sorted(each.pk for each in crowd)
    assert Survey.objects.filter(state="sent", reminded_at__isnull=False).count() == 15


def test_two_sweeps_never_ask_one_person_about_two_tickets(desk, later):
    for _n in range(12):
        desk.resolve(desk.opened())
    later(minutes=31)
    race(SWEEP, later.file)
    assert Survey.objects.filter(state="sent").count() == 1
    assert Survey.objects.filter(state="skipped", reason="asked_recently").count() == 11
    assert len(desk.mails()) == 1


def test_the_same_bad_answer_sent_twice_at_once_opens_one_task(desk, later):
    survey = desk.asked()
    race(f"from servicedesk.surveys import services\nservices.answer({survey.pk}, score=1)", later.file, 3)
    assert Task.objects.count() == 1
    survey.refresh_from_db()
    assert survey.score == 1


def test_a_real_worker_with_a_shifted_clock_asks_reminds_and_expires(desk, later):
    from servicedesk.tasks import sweep_surveys

    survey = desk.resolve(desk.opened())
    celery = processes.worker(shift_file=later.file)
    try:
        for days, seen in ((0.1, "sent"), (7.1, "reminded"), (14.3, "expired")):
            later(days=days - float(later.file.read_text()) / 86400)

            def reached(seen=seen) -> bool:
                sweep_surveys.delay()
                survey.refresh_from_db()
                return survey.state == seen or (seen == "reminded" and survey.reminded_at is not None)

            processes.wait_until(reached)
    finally:
        processes.kill(celery)
    assert [mail.template for mail in desk.mails()] == ["survey", "survey_reminder"]
    assert services.is_closed(survey, survey.expires_at)
