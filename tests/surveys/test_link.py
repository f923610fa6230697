"""The signed link: no login, nothing to guess, no score chosen for anybody."""

import pytest

from itsm.records.models import Task
from servicedesk.surveys import services
from servicedesk.surveys.models import Survey

pytestmark = pytest.mark.django_db


def link(survey) -> str:
    return f"/survey/{services.token_for(survey)}/"


def chosen(answer) -> list[int]:
    return [int(radio.data["value"]) for radio in answer.context["form"]["score"] if radio.data["selected"]]


def test_the_link_answers_without_a_login(client, desk):
    survey = desk.asked()
    assert client.get(link(survey)).status_code == 200
    assert client.post(link(survey), {"score": "4", "comment": "Fine"}).status_code == 200
    survey.refresh_from_db()
    assert (survey.state, survey.score, survey.comment) == ("answered", 4, "Fine")


def test_no_score_is_chosen_for_the_person(client, desk):
    survey = desk.asked()
    assert chosen(client.get(link(survey))) == []
    assert client.post(link(survey), {"comment": "No score"}).status_code == 422
    survey.refresh_from_db()
    assert (survey.state, survey.score) == ("sent", None)


def test_following_the_links_of_the_mail_gives_no_answer_by_itself(client, desk):
    """Mail filters follow every link."""
    survey = desk.asked()
    for score in "12345":
        assert chosen(client.get(f"{link(survey)}?score={score}")) == [int(score)]
    survey.refresh_from_db()
    assert (survey.state, survey.score) == ("sent", None)


def test_a_score_clicked_in_the_mail_wins_over_the_one_given_before(client, desk):
    survey = desk.asked()
    client.post(link(survey), {"score": "5"})
    assert chosen(client.get(link(survey))) == [5]
    assert chosen(client.get(f"{link(survey)}?score=2")) == [2]


@pytest.mark.parametrize("score", ["0", "6", "-1", "abc", "3.5", "٣", "", "5; drop"])
def test_a_score_that_does_not_exist_is_refused(client, desk, score):
    survey = desk.asked()
    assert chosen(client.get(link(survey), {"score": score})) == []
    assert client.post(link(survey), {"score": score}).status_code == 422
    survey.refresh_from_db()
    assert survey.score is None


def test_a_forged_link_is_refused_whatever_it_looks_like(client, desk, world):
    survey, other = desk.asked(), desk.asked(requester=world.colleague)
    token = services.token_for(survey)
    number, _dot, signature = token.partition(".")
    forged = [
        f"{other.pk}.{signature}", f"{number}.{signature[:-1]}", f"{number}.", number, f".{signature}", token + "A", "x", "%00",
        f"{number}.{signature.swapcase()}", f"{number}:{signature}"[::-1],
    ]  # fmt: skip
    for each in forged:
        answer = client.post(f"/survey/{each}/", {"score": "1"})
        assert answer.status_code in (404, 422), each
        assert "The printer is silent" not in answer.content.decode()
    assert not Survey.objects.filter(state="answered").exists()


def test_a_signature_of_another_use_opens_nothing(client, desk):
    from django.core.signing import Signer

    survey = desk.asked()
    other = Signer(salt="another").sign(str(survey.pk)).replace(":", ".", 1)
    assert client.get(f"/survey/{other}/").status_code == 422


def test_an_expired_link_says_so_and_takes_nothing(client, desk, later):
    survey = desk.asked()
    later(days=14.1)
    for _swept in (False, True):
        page = client.get(link(survey))
        assert (page.status_code, page.context["closed"]) == (200, True)
        assert "<form" not in page.content.decode().partition("<main")[2]
        assert client.post(link(survey), {"score": "1"}).status_code == 422
        services.sweep()
    survey.refresh_from_db()
    assert (survey.state, survey.score) == ("expired", None)
    assert not Task.objects.exists()


def test_a_link_to_a_survey_that_is_gone_says_so(client, desk):
    survey = desk.asked()
    address = link(survey)
    survey.delete()
    assert client.get(address).status_code == 422


def test_the_page_is_kept_by_no_cache(client, desk):
    assert "no-store" in client.get(link(desk.asked()))["Cache-Control"]


def test_the_page_speaks_the_language_of_who_was_asked_not_of_the_browser(client, desk, world):
    world.customer.language = "en"
    world.customer.save(update_fields=["language"])
    page = client.get(link(desk.asked()), HTTP_ACCEPT_LANGUAGE="fr")
    assert "How did we do?" in page.content.decode()


def test_html_in_the_comment_is_text(client, desk):
    survey = desk.asked()
    client.post(link(survey), {"score": "3", "comment": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in client.get(link(survey)).content.decode()


def test_a_comment_that_is_too_long_is_refused_and_kept_on_the_page(client, desk):
    survey = desk.asked()
    answer = client.post(link(survey), {"score": "3", "comment": "x" * 2001})
    assert answer.status_code == 422
    assert "x" * 2001 in answer.content.decode()
