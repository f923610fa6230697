"""The next task of one's team is ticked on the request itself, whichever team holds it: by its button, and by T."""

import pytest
from django.test import Client

from itsm.records.models import Task
from servicedesk.requests import services
from servicedesk.requests.models import Request
from tests.records.plans.test_definition import task

from .factories import make_item

PLAN = {"tasks": [task("badge", team="N2-RES"), task("mail", "badge"), task("cable", "badge", team="N2-RES")]}


def ordered(world) -> Request:
    return services.open_request(
        actor=world.customer, requester=world.customer, item_version=make_item(plan=PLAN), answers={"model": "s"}
    )


def page_of(person, request: Request) -> str:
    client = Client()
    client.force_login(person)
    return client.get(f"/desk/requests/{request.number}/").content.decode()


@pytest.mark.django_db
def test_the_request_of_another_team_offers_the_task_of_ones_own(client, world):
    request = ordered(world)
    address = f"/tasks/{Task.objects.get(step='badge').pk}/"
    assert request.team_id != world.n2.pk
    assert f'action="{address}"' in page_of(world.network, request)
    assert f'action="{address}"' not in page_of(world.mainframe, request)
    client.force_login(world.network)
    assert client.post(address, {"do": "done", "back": "record"}).url == f"/r/{request.number}"
    assert f'action="/tasks/{Task.objects.get(step="cable").pk}/"' in page_of(world.network, request)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_t_ticks_one_task_after_another(browse, world):
    request = ordered(world)
    page = browse(login="network", language="en")
    page.goto(f"/desk/requests/{request.number}/")
    for step in ("badge", "cable"):
        page.get_by_role("button", name=f"Done: {step}").wait_for()
        page.keyboard.press("t")
        page.get_by_role("button", name=f"Done: {step}").wait_for(state="detached")
    page.locator("#plan").wait_for()
    done = dict(Task.objects.values_list("step", "done_by"))
    assert done == {"badge": world.network.pk, "cable": world.network.pk, "mail": None}
    assert page.locator("#plan button").count() == 0
