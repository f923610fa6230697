"""The form of a campaign in a real browser: what is put right is no longer called wrong, and a keyboard ticks whom it is for."""

import pytest

from tests.browser import overflows
from tests.servicedesk.calls.switchboard import build


@pytest.fixture
def desk(transactional_db):
    """Anew, for a server on another connection."""
    return build()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_corrected_field_is_no_longer_marked_and_boxes_fit_a_phone(desk, browse):
    page = browse(login="lead", language="fr", width=390)
    page.goto("/calls/campaigns/new/")
    page.get_by_role("button", name="Garder").click()
    name = page.locator("#id_name.is-bad")
    name.wait_for()
    assert page.locator("#id_message_fr.is-bad").count() == 1
    name.fill("Panne")
    assert page.locator("#id_name.is-bad").count() == 0
    assert page.locator("#id_name_error").count() == 0
    assert page.locator("#id_message_fr.is-bad").count() == 1, "the others stay"
    page.locator("label:has(input[name=kind][value=team])").click()
    page.locator("#id_teams input").first.check()
    assert overflows(page) == 0
