"""Many items at once: changed with a result each, exported, labelled."""

import csv
import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
from django.http import QueryDict

from itsm.cmdb import bulkedit, exporting, runs, services, tasks
from itsm.cmdb.models import CIHistory, ConfigurationItem, ItemRun
from itsm.core.tablefiles import safe_cell
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def some(world):
    """Two servers, one retired, one of another organisation."""
    place = {"organisation": world.lumen}
    found = [make_ci(name=name, key=name.lower(), **place) for name in ("A", "B", "OLD")]
    services.retire_ci(found[2].pk, actor=None, reason="old")
    return [*found, make_ci(name="THEIRS", organisation=world.other)]


def ask(client, items, **more):
    return client.post("/cmdb/bulk/", {"act": "edit", "item": [i.pk for i in items], "back": "/cmdb/?q=a", **more})


def test_one_question_then_a_result_a_row(client, world, some):
    client.force_login(world.network)
    page = ask(client, some)
    assert page.status_code == 200
    assert "THEIRS" not in page.content.decode()
    data = {"sure": "yes", "support_team": world.n2.pk, "attr_cpu_count": "8", "reason": "inventory", "token": "t1"}
    answer = ask(client, some, **data)
    run = ItemRun.objects.get()
    assert answer.url == f"/cmdb/runs/{run.pk}/"
    assert (run.total, run.done, run.changed, run.failed) == (3, 3, 2, 1)
    shown = client.get(answer.url).content.decode()
    assert "OLD" in shown
    assert "/cmdb/?q=a" in shown
    for name in ("A", "B"):
        item = ConfigurationItem.objects.get(name=name)
        assert (item.support_team, item.attributes) == (world.n2, {"cpu_count": 8})
        assert CIHistory.objects.get(item=item, valid_to=None).reason == "inventory"
    assert ConfigurationItem.objects.get(name="OLD").support_team is None
    assert ConfigurationItem.objects.get(name="THEIRS").support_team is None
    versions = [ConfigurationItem.objects.get(name=name).version for name in ("A", "B")]
    ask(client, some, **data)
    assert ItemRun.objects.count() == 1
    assert [ConfigurationItem.objects.get(name=name).version for name in ("A", "B")] == versions


@pytest.mark.parametrize(
    "data", [{}, {"status": "retired"}, {"owner": "nobody-at-all"}, {"attr_cpu_count": "many"}, {"attr_rack": "moon"}]
)
def test_what_cannot_be_is_said_before_anything_changes(client, world, some, data):
    client.force_login(world.network)
    assert ask(client, some, sure="yes", **data).status_code == 422
    assert not ItemRun.objects.exists()


def test_many_are_retired_with_a_reason_and_a_wrong_move_is_one_line(client, world, some):
    client.force_login(world.network)
    ask(client, some[:2], sure="yes", status="retired", reason="replaced", token="r")
    assert ConfigurationItem.objects.filter(status="retired", organisation=world.lumen).count() == 3
    ask(client, some[:2], sure="yes", status="planned", token="p")
    run = ItemRun.objects.latest("at")
    assert (run.failed, run.changed) == (2, 0)


def test_the_whole_list_is_changed_by_a_worker_that_may_die(client, world, monkeypatch):
    monkeypatch.setattr(bulkedit, "CHUNK", 2)
    monkeypatch.setattr(runs, "AT_ONCE", 0)
    for n in range(5):
        make_ci(name=f"S{n}", organisation=world.lumen)
    monkeypatch.setattr(tasks.go_on_with_runs, "delay", lambda pk: None)
    client.force_login(world.network)
    client.post(
        "/cmdb/bulk/",
        {"act": "edit", "all": "yes", "back": "/cmdb/?q=s", "sure": "yes", "criticality": "1", "token": "w"},
    )
    run = ItemRun.objects.get()
    assert (run.total, run.done) == (5, 0)
    assert runs._chunk(run.pk)
    tasks.go_on_with_runs()
    run.refresh_from_db()
    assert (run.done, run.changed, run.rows.count()) == (5, 5, 5)
    assert run.finished_at
    assert set(ConfigurationItem.objects.filter(name__startswith="S").values_list("criticality", "version")) == {(1, 2)}


def test_who_only_reads_has_labels_and_no_change(client, world, some):
    client.force_login(world.agent)
    assert ask(client, some).status_code == 404
    answer = client.post("/cmdb/bulk/", {"act": "labels", "item": [some[0].pk, some[3].pk]})
    page = client.get(answer.url).content.decode()
    assert page.count('class="qr"') == 1
    assert f"/cmdb/{some[0].pk}/" in page
    assert "THEIRS" not in page


def test_a_run_is_nobody_elses(client, world, some):
    client.force_login(world.network)
    ask(client, some, sure="yes", criticality="2", token="x")
    run = ItemRun.objects.get()
    client.force_login(world.agent)
    for path in ("", "file/"):
        assert client.get(f"/cmdb/runs/{run.pk}/{path}").status_code == 404
    assert client.post(f"/cmdb/runs/{run.pk}/stop/").status_code == 404


