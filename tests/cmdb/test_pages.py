"""Pages of items and services: who reads, who changes, what is told when it does not work."""

import re
from datetime import timedelta

import pytest

from itsm.cmdb import services
from itsm.cmdb.models import CIHistory, ConfigurationItem, Relation, Service
from itsm.core import now
from itsm.people import services as people

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(world):
    """A server of Lumen; an application depends on it."""
    return services.create_ci(
        actor=world.admin, ci_class="physical_server", name="SRV-ÉTÉ-01", serial="SN-77", organisation=world.lumen,
        attributes={"cpu_count": 8, "ip_address": "10.1.2.3"},
    )  # fmt: skip


@pytest.fixture
def application(world, server):
    made = services.create_ci(actor=world.admin, ci_class="application", name="PaieNet", organisation=world.lumen)
    services.relate(made, server, "runs_on", actor=world.admin)
    return made


@pytest.fixture
def editor(world, client):
    """Somebody who may change items, in English, signed in."""
    person = people.create_person(
        actor=None, username="keeper", organisation=world.lumen, language="en", roles=[("administrator", None)]
    )
    client.force_login(person)
    return person


def form_of(page: str) -> dict:
    """What a browser would send back of the form of a page."""
    data = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', page))
    for name, inner in re.findall(r'<select[^>]*?name="([^"]+)".*?>(.*?)</select>', page, re.DOTALL):
        data[name] = (re.findall(r'value="([^"]*)" selected', inner) or [""])[0]
    return data


@pytest.mark.parametrize("words", ["srv-ete", "ÉTÉ", "sn-77", "10.1.2.3", "srv-ete-01"])
def test_the_list_finds_by_name_key_serial_and_address(world, client, server, words):
    client.force_login(world.agent)
    assert "SRV-ÉTÉ-01" in client.get("/cmdb/", {"q": words}).content.decode()


def test_a_class_that_groups_others_finds_them(world, client, server, application):
    client.force_login(world.agent)
    page = client.get("/cmdb/", {"ci_class": "compute"}).content.decode()
    assert "SRV-ÉTÉ-01" in page
    assert ">PaieNet<" not in page


