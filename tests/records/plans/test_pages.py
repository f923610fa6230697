"""The pages of tasks: a team does its own, whoever has the ticket."""

import pytest

from itsm.records.models import Task
from itsm.records.plans import services

from .test_definition import task

pytestmark = pytest.mark.django_db


@pytest.fixture
def tasks(world, record):
    plan = {"tasks": [task("badge", team="N2-RES"), task("mail", "badge")]}
    services.start(record.pk, plan, actor=world.agent)
    return {each.step: each for each in Task.objects.all()}


def test_a_team_lists_and_does_its_tasks(client, world, tasks):
    client.force_login(world.network)
    assert "badge" in client.get("/tasks/").content.decode()
    address = f"/tasks/{tasks['badge'].pk}/"
    assert client.post(address, {"do": "take"}).status_code == 302
    assert "badge" in client.get("/tasks/?tab=mine").content.decode()
    refused = client.post(address, {"do": "skip", "said": ""})
    assert refused.status_code == 422
    assert "Dites pourquoi." in refused.content.decode()
    done = client.post(address, {"do": "done", "said": "Badge 12"})
    assert (done.status_code, done.url) == (302, "/tasks/")
    assert "Badge 12" in client.get(address).content.decode()
    assert client.post(address, {"do": "fail", "said": "x"}).status_code == 409
    assert "badge" in client.get("/tasks/?tab=done").content.decode()


def test_what_is_over_leads_to_the_next_open_task_of_the_list(client, world, record, tasks):
    other = Task.objects.create(record_id=record.pk, title="Câble", team=world.n2, opened_at=record.opened_at)
    Task.objects.create(
        record_id=record.pk, title="Raté", team=world.n2, opened_at=record.opened_at, outcome="failed", result="Non"
    )
    client.force_login(world.network)
    address = f"/tasks/{tasks['badge'].pk}/"
    assert client.post(address, {"do": "take"}).url == address
    assert client.post(address, {"do": "done"}).url == f"/tasks/{other.pk}/"
    assert client.post(f"/tasks/{other.pk}/", {"do": "skip", "said": "Posé"}).url == "/tasks/"


def test_another_team_reads_but_does_not_do(client, world, tasks):
    address = f"/tasks/{tasks['badge'].pk}/"
    client.force_login(world.mainframe)
    assert client.get(address).status_code == 200
    assert 'name="do"' not in client.get(address).content.decode()
    assert client.post(address, {"do": "done"}).status_code == 422
    for person in (world.customer, world.stranger, world.foreign_agent):
        client.force_login(person)
        assert client.get(address).status_code == 404
    assert Task.objects.get(step="badge").done_at is None


def test_a_task_that_waits_says_so(client, world, tasks):
    client.force_login(world.agent)
    address = f"/tasks/{tasks['mail'].pk}/"
    assert "s’ouvre quand celles d’avant sont terminées" in client.get(address).content.decode()
    assert client.post(address, {"do": "done"}).status_code == 409


def test_the_list_costs_the_same_however_long(client, world, record, tasks, django_assert_max_num_queries):
    Task.objects.bulk_create(Task(record_id=record.pk, title=f"T{n}", team=world.n2) for n in range(40))
    client.force_login(world.network)
    client.get("/tasks/")
    with django_assert_max_num_queries(12):
        assert client.get("/tasks/").content.decode().count("/tasks/") > 40