def read_csv(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def read_xlsx(data: bytes) -> list[list[str]]:
    """The cells as a spreadsheet reads them: texts, numbers, days."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        for name in book.namelist():
            ElementTree.fromstring(book.read(name))
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return [
        [
            "".join(t.text or "" for t in c.iterfind(".//m:t", space)) or c.findtext("m:v", "", space)
            for c in row.iterfind("m:c", space)
        ]
        for row in sheet.iterfind(".//m:row", space)
    ]


def test_the_list_is_exported_as_it_is_filtered_and_no_text_is_a_formula(client, world):
    make_ci(
        name="=1+1", key="k1", organisation=world.lumen, attributes={"cpu_count": -4 + 8, "patched_on": "2026-02-03"}
    )
    make_ci(name="B <&> é", key="k2", organisation=world.lumen)
    make_ci(name="SW", ci_class="switch", organisation=world.lumen)
    client.force_login(world.agent)
    address = "/cmdb/export/?ci_class=physical_server&columns=key,attr.cpu_count,attr.patched_on&format="
    rows = read_csv(client.get(address + "csv"))
    assert [row[0] for row in rows[1:]] == ["'=1+1", "B <&> é"]
    assert rows[1][1:] == ["k1", "4", "2026-02-03"]
    sheet = read_xlsx(b"".join(client.get(address + "xlsx").streaming_content))
    assert sheet[1][:3] == ["=1+1", "k1", "4"]
    assert sheet[2][0] == "B <&> é"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_texts_that_look_like_formulas_are_quoted_and_numbers_are_not(text):
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(-1) == "-1"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_long_list_is_written_by_a_worker_and_a_dead_one_leaves_no_row_twice(client, world, files, monkeypatch, form):
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    monkeypatch.setattr(exporting, "CHUNK", 2)
    for n in range(5):
        make_ci(name=f"S{n}", organisation=world.lumen)
    client.force_login(world.agent)
    monkeypatch.setattr(runs, "start", lambda run: None)
    run_page = client.get(f"/cmdb/export/?format={form}&columns=key").url
    run = ItemRun.objects.get()
    assert client.get(f"{run_page}file/").status_code == 404
    runs._chunk(run.pk)
    with (files / "exports" / f"{run.pk}.part").open("ab") as part:
        part.write(b'["half", "a li')
    runs.go_on(run.pk)
    run.refresh_from_db()
    assert (run.done, run.total) == (5, 5)
    answer = client.get(f"{run_page}file/")
    rows = read_csv(answer) if form == "csv" else read_xlsx(b"".join(answer.streaming_content))
    assert [row[0] for row in rows[1:]] == ["S0", "S1", "S2", "S3", "S4"]
    assert re.search(r"/cmdb/runs/[0-9a-f-]+/file/", client.get(run_page).content.decode())


def test_an_export_holds_only_what_its_reader_sees(world):
    make_ci(name="OURS", organisation=world.lumen)
    make_ci(name="THEIRS", organisation=world.other)
    found = list(exporting.rows(world.agent, QueryDict("")))
    assert [row[0] for row in found[1:]] == ["OURS"]


def test_old_files_and_runs_are_forgotten(client, world, files, monkeypatch):
    run = ItemRun.objects.create(kind="export", actor=world.agent, file="x.csv")
    runs.folder().joinpath("x.csv").write_text("x")
    ItemRun.objects.filter(pk=run.pk).update(at="2020-01-01T00:00Z", finished_at="2020-01-01T00:00Z")
    assert tasks.forget_old_runs() == 1
    assert list(runs.folder().iterdir()) == []


def test_a_run_that_fails_again_and_again_waits_for_a_person(world, monkeypatch):
    run = ItemRun.objects.create(kind="edit", actor=world.agent, params={"ids": [1], "values": {}}, total=1)

    def broken(run):
        raise ValueError("no")

    monkeypatch.setitem(runs.WORKERS, "edit", broken)
    for _attempt in range(runs.ATTEMPTS):
        with pytest.raises(ValueError, match="no"):
            runs.go_on(run.pk)
    assert runs.unfinished() == []


def test_a_text_of_an_attribute_has_the_bound_of_its_form_everywhere(client, world):
    item = make_ci(name="A", organisation=world.lumen)
    client.force_login(world.network)
    url = f"/api/v1/cis/{item.pk}/"
    long = client.patch(url, {"attributes": {"os": "x" * 501}}, content_type="application/json")
    assert long.status_code in (400, 422)
    assert client.patch(url, {"attributes": {"os": "x" * 500}}, content_type="application/json").status_code == 200
    ConfigurationItem.objects.filter(pk=item.pk).update(attributes={"os": "y" * 900})
    assert client.patch(url, {"serial": "SN-1"}, content_type="application/json").status_code == 200
    assert bulkedit.change_one(item.pk, {"attributes": {"os": "z" * 501}}, actor=world.network, reason="")[0] is False


def test_an_editor_of_a_class_takes_no_thousand_rows():
    from itsm.cmdb.classform import Attributes, Relations

    for rows, prefix in ((Attributes, "a"), (Relations, "r")):
        data = {f"{prefix}-TOTAL_FORMS": "1000000", f"{prefix}-INITIAL_FORMS": "0"}
        assert rows(data, prefix=prefix).total_form_count() <= 100
