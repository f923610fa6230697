"""Surveys over REST: seen by who was asked and by those who read the record; answered by who was asked."""

import pytest

from itsm.records.models import Task
from servicedesk.incidents import services as incidents
from servicedesk.surveys import services
from servicedesk.surveys.models import Survey

pytestmark = pytest.mark.django_db
SURVEYS = "/api/v1/surveys/"


@pytest.fixture
def survey(world, incident):
    """Claire was asked about her printer."""
    incidents.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Cable")
    planned = services.plan_for(incident.pk)
    Survey.objects.filter(pk=planned.pk).update(due_at=planned.created_at)
    services.sweep()
    return Survey.objects.get(pk=planned.pk)


def test_who_was_asked_and_the_desk_see_it_and_nobody_else(api, survey, incident):
    seen = api.customer.get(f"{SURVEYS}{survey.pk}/").json()
    assert (seen["record"], seen["person"], seen["state"], seen["score"]) == (incident.number, "customer", "sent", None)
    assert [row["id"] for row in api.agent.get(f"{SURVEYS}?state=sent&record={incident.number}").json()["results"]] == [
        survey.pk
    ]
    for client in (api.colleague, api.stranger, api.foreign_agent):
        assert client.get(SURVEYS).json()["results"] == []
        assert client.get(f"{SURVEYS}{survey.pk}/").status_code == 404


def test_who_was_asked_answers_and_a_low_score_opens_a_task(api, survey):
    answered = api.customer.post(f"{SURVEYS}{survey.pk}/answer/", {"score": 1, "comment": "Slow"})
    assert (answered.status_code, answered.json()["score"], answered.json()["state"]) == (200, 1, "answered")
    assert api.customer.post(f"{SURVEYS}{survey.pk}/answer/", {"score": 2}).json()["score"] == 2
    assert Task.objects.count() == 1


def test_nobody_answers_for_somebody_else(api, survey):
    for client in (api.agent, api.lead, api.colleague, api.stranger):
        assert client.post(f"{SURVEYS}{survey.pk}/answer/", {"score": 5}).status_code == 404


@pytest.mark.parametrize("given", [{}, {"score": 0}, {"score": 6}, {"score": "good"}, {"score": None}])
def test_there_is_no_default_score(api, survey, given):
    answer = api.customer.post(f"{SURVEYS}{survey.pk}/answer/", given)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["score"])


def test_a_closed_survey_says_so(api, survey):
    Survey.objects.update(state=Survey.State.EXPIRED)
    assert api.customer.post(f"{SURVEYS}{survey.pk}/answer/", {"score": 5}).status_code == 400
