"""Many at once put off: for everybody with a date, for oneself without anybody knowing; taken back both ways."""

from datetime import timedelta

import pytest
from django.test import Client

from itsm.core import now
from itsm.records import snoozing
from itsm.records.models import FollowUp, Snooze
from servicedesk.bulk import services as bulk
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

LATER = timedelta(days=3)


def report(world, count: int):
    return [
        services.open_incident(actor=world.customer, requester=world.customer, title=f"Panne {n}", urgency=3)
        for n in range(count)
    ]


def numbers(found) -> list[str]:
    return [incident.number for incident in found]


def dates(found) -> list:
    return [Incident.objects.get(pk=incident.pk).follow_up_at for incident in found]


def test_follow_ups_are_set_and_what_was_before_comes_back(world):
    made = report(world, 3)
    old, new = now() + LATER, now() + 2 * LATER
    services.follow_up(made[0].pk, actor=world.agent, on=old, reason="Avant")
    values = {"on": new, "reason": "Relancer"}
    run = bulk.perform(numbers(made), actor=world.agent, act="follow_up", values=values, token="f")
    assert dates(made) == [new] * 3
    services.comment(made[2].pk, actor=world.teammate, body="Note", public=False)
    bulk.undo(run, actor=world.agent)
    assert dates(made) == [old, None, new]
    assert FollowUp.objects.get(pk=made[0].pk).reason == "Avant"


def test_set_aside_and_back_whatever_others_did(world):
    made = report(world, 3)
    run = bulk.perform(numbers(made), actor=world.agent, act="snooze", values={"until": now() + LATER}, token="s")
    services.comment(made[2].pk, actor=world.teammate, body="Note", public=False)
    assert len(snoozing.aside(world.agent.pk, now()).asleep) == 3
    bulk.undo(run, actor=world.agent)
    assert not Snooze.objects.exists()
    snoozing.set_aside(made[0], actor=world.agent, until=now() + LATER)
    woken = bulk.perform(numbers(made[:2]), actor=world.agent, act="wake", values={}, token="w")
    assert [row["ok"] for row in woken.rows] == [True, False]
    assert not Snooze.objects.exists()
    bulk.undo(woken, actor=world.agent)
    assert snoozing.aside(world.agent.pk, now()).asleep == (made[0].pk,)


@pytest.mark.parametrize(("act", "more"), [("follow_up", {"reason": "Relancer"}), ("snooze", {})])
def test_one_question_on_the_page(world, act, more):
    made = report(world, 2)
    client = Client()
    client.force_login(world.agent)
    sent = {"act": act, "number": numbers(made)}
    assert client.post("/desk/bulk/", sent).status_code == 200
    assert client.post("/desk/bulk/", sent | {"sure": "1", "when": "date"}).status_code == 422
    answer = client.post("/desk/bulk/", sent | {"sure": "1", "when": (now() + LATER).isoformat()} | more, follow=True)
    assert "2 faits" in answer.content.decode().replace("\xa0", " ")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_two_rows_are_set_aside_by_keyboard_alone(world, browse):
    report(world, 3)
    page = browse(login="agent", language="en")
    page.goto("/desk/incidents/")
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.keyboard.press("z")
    page.locator("#dialog input[name=when]:focus").wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_text("2 done").wait_for()
    page.goto("/desk/incidents/?tab=snoozed")
    assert page.locator("a.tt").count() == 2
