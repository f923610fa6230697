"""A right from the wish to the proof that it is gone: asked for at the desk, approved on a phone by the link of a mail, granted,
ended by the clock, revoked; in French and in English, and nothing for axe on the way."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.core import now
from itsm.notify import outbox
from itsm.notify.models import Message
from servicedesk.access import services
from servicedesk.access.models import Access
from tests.browser import faults, overflows
from tests.cmdb.factories import make_ci

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def settle():
    while outbox.drain():
        continue


def mailed(template: str) -> str:
    settle()
    return re.search(r"/approve/[\w:-]+/", Message.objects.get(template=template).body_text)[0]


def well_drawn(page) -> None:
    assert faults(page) == []
    assert overflows(page) <= 0


def test_an_access_until_a_date_from_the_wish_to_the_proof(world, browse, tmp_path, settings):
    make_ci(name="Paie", key="paie", organisation=world.lumen, support_team=world.n2, owner=world.manager)
    last_day = timezone.localdate(now()) + timedelta(days=10)

    desk = browse(login="agent", language="en")
    desk.goto("/desk/access/new/")
    desk.fill("[name=requester]", "customer")
    desk.fill("[name=item]", "paie")
    desk.fill("[name=right]", "Reading")
    desk.fill("[name=reason]", "Month end")
    desk.fill("[name=until]", last_day.isoformat())
    desk.locator("main form button[type=submit]").click()
    desk.wait_for_url("**/desk/access/ACC*/")
    well_drawn(desk)

    phone = browse(language="fr", width=390, height=844)
    phone.goto(mailed("approval_asked"))
    well_drawn(phone)
    phone.locator("button[value=refuse]").click()
    phone.get_by_text("Dites pourquoi vous refusez.").wait_for()
    well_drawn(phone)
    phone.locator("button[value=approve]").click()
    phone.get_by_text("Merci, votre réponse est enregistrée.").wait_for()
    access = Access.objects.get()
    assert access.state == "to_grant"

    team = browse(login="network", language="fr", width=390, height=844)
    team.goto("/tasks/")
    well_drawn(team)
    team.get_by_role("link", name="Ouvrir l’accès").click()
    team.locator("#said").fill("Profil PAIE_LECT donné")
    well_drawn(team)
    team.locator("button[value=done]").click()
    team.get_by_text("La tâche est faite.").first.wait_for()
    assert Access.objects.get().state == "active"

    (tmp_path / "shift").write_text(str(12 * 86400))
    settings.CLOCK_SHIFT_FILE = str(tmp_path / "shift")
    assert services.sweep() == 1
    desk.reload()
    desk.get_by_text("To revoke").first.wait_for()
    team.goto("/tasks/")
    team.get_by_role("link", name="Retirer l’accès").click()
    team.locator("#said").fill("Profil retiré")
    team.locator("button[value=done]").click()
    team.get_by_text("La tâche est faite.").first.wait_for()
    gone = Access.objects.get()
    assert (gone.state, gone.grant_proof, gone.revoke_proof) == ("revoked", "Profil PAIE_LECT donné", "Profil retiré")
    desk.reload()
    desk.get_by_text("Profil retiré").first.wait_for()
    well_drawn(desk)
