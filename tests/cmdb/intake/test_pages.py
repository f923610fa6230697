"""Pages of imports and of sources: a file from its upload to its end, as people do it."""

import io
import os
from datetime import date, timedelta

import pytest
from django.utils.translation import override

from itsm.audit.models import Entry
from itsm.cmdb import services
from itsm.cmdb.intake import reading, runs, uploads
from itsm.cmdb.intake.forms import class_choices
from itsm.cmdb.models import ConfigurationItem, DataSource, IntakeRow, IntakeRun, PrecedenceRule
from itsm.core import now
from itsm.core.folding import fold
from itsm.people import services as people
from itsm.people.directory import directory
from itsm.people.models import Site
from tests.cmdb.factories import make_ci

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
    page = client.get(run.get_absolute_url()).content.decode()
    assert "1 row done." in page
    assert ("Added</span>" in page, "To add</span>" in page) == (True, False), "what is done is told as done"
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


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_the_list_exports_comes_back_and_changes_nothing(
    world, client, source, settings, tmp_path, language, form
):
    settings.MEDIA_ROOT = tmp_path
    twin = Site.objects.create(code="PAR2", name=world.paris.name, organisation=world.lumen)
    directory.forget()
    people.create_person(actor=None, username="twin", organisation=world.lumen, first_name="Léa", last_name="Morel")
    rack = make_ci(name="A rack", ci_class="rack", organisation=world.lumen)
    held = {"os": "Debian, 12", "cpu_count": 4, "memory_gb": 1.5, "patched_on": "2026-11-02", "rack": rack.pk}
    common = {"organisation": world.lumen, "support_team": world.n2, "criticality": 2, "environment": "production"}
    made = [
        make_ci(
            name="- odd = name", serial="=SN-1", asset_tag="0012", site=world.paris, owner=world.agent, user=world.lead,
            end_of_support_on=date(2030, 1, 31), attributes=held, **common,
        ),
        make_ci(name="two", site=twin, **common), make_ci(name="three", **common),
    ]  # fmt: skip
    editor = people.create_person(
        actor=None, username="keeper", organisation=world.lumen, language=language, roles=[("specialist", world.lumen)]
    )
    client.force_login(editor)
    attributes = ",".join(f"attr_{name}" for name in held)
    columns = f"key,state,class,site,team,organisation,serial,{attributes}"
    for names in (columns, "key,status,criticality,environment,asset_tag,owner,user,live_on,end_of_support,updated"):
        address = f"/cmdb/export/?format={form}&ci_class=physical_server&columns={names}"
        file = io.BytesIO(b"".join(client.get(address).streaming_content))
        file.name = f"items.{form}"
        answer = client.post("/cmdb/imports/new/", {"source": source.pk, "file": file})
        assert answer.status_code == (302 if "class" in names else 422)
        if answer.status_code == 422:
            held = answer.context["form"]["held"].value()
            answer = client.post(
                "/cmdb/imports/new/", {"source": source.pk, "held": held, "ci_class": "physical_server"}
            )
        page = client.get(answer.url)
        chosen = {f.name: f.initial for f in page.context["form"] if f.initial}
        left_out = {f.label for f in page.context["form"] if not f.initial}
        assert len(left_out) == (1 if "class" in names else 2), left_out
        client.post(answer.url, chosen)
        run = IntakeRun.objects.latest("pk")
        reading.read_kept(run.pk)
        rows = list(run.rows.values_list("label", "decision", "reason", "kept"))
        assert [row[1:] for row in rows] == [("same", "", {})] * 3, rows
    assert {item.version for item in ConfigurationItem.objects.filter(pk__in=[m.pk for m in made])} == {made[0].version}


