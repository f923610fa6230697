"""Language, time zone and theme: the person's choice, else the cookie's, else the browser's, else the product's."""

import pytest
from django.conf import settings

from itsm.audit.models import Entry

pytestmark = pytest.mark.django_db
LANGUAGE = settings.LANGUAGE_COOKIE_NAME


def language(answer) -> str:
    return answer.headers["Content-Language"]


def test_the_browser_chooses_the_language_of_a_visitor(client):
    assert language(client.get("/accounts/login/", headers={"accept-language": "en-GB,en;q=0.9"})) == "en"
    assert language(client.get("/accounts/login/", headers={"accept-language": "fr-CA"})) == "fr"


def test_a_browser_of_another_language_gets_the_products(client):
    assert language(client.get("/accounts/login/", headers={"accept-language": "ja"})) == settings.LANGUAGE_CODE


def test_the_cookie_beats_the_browser(client):
    client.cookies[LANGUAGE] = "en"
    assert language(client.get("/accounts/login/", headers={"accept-language": "fr"})) == "en"


def test_the_person_beats_the_cookie(world, client):
    client.cookies[LANGUAGE] = "fr"
    client.force_login(world.stranger)
    answer = client.get("/preferences/")
    assert language(answer) == "en"
    assert '<html lang="en"' in answer.content.decode()


def test_a_forged_cookie_is_ignored(client):
    client.cookies[LANGUAGE] = "../../etc"
    assert language(client.get("/accounts/login/", headers={"accept-language": "en"})) == "en"


def test_one_click_changes_the_language_of_a_visitor(client):
    answer = client.post("/preferences/language/", {"value": "en", "next": "/accounts/login/"})
    assert answer.url == "/accounts/login/"
    assert language(client.get("/accounts/login/", headers={"accept-language": "fr"})) == "en"


def test_one_click_changes_the_language_of_a_person_for_good(world, client):
    client.force_login(world.agent)
    client.post("/preferences/language/", {"value": "en", "next": "/preferences/"})
    world.agent.refresh_from_db()
    assert world.agent.language == "en"
    assert Entry.objects.filter(verb="person.preferences_changed", subject_id=world.agent.pk).exists()


@pytest.mark.parametrize(
    ("what", "value"), [("language", "de"), ("language", ""), ("theme", "pink"), ("theme", "<script>")]
)
def test_a_choice_that_does_not_exist_changes_nothing(world, client, what, value):
    client.force_login(world.agent)
    assert client.post(f"/preferences/{what}/", {"value": value}).status_code == 400
    world.agent.refresh_from_db()
    assert (world.agent.language, world.agent.theme) == ("", "system")


def test_a_switch_is_not_a_link(world, client):
    client.force_login(world.agent)
    assert client.get("/preferences/theme/").status_code == 405


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_a_switch_leads_nowhere_else(client, target):
    assert client.post("/preferences/language/", {"value": "fr", "next": target}).url == "/"


def test_the_theme_is_on_the_page_before_any_script(world, client):
    client.force_login(world.agent)
    client.post("/preferences/theme/", {"value": "dark", "next": "/preferences/"})
    page = client.get("/preferences/").content.decode()
    assert 'data-theme-choice="dark"' in page
    assert 'data-bs-theme="dark"' in page


def test_preferences_are_saved_and_confirmed_in_the_new_language(world, client):
    client.force_login(world.agent)
    answer = client.post(
        "/preferences/", {"language": "en", "time_zone": "America/Montreal", "theme": "light"}, follow=True
    )
    world.agent.refresh_from_db()
    assert (world.agent.language, world.agent.time_zone, world.agent.theme) == ("en", "America/Montreal", "light")
    assert "Your preferences are saved." in answer.content.decode()


def test_an_unknown_time_zone_is_refused_with_what_was_typed(world, client):
    client.force_login(world.stranger)
    answer = client.post("/preferences/", {"language": "en", "time_zone": "Mars/Olympus", "theme": "dark"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Mars/Olympus"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="id_time_zone_error"' in page
    assert 'href="#id_time_zone"' in page
    world.stranger.refresh_from_db()
    assert world.stranger.theme == "system"


def test_bad_choices_are_refused_field_by_field(world, client):
    client.force_login(world.agent)
    answer = client.post("/preferences/", {"language": "klingon", "time_zone": "x" * 200, "theme": "pink"})
    assert answer.status_code == 422
    assert answer.content.decode().count('class="field-error"') == 3


def test_instants_are_told_in_the_persons_time_zone(world, rf):
    from django.utils import timezone

    from itsm.web.middleware import TimeZoneMiddleware

    seen = []
    request = rf.get("/")
    request.user = world.agent
    world.agent.time_zone = "Pacific/Noumea"
    TimeZoneMiddleware(lambda _request: seen.append(timezone.get_current_timezone_name()))(request)
    world.agent.time_zone = ""
    TimeZoneMiddleware(lambda _request: seen.append(timezone.get_current_timezone_name()))(request)
    assert seen == ["Pacific/Noumea", "Europe/Paris"]
