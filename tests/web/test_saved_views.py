"""Saved views and columns: who sees them, who changes them, what is refused, and that nothing is half done."""

import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from itsm.audit.models import Entry
from itsm.core.errors import DomainError
from itsm.people import services as people
from itsm.web import saved
from itsm.web.models import ListPreference, SavedView

LIST, NEW = "/desk/incidents/", "/views/new/"


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def keep(actor, name="VIP", query="tab=open&vip=true", team=None) -> SavedView:
    return saved.save_view(actor=actor, place="incidents", name=name, query=query, team=team)


def offered(person) -> list[str]:
    return [view.name for view in SavedView.objects.offered_to(person, "incidents")]


def test_a_view_is_saved_from_the_address_and_only_its_known_parts_are_kept(world):
    sent = {"place": "incidents", "name": " Mes  urgences ", "back": "/desk/incidents/?tab=mine", "query": "tab=mine&priority=2&priority=1&cursor=x&evil=1"}  # fmt: skip
    answer = signed(world.agent).post(NEW, sent)
    view = SavedView.objects.get()
    assert (view.name, view.query, view.owner) == ("Mes urgences", "tab=mine&priority=1&priority=2", world.agent)
    assert answer.url == f"{LIST}?view={view.pk}&{view.query}"
    assert Entry.objects.filter(verb="view.created", actor=world.agent, subject_id=view.pk).exists()


def test_saving_from_the_workspace_comes_back_to_the_open_ticket(world):
    sent = {"place": "desk", "name": "A", "back": "/desk/INC0000001/?tab=team", "query": "tab=team"}
    answer = signed(world.agent).post(NEW, sent)
    assert answer.url.startswith("/desk/INC0000001/?view=")
    answer = signed(world.agent).post(NEW, sent | {"name": "B", "back": "//evil.example/desk/"})
    assert answer.url.startswith("/desk/?view=")


def test_the_columns_of_the_moment_are_kept_only_when_asked(world):
    sent = {"place": "incidents", "query": "tab=open", "columns": "due,site,nonsense"}
    signed(world.agent).post(NEW, sent | {"name": "Avec", "with_columns": "on"})
    signed(world.agent).post(NEW, sent | {"name": "Sans"})
    kept = dict(SavedView.objects.values_list("name", "query"))
    assert kept == {"Avec": "tab=open&columns=due%2Csite", "Sans": "tab=open"}


def test_a_name_is_taken_once_per_person_whatever_its_case(world):
    keep(world.agent)
    answer = signed(world.agent).post(NEW, {"place": "incidents", "name": "vip", "query": ""})
    assert answer.status_code == 422
    assert "Une vue porte déjà ce nom." in answer.content.decode()
    keep(world.teammate)
    assert SavedView.objects.count() == 2


def test_nobody_keeps_more_than_thirty(world, monkeypatch):
    monkeypatch.setattr(saved, "MOST", 2)
    keep(world.agent, "a")
    keep(world.agent, "b")
    with pytest.raises(DomainError):
        keep(world.agent, "c")
    assert signed(world.agent).post(NEW, {"place": "incidents", "name": "c"}).status_code == 422
    assert SavedView.objects.count() == 2


def test_a_shared_view_is_seen_by_the_members_and_goes_when_it_is_no_longer_shared(world):
    view = keep(world.agent, team=world.n1)
    assert offered(world.teammate) == ["VIP"]
    assert offered(world.network) == []
    saved.change_view(view.pk, actor=world.agent, team=None)
    assert offered(world.teammate) == []
    assert offered(world.agent) == ["VIP"]


def test_who_leaves_the_team_loses_its_views(world):
    keep(world.agent, team=world.n1)
    people.leave_team(world.teammate, world.n1, actor=None)
    cache.clear()
    world.teammate.__dict__.pop("_scope", None)
    assert offered(world.teammate) == []


@pytest.mark.parametrize(
    ("name", "status"),
    [("agent", 200), ("lead", 200), ("admin", 200), ("teammate", 404), ("network", 404), ("customer", 404)],
)
def test_the_owner_the_teams_leader_and_an_administrator_change_a_shared_view(world, name, status):
    view = keep(world.agent, team=world.n1)
    client = signed(getattr(world, name))
    assert client.get(f"/views/{view.pk}/").status_code == status
    done = client.post(f"/views/{view.pk}/", {"name": "Autre", "team": str(world.n1.pk)})
    assert done.status_code == (302 if status == 200 else 404)
    assert (SavedView.objects.get().name == "Autre") == (status == 200)
    gone = client.post(f"/views/{view.pk}/delete/")
    assert gone.status_code == (302 if status == 200 else 404)
    assert SavedView.objects.exists() == (status != 200)


