"""Who has what: pages of software, versions, one machine, agents."""

import json

import pytest

from itsm.cmdb import services
from itsm.cmdb.models import ConfigurationItem, DataSource
from technical.inventory import receiving
from technical.models import Installation, Software

pytestmark = pytest.mark.django_db
PACKAGES = {"old": "3.0.9-1", "rc": "3.0.11~rc1-1", "new": "3.0.11-1~deb12u2"}


@pytest.fixture
def machines(world):
    """Three machines of ours with three versions, and one of somebody else."""
    ours = DataSource.objects.create(code="agents", name="Agents", organisation=world.lumen)
    theirs = DataSource.objects.create(code="theirs", name="Theirs", organisation=world.other)
    for n, (name, version) in enumerate([*PACKAGES.items(), ("foreign", "1.0")]):
        body = {
            "action": "inventory", "deviceid": f"{name}-1",
            "content": {
                "hardware": {"name": name, "uuid": f"4C4C4544-0042-3510-8036-B7C04F4A503{n}"},
                "softwares": [{"name": "openssl", "version": version, "publisher": "Debian"}, {"name": "=cmd()", "version": "1"}],
                "operatingsystem": {"full_name": "Debian 12", "kernel_version": "6.1"}, "drives": [{"type": "/", "total": 2048, "free": 1024}],
            },
        }  # fmt: skip
        receiving.take(theirs if name == "foreign" else ours, json.dumps(body).encode())
    return {item.name: item for item in ConfigurationItem.objects.all()}


@pytest.fixture
def reader(world, client):
    world.agent.language = "en"
    world.agent.save()
    client.force_login(world.agent)
    return world.agent


def names(client, **params) -> set[str]:
    page = client.get("/technical/inventory/installed/", params).content.decode()
    return {name for name in (*PACKAGES, "foreign") if f">{name}</a>" in page}


def test_who_has_openssl_below_a_version(client, reader, machines):
    assert names(client, q="openssl", below="3.0.11") == {"old", "rc"}
    assert names(client, q="OPENSSL", version="3.0.9-1") == {"old"}
    assert names(client) == set()
    assert "Ask who has what" in client.get("/technical/inventory/installed/").content.decode()
    assert "Nobody has it" in client.get("/technical/inventory/installed/", {"q": "solaris"}).content.decode()


def test_a_retired_machine_has_nothing_any_more(client, reader, world, machines):
    services.retire_ci(machines["old"].pk, actor=world.admin, reason="Scrapped")
    assert names(client, q="openssl", below="3.0.11") == {"rc"}


def test_programs_and_versions_count_the_machines_that_one_may_see(client, reader, machines):
    page = client.get("/technical/inventory/software/", {"q": "openssl"}).content.decode()
    assert '<td class="r tnum">3</td>' in page
    program = Software.objects.get(name="openssl")
    page = client.get(program.get_absolute_url()).content.decode()
    assert page.index("3.0.11-1~deb12u2") < page.index("3.0.11~rc1-1") < page.index("3.0.9-1")
    assert "1.0<" not in page


def test_the_table_to_save_has_no_formulas(client, reader, machines):
    text = b"".join(client.get("/technical/inventory/installed/table/", {"q": "cmd"}).streaming_content).decode()
    assert "'=cmd()" in text
    assert "foreign" not in text


def test_the_page_of_an_item_shows_its_inventory(client, reader, machines):
    page = client.get(machines["old"].get_absolute_url()).content.decode()
    assert "Debian 12" in page
    assert f"/technical/inventory/items/{machines['old'].pk}/software/" in page
    page = client.get(f"/technical/inventory/items/{machines['old'].pk}/software/", {"q": "open"}).content.decode()
    assert "3.0.9-1" in page
    assert "=cmd()" not in page


def test_what_one_may_not_see_is_not_there(client, reader, machines):
    assert client.get(f"/technical/inventory/items/{machines['foreign'].pk}/software/").status_code == 404
    assert "foreign" not in client.get("/technical/inventory/agents/").content.decode()
    assert "old-1" in client.get("/technical/inventory/agents/").content.decode()


@pytest.mark.parametrize("path", ["software/", "installed/", "agents/", "installed/table/"])
def test_a_requester_finds_no_inventory(client, world, path):
    client.force_login(world.customer)
    assert client.get(f"/technical/inventory/{path}").status_code == 404


@pytest.mark.parametrize(
    "params",
    [{"software": "x"}, {"item": "99999999999999999999"}, {"q": "x" * 300}, {"below": "\x00"}, {"cursor": "zz"}],
)
def test_bad_filters_are_answered_and_break_nothing(client, reader, machines, params):
    assert client.get("/technical/inventory/installed/", params).status_code in (200, 400, 422)


def test_lists_cost_the_same_for_many_machines(client, reader, machines, django_assert_max_num_queries):
    program, item = Software.objects.get(name="openssl"), machines["old"]
    Installation.objects.bulk_create(
        Installation(item=item, software=program, version=f"9.{n}", version_key=f"9{n}", source="agents")
        for n in range(80)
    )
    for path in ("software/", "installed/?q=openssl", f"items/{item.pk}/software/", f"software/{program.pk}/"):
        client.get(f"/technical/inventory/{path}")
        with django_assert_max_num_queries(10):
            client.get(f"/technical/inventory/{path}")