def test_names_count_where_they_are_clear_and_words_of_a_status_do(world, source, tmp_path):
    Site.objects.create(code="A1", name="Twice", organisation=world.lumen)
    Site.objects.create(code="A2", name="Twice", organisation=world.lumen)
    directory.forget()
    path = tmp_path / "x.csv"
    path.write_text(f"Nom;Statut;Lieu\na;En stock;{world.paris.name.upper()}\nb;;Twice\nc;somewhere;\n")
    run = reading.begin(
        actor=None, source=source, format="table", name="x", path=path,
        options={"class": "physical_server", "columns": {"Nom": "name", "Statut": "status", "Lieu": "site"}},
    )  # fmt: skip
    reading.read(run, path)
    one, two, three = run.rows.order_by("number")
    assert (one.decision, one.changes["status"][1], one.changes["site"][1]) == ("create", "in_stock", world.paris.pk)
    assert (two.why["code"], three.why["code"]) == ("several_site", "no_status")


def test_a_reason_is_said_in_the_language_of_who_reads(client, editor, source):
    run = IntakeRun.objects.create(source=source, format="table", name="x", state="ready", rows_total=2)
    values = {"code": "no_site", "values": {"text": "NULLE PART"}}
    common = {"run": run, "label": "x", "decision": "reject", "candidate": {}}
    IntakeRow.objects.create(number=1, reason="Il n’y a aucun site…", why=values, **common)
    IntakeRow.objects.create(number=2, reason="Un vieux motif.", **common)
    page = client.get(run.get_absolute_url()).content.decode()
    assert "There is no site with the code or the name “NULLE PART”." in page
    assert "Un vieux motif." in page, "what older rows keep stays as it was"


def test_the_file_of_a_refused_form_need_not_be_sent_again(client, editor, source, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    answer = upload(client, source, ci_class="", format="")
    page = answer.content.decode()
    assert (answer.status_code, "assets.csv is kept" in page) == (422, True)
    data = {"source": source.pk, "held": answer.context["form"]["held"].value(), "ci_class": "physical_server"}
    stranger = people.create_person(
        actor=None, username="other", organisation=source.organisation, roles=[("specialist", source.organisation)]
    )
    client.force_login(stranger)
    assert client.post("/cmdb/imports/new/", data).status_code == 422, "what one person sent is no other's"
    client.force_login(editor)
    assert client.post("/cmdb/imports/new/", data).status_code == 302
    run = IntakeRun.objects.get()
    assert (run.format, run.name) == ("table", "assets.csv"), "the end of its name says what it is"


def test_a_class_in_the_file_is_enough(client, editor, source, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    text = "Nom;Classe;Système\nsrv;Serveur physique;Debian\nx;;\n"
    answer = upload(client, source, text, ci_class="", format="")
    form = client.get(answer.url).context["form"]
    assert [f.initial for f in form] == ["name", "class", "attributes.os"]
    client.post(answer.url, {f.name: f.initial for f in form})
    run = IntakeRun.objects.get()
    reading.read_kept(run.pk)
    assert [row.decision for row in run.rows.order_by("number")] == ["create", "reject"]
    assert run.rows.get(number=2).why["code"] == "class_missing"


def test_json_tells_by_its_content_what_it_is(client, editor, source, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    upload(client, source, '[{"name": "a"}]', "a.json", format="", ci_class="")
    upload(client, source, '[{"model": "dcim.device", "pk": 1}]', "b.json", format="", ci_class="")
    assert list(IntakeRun.objects.order_by("pk").values_list("format", flat=True)) == ["items", "netbox"]


def test_what_nobody_sent_to_its_end_is_dropped(editor, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = io.BytesIO(b"x")
    file.name = "x.csv"
    held = uploads.hold(file, editor)
    assert uploads.forget_held() == 0
    old = (now() - timedelta(days=3)).timestamp()
    os.utime(tmp_path / held.kept, (old, old))
    assert uploads.forget_held() == 1
    assert uploads.held(held.token, editor) is None


def test_classes_sort_without_accents(world):
    with override("fr"):
        names = [name for _code, name in class_choices()]
    assert names == sorted(names, key=fold)