def test_a_personal_view_is_nobody_elses_business(world):
    view = keep(world.agent)
    for person in (world.lead, world.admin, world.teammate):
        assert signed(person).get(f"/views/{view.pk}/").status_code == 404
        assert signed(person).post(f"/views/{view.pk}/first/").status_code == 404


def test_one_shares_only_with_a_team_one_is_in_or_leads(world):
    answer = signed(world.agent).post(NEW, {"place": "incidents", "name": "A", "team": str(world.n2.pk)})
    assert answer.status_code == 422
    assert not SavedView.objects.exists()
    assert (
        signed(world.lead).post(NEW, {"place": "incidents", "name": "A", "team": str(world.n2.pk)}).status_code == 302
    )


def test_views_keep_the_order_that_their_owner_gives_them(world):
    for name in "abc":
        keep(world.agent, name)
    last = SavedView.objects.get(name="c")
    signed(world.agent).post(f"/views/{last.pk}/move/", {"up": "1"})
    assert offered(world.agent) == ["a", "c", "b"]
    saved.move_view(last.pk, actor=world.agent, up=True)
    saved.move_view(last.pk, actor=world.agent, up=True)
    assert offered(world.agent) == ["c", "a", "b"]


def test_the_list_begins_with_the_first_view_and_only_the_bare_address_does(world):
    view = keep(world.agent)
    client = signed(world.agent)
    client.post(f"/views/{view.pk}/first/")
    assert client.get(LIST).url == f"{LIST}?view={view.pk}&{view.query}"
    assert client.get(LIST + "?tab=open").status_code == 200
    assert client.get(f"{LIST}?view={view.pk}").url == f"{LIST}?view={view.pk}&{view.query}"
    client.post(f"/views/{view.pk}/first/")
    assert client.get(LIST).status_code == 200


def test_a_first_view_that_is_not_shared_any_more_is_no_first_view(world):
    view = keep(world.agent, team=world.n1)
    client = signed(world.teammate)
    client.post(f"/views/{view.pk}/first/")
    assert client.get(LIST).status_code == 302
    saved.change_view(view.pk, actor=world.agent, team=None)
    assert client.get(LIST).status_code == 200
    saved.delete_view(view.pk, actor=world.agent)
    assert ListPreference.objects.get(owner=world.teammate).first_view is None


def test_columns_are_kept_per_person_in_the_order_of_the_list(world):
    client = signed(world.agent)
    back = "/desk/incidents/?tab=mine&columns=due"
    answer = client.post("/views/columns/", {"place": "incidents", "column": ["site", "team"], "back": back})
    assert answer.url == "/desk/incidents/?tab=mine"
    assert ListPreference.objects.get(owner=world.agent).columns == ["team", "site"]
    client.post("/views/columns/", {"place": "incidents", "usual": "1"})
    assert ListPreference.objects.get(owner=world.agent).columns is None


def test_an_unknown_column_or_list_is_refused(world):
    client = signed(world.agent)
    assert client.post("/views/columns/", {"place": "incidents", "column": ["password"]}).status_code == 422
    assert client.post("/views/columns/", {"place": "nowhere", "column": ["team"]}).status_code == 404
    assert not ListPreference.objects.filter(columns__isnull=False).exists()


def test_the_page_of_views_costs_the_same_for_many(world, django_assert_num_queries):
    client = signed(world.agent)
    keep(world.agent, "a", "tab=open&requester=customer&category=x")
    client.get("/views/")
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get("/views/")
    for number in range(8):
        keep(world.agent, f"v{number}", "tab=open&requester=customer&assignee=agent")
    with django_assert_num_queries(len(few.captured_queries)):
        client.get("/views/")


def test_a_view_of_something_gone_says_so_where_it_is_managed(world):
    keep(world.agent, "Ancienne", "tab=open&team=N9-OLD")
    page = signed(world.agent).get("/views/").content.decode()
    assert "N9-OLD" in page
    assert "(n’existe plus)" in page


@pytest.mark.django_db(transaction=True)
def test_two_windows_cannot_keep_the_same_name_or_one_too_many(world, monkeypatch):
    monkeypatch.setattr(saved, "MOST", 1)
    gate, done = threading.Barrier(2), []

    def save():
        gate.wait()
        try:
            keep(world.agent)
            done.append("kept")
        except DomainError:
            done.append("refused")
        finally:
            connection.close()

    both = [threading.Thread(target=save) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(done) == ["kept", "refused"]
    assert SavedView.objects.count() == 1