def test_an_unknown_filter_is_said_and_shows_nothing_wrong(world, client, server):
    client.force_login(world.agent)
    answer = client.get("/cmdb/", {"state": "sleepy"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_retired_items_show_only_when_asked_for(world, client, server):
    services.retire_ci(server.pk, actor=world.admin, reason="sold")
    client.force_login(world.agent)
    assert "SRV-ÉTÉ-01" not in client.get("/cmdb/").content.decode()
    assert "SRV-ÉTÉ-01" in client.get("/cmdb/", {"status": "retired"}).content.decode()


@pytest.mark.parametrize("path", ["/cmdb/", "/services/", "/cmdb/new/"])
def test_a_requester_finds_no_cmdb(world, client, path):
    client.force_login(world.customer)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("part", ["", "impact/", "history/", "edit/", "retire/", "relations/"])
def test_items_of_another_organisation_do_not_exist(world, client, server, part):
    client.force_login(world.foreign_agent)
    assert client.get(f"/cmdb/{server.pk}/{part}").status_code == 404
    assert "SRV-ÉTÉ-01" not in client.get("/cmdb/").content.decode()
    assert "SRV" not in client.get("/cmdb/suggest/", {"target": "srv"}).content.decode()


@pytest.mark.parametrize("part", ["edit/", "retire/", "relations/"])
def test_a_reader_cannot_change_items(world, client, server, part):
    client.force_login(world.agent)
    assert client.get(f"/cmdb/{server.pk}/{part}").status_code == 404
    page = client.get(f"/cmdb/{server.pk}/").content.decode()
    assert f"/cmdb/{server.pk}/edit/" not in page


def test_pages_stay_within_thirteen_queries(world, client, server, application, django_assert_max_num_queries):
    client.force_login(world.agent)
    client.get("/cmdb/")
    for path in (
        "/cmdb/",
        f"/cmdb/{server.pk}/",
        f"/cmdb/{server.pk}/impact/",
        f"/cmdb/{server.pk}/history/",
        "/services/",
    ):
        client.get(path)  # the reference caches of this process are warm, as on any second request
        with django_assert_max_num_queries(13):
            assert client.get(path).status_code == 200


def test_the_impact_names_what_would_go_down_and_by_which_way(world, client, server, application):
    client.force_login(world.agent)
    page = client.get(f"/cmdb/{server.pk}/impact/", headers={"hx-request": "true"}).content.decode()
    assert "PaieNet" in page
    assert "SRV-ÉTÉ-01 › PaieNet" in page
    assert "<html" not in page


def test_an_item_is_made_of_its_class(editor, client, world):
    assert "physical_server" in client.get("/cmdb/new/").content.decode()
    page = client.get("/cmdb/new/", {"class": "physical_server"}).content.decode()
    sent = form_of(page) | {"name": "SRV-NEW", "attr_cpu_count": "16", "organisation": str(world.lumen.pk)}
    answer = client.post("/cmdb/new/?class=physical_server", sent)
    made = ConfigurationItem.objects.get(name="SRV-NEW")
    assert answer.url == f"/cmdb/{made.pk}/"
    assert made.attributes == {"cpu_count": 16}
    assert made.key == "srv-new"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "required"),
        ("attr_cpu_count", "many", "whole number"),
        ("owner", "nobody-at-all", "Nobody has the login"),
        ("criticality", "9", "valid choice"),
        ("end_of_support_on", "31/31/2026", "valid date"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(editor, client, server, field, value, words):
    page = client.get(f"/cmdb/{server.pk}/edit/").content.decode()
    answer = client.post(f"/cmdb/{server.pk}/edit/", form_of(page) | {field: value})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    assert f'id="id_{field}_error"' in text
    server.refresh_from_db()
    assert server.version == 1


def test_a_taken_name_is_told_at_the_name(editor, client, world, server):
    sent = form_of(client.get("/cmdb/new/", {"class": "physical_server"}).content.decode())
    answer = client.post(
        "/cmdb/new/?class=physical_server", sent | {"name": server.name, "organisation": str(world.lumen.pk)}
    )
    assert answer.status_code == 422
    assert 'id="id_name_error"' in answer.content.decode()


def test_a_save_over_a_newer_version_is_refused_and_keeps_what_was_typed(editor, client, world, server):
    sent = form_of(client.get(f"/cmdb/{server.pk}/edit/").content.decode()) | {"serial": "MINE"}
    services.update_ci(server.pk, actor=world.admin, serial="THEIRS")
    answer = client.post(f"/cmdb/{server.pk}/edit/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="MINE"' in page
    assert "THEIRS" in page
    again = client.post(f"/cmdb/{server.pk}/edit/", form_of(page))
    assert again.status_code == 302
    server.refresh_from_db()
    assert server.serial == "MINE"


def test_every_change_is_in_the_history_with_who_and_why(editor, client, server):
    sent = form_of(client.get(f"/cmdb/{server.pk}/edit/").content.decode())
    client.post(f"/cmdb/{server.pk}/edit/", sent | {"state": "down", "attr_cpu_count": "4", "reason": "Fan broken"})
    page = client.get(f"/cmdb/{server.pk}/history/").content.decode()
    assert "Fan broken" in page
    assert "keeper" in page
    assert re.search(r"CPUs: <span[^>]*>8</span> → <strong>4</strong>", page)


def test_an_item_is_shown_as_it_was(world, client, server):
    CIHistory.objects.filter(item=server).update(valid_from=now() - timedelta(days=10))
    services.update_ci(server.pk, actor=world.admin, name="SRV-RENAMED", at=now())
    client.force_login(world.agent)
    day = (now() - timedelta(days=3)).date().isoformat()
    page = client.get(f"/cmdb/{server.pk}/", {"at": day}).content.decode()
    assert "<h1>SRV-ÉTÉ-01</h1>" in page
    assert "<h1>SRV-RENAMED</h1>" in client.get(f"/cmdb/{server.pk}/").content.decode()


@pytest.mark.parametrize("at", ["tomorrow", "2199-01-01", "0000-00-00", "2026-13-45"])
def test_an_impossible_day_is_said(world, client, server, at):
    client.force_login(world.agent)
    answer = client.get(f"/cmdb/{server.pk}/", {"at": at})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()


def test_a_relation_is_added_by_name_and_removed(editor, client, server):
    other = services.create_ci(actor=editor, ci_class="switch", name="SW-1", organisation=server.organisation)
    sent = {"type": "connected_to", "target": "SW-1", "group": "0", "need": "1"}
    types = re.findall(r'<option value="([^"]+)"', client.get(f"/cmdb/{server.pk}/relations/").content.decode())
    answer = client.post(f"/cmdb/{server.pk}/relations/", sent | {"type": types[0]})
    assert answer.status_code == 302
    relation = Relation.objects.get(source=server, target=other)
    client.post(f"/cmdb/{server.pk}/relations/{relation.pk}/remove/")
    assert not Relation.objects.filter(pk=relation.pk).exists()


@pytest.mark.parametrize(
    ("target", "words"), [("nothing-here", "No item has this key or name"), ("SRV-ÉTÉ-01", "cannot depend on itself")]
)
def test_a_relation_to_nothing_or_to_itself_is_refused(editor, client, server, target, words):
    types = re.findall(r'<option value="([^"]+)"', client.get(f"/cmdb/{server.pk}/relations/").content.decode())
    answer = client.post(
        f"/cmdb/{server.pk}/relations/", {"type": types[0], "target": target, "group": "0", "need": "1"}
    )
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_an_item_is_retired_with_a_reason_and_comes_back(editor, client, server):
    assert client.post(f"/cmdb/{server.pk}/retire/", {"reason": ""}).status_code == 422
    client.post(f"/cmdb/{server.pk}/retire/", {"reason": "Sold"})
    server.refresh_from_db()
    assert server.status == "retired"
    assert client.get(f"/cmdb/{server.pk}/edit/").url == f"/cmdb/{server.pk}/"
    client.post(f"/cmdb/{server.pk}/restore/")
    server.refresh_from_db()
    assert server.status == "live"


def test_services_say_how_they_are_for_whom_and_who_answers(world, client):
    made = services.create_ci(
        actor=None, ci_class="it_service", name="Paie", organisation=world.lumen, state="degraded"
    )
    Service.objects.create(item=made, customer=world.finance, owner=world.manager)
    client.force_login(world.agent)
    page = client.get("/services/").content.decode()
    assert "Paie" in page
    assert "Finance" in page
    assert "Marc Rey" in page


def test_markup_in_a_name_is_text(world, client):
    made = services.create_ci(actor=None, ci_class="switch", name="<script>alert(1)</script>", organisation=world.lumen)
    client.force_login(world.agent)
    page = client.get(f"/cmdb/{made.pk}/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
