"""What pages ask for again and again: never stale for one's own act, nearly free while nothing changed, never a reason to stay signed in."""

import contextlib
import re

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction

from itsm.core import live
from itsm.notify import notices
from itsm.records import freshness, moves
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db


def shown(page) -> str:
    """The version that the shell of a page, or the fragment, asks again with."""
    return re.search(r'hx-get="/shell/counts/\?v=([0-9a-f]*)"', page.content.decode())[1]


def ask(client, version: str):
    return client.get("/shell/counts/", {"v": version}, headers={"HX-Request": "true"})


def report(world, **more):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Imprimante en panne", **more)


def test_an_unchanged_shell_asks_who_it_is_and_nothing_more(world, client, django_assert_max_num_queries):
    client.force_login(world.agent)
    version = shown(ask(client, ""))
    with django_assert_max_num_queries(1):
        assert ask(client, version).status_code == 204


def test_counters_follow_an_act_at_once(world, client, django_capture_on_commit_callbacks):
    client.force_login(world.agent)
    version = shown(ask(client, ""))
    with django_capture_on_commit_callbacks(execute=True):
        report(world)
    answer = ask(client, version)
    assert 'id="count-work" hx-swap-oob="true">1<' in answer.content.decode()
    assert ask(client, shown(answer)).status_code == 204


def test_every_counter_equals_the_list_behind_it(world, client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        mine = [report(world), report(world)]
        services.escalate(mine[0].pk, actor=world.agent, to_team=world.n2, reason="Réseau")
    client.force_login(world.agent)
    fragment = ask(client, "").content.decode()
    for key, address in (("work", "/desk/incidents/?tab=team"), ("incidents", "/desk/incidents/")):
        listed = re.search(
            r'aria-current="page"[^>]*>[^<]*<span class="c">(\d+)<', client.get(address).content.decode()
        )[1]
        assert f'id="count-{key}" hx-swap-oob="true">{listed}<' in fragment


def test_a_page_that_shows_its_numbers_does_not_ask_for_them_at_once(world, client):
    client.force_login(world.agent)
    first = client.get("/preferences/")
    assert shown(first) == ""
    assert "load delay" in first.content.decode()
    ask(client, "")
    second = client.get("/preferences/")
    assert shown(second) != ""
    assert "load delay" not in second.content.decode()


def test_a_notice_reaches_the_bell(world, client, django_capture_on_commit_callbacks):
    client.force_login(world.agent)
    version = shown(ask(client, ""))
    with django_capture_on_commit_callbacks(execute=True):
        notices.tell("once", [world.agent.pk], "ticket_assigned")
    assert '<b aria-hidden="true">1</b>' in ask(client, version).content.decode()


def test_a_new_major_incident_reaches_every_open_page(world, client, django_capture_on_commit_callbacks):
    incident = report(world)
    client.force_login(world.network)
    version = shown(ask(client, ""))
    with django_capture_on_commit_callbacks(execute=True):
        services.edit(incident.pk, actor=world.agent, major=True)
    answer = ask(client, version).content.decode()
    assert f'data-announce="{incident.number}"' in answer
    with django_capture_on_commit_callbacks(execute=True):
        services.edit(incident.pk, actor=world.agent, major=False)
    assert "data-announce" not in ask(client, version).content.decode()


@pytest.fixture
def abroad(world, django_capture_on_commit_callbacks):
    """A ticket of another company, and who would learn of a change of it: `heard(field=value, …)`."""
    with django_capture_on_commit_callbacks(execute=True):
        ticket = services.open_incident(actor=world.stranger, requester=world.stranger, title="Printer on fire")

    def versions():
        cast = ("agent", "network", "manager", "admin", "foreign_agent")
        return {name: freshness.version(getattr(world, name)) for name in cast}

    def heard(**values):
        before = versions()
        with (
            django_capture_on_commit_callbacks(execute=True),
            moves.apply(Incident, ticket.pk, "edit", actor=world.admin) as change,
        ):
            change.set(**values)
        return {name for name, version in versions().items() if version != before[name]}

    return heard


def test_what_a_team_holds_reaches_its_members_wherever_it_comes_from(world, abroad):
    always = {"admin", "foreign_agent"}
    abroad(team_id=world.n3.pk)
    assert abroad(title="Printer still on fire") == always
    assert abroad(team_id=world.n1.pk) == {*always, "agent"}
    assert abroad(title="Printer under water") == {*always, "agent"}
    assert abroad(team_id=world.n2.pk) == {*always, "agent", "network"}
    assert abroad(title="Printer dried") == {*always, "network"}


def test_the_house_that_a_ticket_leaves_learns_of_it_too(world, abroad):
    assert abroad(organisation_id=world.finance.pk) == {"admin", "agent", "foreign_agent", "manager", "network"}
    assert "foreign_agent" not in abroad(title="None of theirs any more")


def test_a_change_costs_redis_one_pipeline_of_few_keys(world, abroad, monkeypatch):
    bumped = []
    monkeypatch.setattr(live, "bump", lambda *topics: bumped.append(topics))
    abroad(organisation_id=world.finance.pk, team_id=world.n2.pk)
    assert [len(topics) for topics in bumped] == [5]


def test_polls_do_not_renew_a_session(world, client):
    client.force_login(world.agent)
    before = Session.objects.get().expire_date
    for address in ("/shell/counts/", "/desk/"):
        answer = client.get(address, headers={"HX-Request": "true", "HX-Target": "queue"})
        assert "sessionid" not in answer.cookies
    assert Session.objects.get().expire_date == before


def test_versions_differ_by_topic_and_end_with_the_minute(monkeypatch):
    first = live.version(["a"])
    live.bump("b")
    assert live.version(["a"]) == first
    live.bump("a")
    assert live.version(["a"]) != first
    second, later = live.version(["a"]), live.now().replace(year=2099)
    monkeypatch.setattr(live, "now", lambda: later)
    assert live.version(["a"]) != second


def test_a_version_never_comes_back_after_its_topic_was_forgotten():
    seen = {live.version(["a"])}
    for _again in range(5):
        live.bump("a")
        version = live.version(["a"])
        assert version not in seen
        seen.add(version)
        live.cache.delete(live.PREFIX + "a")


def test_pages_are_told_once_the_change_is_there_and_of_none_that_was_taken_back(django_capture_on_commit_callbacks):
    live.bump("a")
    before = live.version(["a"])
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            live.changed("a")
            assert live.version(["a"]) == before
        assert live.version(["a"]) == before
    after = live.version(["a"])
    assert after != before
    with django_capture_on_commit_callbacks(execute=True), contextlib.suppress(ZeroDivisionError), transaction.atomic():
        live.changed("a")
        raise ZeroDivisionError
    assert live.version(["a"]) == after


def test_without_redis_nothing_is_taken_for_unchanged(monkeypatch):
    def broken(*_args):
        raise ConnectionError

    monkeypatch.setattr(live.cache, "set_many", broken)
    monkeypatch.setattr(live.cache, "get_many", broken)
    assert live.version(["a"]) != live.version(["a"])
    live.bump("a")
