"""Pages of imports and of sources: a file from its upload to its end, as people do it."""

import io

import pytest

from itsm.audit.models import Entry
from itsm.cmdb import services
from itsm.cmdb.intake import reading, runs
from itsm.cmdb.models import ConfigurationItem, DataSource, IntakeRun, PrecedenceRule
from itsm.people import services as people

pytestmark = pytest.mark.django_db
FILE = "Nom;Numéro de série;Lieu;Remarque\nsrv-1;SN-1111;PAR;=HYPERLINK()\nsrv-2;SN-2222;NULLE PART;x\n"


@pytest.fixture
def source(world):
    return DataSource.objects.create(code="file", name="Asset file", organisation=world.lumen)


@pytest.fixture
def editor(world, client):
    """Somebody who may change items of Lumen, in English, signed in."""
    person = people.create_person(
        actor=None, username="keeper", organisation=world.lumen, language="en", roles=[("specialist", world.lumen)]
    )
    client.force_login(person)
    return person


def upload(client, source, text: str = FILE, name: str = "assets.csv", **more):
    file = io.BytesIO(text.encode())
    file.name = name
    data = {"source": source.pk, "file": file, "format": "table", "ci_class": "physical_server"} | more
    return client.post("/cmdb/imports/new/", data)


def test_a_file_from_its_upload_to_its_end(client, editor, source, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    answer = upload(client, source)
    run = IntakeRun.objects.get()
    assert answer.url == f"/cmdb/imports/{run.pk}/columns/"
    assert client.get(run.get_absolute_url()).url == answer.url
    page = client.get(answer.url)
    chosen = {f.name: f.initial for f in page.context["form"] if f.initial}
    assert chosen == {"c0": "name", "c1": "serial", "c2": "site"}
    client.post(answer.url, chosen)
    reading.read_kept(run.pk)
    page = client.get(run.get_absolute_url()).content.decode()
    assert "srv-1" in page
    assert "There is no site with the code" in page
    assert not ConfigurationItem.objects.exists()
    client.post(f"/cmdb/imports/{run.pk}/start/")
    runs.do(run.pk)
    assert ConfigurationItem.objects.get().name == "srv-1"
    assert "1 row done." in client.get(run.get_absolute_url()).content.decode()
    told = b"".join(client.get(f"/cmdb/imports/{run.pk}/rejects/").streaming_content).decode()
    assert "srv-2" in told
    assert "srv-1" not in told


@pytest.mark.parametrize(
    "wrong", [{"ci_class": ""}, {"name": "x.exe"}, {"text": ""}, {"format": "nothing"}, {"ci_class": "compute"}]
)
def test_a_wrong_upload_is_explained_and_keeps_nothing(client, editor, source, wrong):
    assert upload(client, source, **wrong).status_code == 422
    assert not IntakeRun.objects.exists()


def test_columns_that_identify_nothing_or_twice_the_same_are_explained(client, editor, source, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    address = upload(client, source).url
    assert client.post(address, {"c3": "status"}).status_code == 422
    page = client.post(address, {"c0": "name", "c1": "name"})
    assert page.status_code == 422
    assert "Another column is this already." in page.content.decode()


def test_what_is_unclear_is_settled_on_the_page(client, editor, world, source, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    here = services.create_ci(
        actor=None, ci_class="physical_server", name="srv-1", serial="SN-9999", organisation=world.lumen
    )
    address = upload(client, source, FILE.replace("NULLE PART", "PAR")).url
    client.post(address, {"c0": "name", "c1": "serial"})
    run = IntakeRun.objects.get()
    reading.read_kept(run.pk)
    row = run.rows.get(decision="ambiguous")
    page = client.get(f"{run.get_absolute_url()}?only=ambiguous").content.decode()
    assert f'value="{here.pk}"' in page
    assert "=HYPERLINK" not in page
    client.post(f"/cmdb/imports/{run.pk}/rows/{row.pk}/", {"item": "nonsense"})
    row.refresh_from_db()
    assert row.decision == "ambiguous"
    client.post(f"/cmdb/imports/{run.pk}/rows/{row.pk}/", {"item": here.pk})
    runs.confirm(run, actor=editor)
    runs.do(run.pk)
    row.refresh_from_db()
    assert (row.item, ConfigurationItem.objects.count()) == (here, 2)
    assert row.kept == {"serial": ["SN-9999", "SN-1111", "hand"]}
    assert "SN-9999 stays (what people typed)" in client.get(run.get_absolute_url()).content.decode()


def test_the_brake_is_released_on_purpose_on_the_page(client, editor, source):
    run = IntakeRun.objects.create(source=source, format="table", name="x", state="ready", is_full=True, brake=7)
    client.post(f"/cmdb/imports/{run.pk}/start/")
    run.refresh_from_db()
    assert run.state == "ready"
    assert "7" in client.get(run.get_absolute_url()).content.decode()
    client.post(f"/cmdb/imports/{run.pk}/start/", {"in_spite": "1"})
    run.refresh_from_db()
    assert run.state == "running"


def test_runs_of_others_do_not_exist(client, editor, world):
    theirs = DataSource.objects.create(code="theirs", name="Theirs", organisation=world.other)
    run = IntakeRun.objects.create(source=theirs, format="table", name="secret", state="ready")
    assert "secret" not in client.get("/cmdb/imports/").content.decode()
    for path in ("", "columns/", "rejects/"):
        assert client.get(f"/cmdb/imports/{run.pk}/{path}").status_code == 404
    assert client.post(f"/cmdb/imports/{run.pk}/start/").status_code == 404
    assert upload(client, theirs).status_code == 422


@pytest.mark.parametrize("path", ["/cmdb/imports/", "/cmdb/imports/new/", "/settings/data-sources/"])
def test_who_may_not_change_items_finds_no_imports(world, client, path):
    client.force_login(world.customer)
    assert client.get(path).status_code == 404


def test_the_list_costs_the_same_for_many_runs(client, editor, source, django_assert_max_num_queries):
    IntakeRun.objects.bulk_create(
        IntakeRun(source=source, format="table", name=f"run {n}", state="done") for n in range(60)
    )
    client.get("/cmdb/imports/")
    with django_assert_max_num_queries(10):
        page = client.get("/cmdb/imports/")
    assert b"cursor=" in page.content


def test_an_administrator_makes_a_source_and_an_exception(world, client):
    client.force_login(world.admin)
    data = {
        "name": "NetBox", "code": "netbox", "organisation": world.lumen.pk, "rank": 20, "stale_days": 30, "brake_percent": 20,
        "may_create": "on", "is_active": "on",
    }  # fmt: skip
    assert client.post("/settings/data-sources/new/", data | {"rank": 0}).status_code == 422
    assert client.post("/settings/data-sources/new/", data).url == "/settings/data-sources/netbox/"
    assert client.post("/settings/data-sources/new/", data).status_code == 422
    assert client.post("/settings/data-sources/netbox/rules/", {"rank": 5}).status_code == 422
    client.post("/settings/data-sources/netbox/rules/", {"ci_class": "switch", "field": "serial", "rank": 5})
    rule = PrecedenceRule.objects.get()
    page = client.get("/settings/data-sources/netbox/").content.decode()
    assert f"/rules/{rule.pk}/drop/" in page
    client.post(f"/settings/data-sources/netbox/rules/{rule.pk}/drop/")
    assert not PrecedenceRule.objects.exists()
    verbs = set(Entry.objects.filter(verb__startswith="data_source").values_list("verb", flat=True))
    assert verbs == {"data_source.created", "data_source.rule_set", "data_source.rule_dropped"}
    assert "netbox" in client.get("/settings/data-sources/").content.decode()
