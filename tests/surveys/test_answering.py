"""Answers, second thoughts, and the call back after a bad one."""

from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify.models import Notice
from itsm.records.models import Task
from servicedesk.surveys import services

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("score", "tasks"), [(1, 1), (2, 1), (3, 0), (4, 0), (5, 0)])
def test_a_low_score_and_no_other_opens_a_task_for_the_leader(desk, world, score, tasks):
    survey = desk.asked()
    services.answer(survey.pk, score=score, comment="Slow")
    found = list(Task.objects.filter(record_id=survey.record_id))
    assert len(found) == tasks
    for task in found:
        assert (task.team_id, task.assignee_id, task.done_at) == (world.n1.pk, world.lead.pk, None)
        assert "Slow" in task.body
        assert timedelta(hours=23) < task.due_at - now() <= timedelta(days=1)


def test_the_leader_is_told_of_the_task_and_reads_why(client, desk, world):
    client.force_login(world.lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    survey = desk.asked()
    services.answer(survey.pk, score=1, comment="Nobody called me")
    desk.tell()
    assert Notice.objects.filter(user=world.lead, record_id=survey.record_id, template="task").count() == 1
    page = client.get(survey.record.get_absolute_url(), follow=True).content.decode()
    assert "Nobody called me" in page


def test_an_answer_changed_several_times_opens_one_task(desk, later):
    survey = desk.asked()
    for score in (2, 1, 5, 1):
        services.answer(survey.pk, score=score)
        later(hours=2)
    assert Task.objects.count() == 1
    survey.refresh_from_db()
    assert survey.score == 1


def test_a_second_thought_that_is_bad_opens_the_task_too(desk):
    survey = desk.asked()
    services.answer(survey.pk, score=5)
    assert not Task.objects.exists()
    services.answer(survey.pk, score=2)
    assert Task.objects.count() == 1


def test_an_answer_may_be_changed_for_twelve_hours_from_the_first(client, desk, later):
    survey = desk.asked()
    address = f"/survey/{services.token_for(survey)}/"
    client.post(address, {"score": "5"})
    later(hours=11.9)
    assert client.post(address, {"score": "3"}).status_code == 200
    later(hours=0.2)
    assert client.get(address).context["taken"]
    assert client.post(address, {"score": "1"}).status_code == 422
    survey.refresh_from_db()
    assert survey.score == 3
    assert not Task.objects.exists()


def test_the_hours_for_second_thoughts_count_even_past_the_expiry(desk, later):
    survey = desk.asked()
    later(days=13.9)
    services.answer(survey.pk, score=5)
    later(hours=6)
    assert services.answer(survey.pk, score=4).score == 4


@pytest.mark.parametrize("score", [0, 6, -1])
def test_no_score_outside_the_scale(desk, score):
    survey = desk.asked()
    with pytest.raises(DomainError):
        services.answer(survey.pk, score=score)


def test_what_was_not_sent_yet_cannot_be_answered(desk):
    survey = desk.resolve(desk.opened())
    with pytest.raises(DomainError):
        services.answer(survey.pk, score=5)


def test_each_answer_is_audited_with_the_one_before(desk, world):
    survey = desk.asked()
    services.answer(survey.pk, score=5)
    services.answer(survey.pk, score=4)
    entries = Entry.objects.filter(verb="survey.answered", subject_id=survey.record_id).order_by("pk")
    assert [(entry.actor_id, entry.changes["score"]) for entry in entries] == [
        (world.customer.pk, [None, 5]),
        (world.customer.pk, [5, 4]),
    ]


def test_the_figures_count_the_answer_and_the_share_that_answered(desk, world):
    from kpis import rollup
    from kpis.models import Fact

    answered, _silent = desk.asked(), desk.asked(requester=world.colleague)
    services.answer(answered.pk, score=4)
    desk.tell()
    rollup.roll_up()
    assert list(Fact.objects.filter(kpi="csat").values_list("source_id", "numerator")) == [(answered.pk, 1)]
    assert sorted(Fact.objects.filter(kpi="survey-response").values_list("numerator", flat=True)) == [0, 1]
