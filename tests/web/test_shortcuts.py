"""The keys: every one is known, may be changed by the person, and never means two things."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from itsm.audit.models import Entry
from itsm.web import shortcuts

pytestmark = pytest.mark.django_db
PAGE = "/preferences/keys/"


def post(client, **changed):
    return client.post(PAGE, {"letters": "on"} | {f"key-{key}": press for key, press in changed.items()})


def test_every_key_of_a_template_can_be_changed():
    used = set()
    for path in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        used |= set(re.findall(r'data-key="([^"{\d])"', path.read_text()))
    assert used
    assert used <= set(shortcuts.keys()), "register it in <app>/shortcuts.py"


def test_a_key_of_ones_own_is_kept_for_the_person_and_told(world, client):
    client.force_login(world.agent)
    assert post(client, r="Y").status_code == 302
    world.agent.refresh_from_db()
    assert world.agent.shortcuts == {"keys": {"r": "y"}}
    page = client.get("/desk/").content.decode()
    told = re.search(r'data-keys="([^"]*)"', page)[1].replace("&quot;", '"')
    assert json.loads(told) == {"keys": {"r": "y"}}
    assert Entry.objects.filter(verb="person.preferences_changed", subject_id=world.agent.pk).exists()


def test_two_may_change_places_in_one_go(world, client):
    client.force_login(world.agent)
    assert post(client, r="n", n="r").status_code == 302
    world.agent.refresh_from_db()
    assert shortcuts.chosen(world.agent)["r"] == "n"


@pytest.mark.parametrize(("press", "said"), [("n", "sert déjà à"), ("7", "chiffres"), ("rr", "seule touche")])
def test_what_cannot_be_a_key_changes_nothing_and_says_why(world, client, press, said):
    client.force_login(world.agent)
    answer = post(client, r=press)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    world.agent.refresh_from_db()
    assert world.agent.shortcuts == {}


def test_an_empty_field_is_the_key_of_the_product(world, client):
    client.force_login(world.agent)
    post(client, r="y")
    post(client, r=" ")
    world.agent.refresh_from_db()
    assert world.agent.shortcuts == {}


def test_one_press_goes_back_to_the_keys_of_the_product(world, client):
    client.force_login(world.agent)
    post(client, r="y", s="z")
    client.post(PAGE, {"reset": "1", "letters": "on", "key-r": "n"})
    world.agent.refresh_from_db()
    assert world.agent.shortcuts == {}


def test_letters_are_switched_off_and_on_beside_the_keys(world, client):
    client.force_login(world.agent)
    post(client, r="y")
    assert client.post("/preferences/letters/", {}).status_code == 204
    world.agent.refresh_from_db()
    assert world.agent.shortcuts == {"keys": {"r": "y"}, "off": True}
    assert 'class="no-keys"' in client.get("/desk/").content.decode()
    client.post("/preferences/letters/", {"on": "on"})
    world.agent.refresh_from_db()
    assert world.agent.shortcuts == {"keys": {"r": "y"}}


def test_the_sheet_shows_the_keys_as_they_are_pressed(world, client):
    client.force_login(world.agent)
    post(client, g="v", j="y")
    sheet = client.get("/preferences/keys/sheet/").content.decode()
    assert re.search(r"<kbd>Y</kbd></dt><dd>Ligne suivante", sheet)
    assert re.search(r"<kbd>V</kbd> <kbd>I</kbd></dt><dd>Incidents", sheet)


def test_the_portal_has_few_keys_and_they_can_be_changed_too(world, client):
    client.force_login(world.customer)
    page = client.get(PAGE).content.decode()
    assert 'name="key-/"' in page
    assert 'name="key-r"' not in page
    assert post(client, **{"/": "y"}).status_code == 302
    sheet = client.get("/preferences/keys/sheet/").content.decode()
    assert "/desk/" not in sheet


def test_a_key_has_one_meaning_in_a_place():
    with pytest.raises(ValueError, match="already"):
        shortcuts.register("r", "Other", "ticket")
    with pytest.raises(ValueError, match="no place"):
        shortcuts.register("r", "Other", "nowhere")
