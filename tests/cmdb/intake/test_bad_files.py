"""Files that nobody should send: each is a reason in words, none holds up the others, a thread or a worker."""

import io
import json
from datetime import timedelta
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from itsm.cmdb.intake import applying, reading, runs, tables, workbooks
from itsm.cmdb.models import ConfigurationItem, DataSource, IntakeRun
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.people import services as people

pytestmark = pytest.mark.django_db
COLUMNS = {"Nom": "name", "Serie": "serial"}
SHEET, STRINGS, TYPES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
OVERRIDE = f'<Override PartName="/{STRINGS}" ContentType="{KIND}"/>'.encode()


@pytest.fixture
def source(world):
    return DataSource.objects.create(code="file", name="Asset file", organisation=world.lumen)


@pytest.fixture
def kept(source, settings, tmp_path):
    """A run whose file is in the store."""
    settings.MEDIA_ROOT = tmp_path

    def keep(body: bytes, *, format="table", columns=COLUMNS, name="a.xlsx") -> IntakeRun:
        (tmp_path / name).write_bytes(body)
        options = {"class": "physical_server"} | ({"columns": columns} if columns else {})
        path = tmp_path / name
        return reading.begin(actor=None, source=source, format=format, name=name, path=path, options=options, file=name)

    return keep


@pytest.fixture
def editor(world, client):
    person = people.create_person(
        actor=None, username="keeper", organisation=world.lumen, language="en", roles=[("specialist", world.lumen)]
    )
    client.force_login(person)
    return person


def workbook(rows: int = 3, **parts: bytes | None) -> bytes:
    """A workbook; `parts` by "sheet", "strings": what stands there instead (a function of what stood there)."""
    book, plain, made = Workbook(), io.BytesIO(), io.BytesIO()
    book.active.append(["Nom", "Serie"])
    for n in range(rows):
        book.active.append([f"srv-{n}", f"SN-{n:04}"])
    book.save(plain)
    names = {"sheet": SHEET, "types": TYPES, "book": "xl/workbook.xml"}
    strings = parts.pop("strings", None)
    if strings:
        parts["types"] = lambda body: body.replace(b"</Types>", OVERRIDE + b"</Types>")
    wanted = {names[name]: change for name, change in parts.items()}
    with ZipFile(plain) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry.filename)
            new.writestr(entry.filename, wanted[entry.filename](body) if entry.filename in wanted else body)
        if strings:
            new.writestr(
                STRINGS, strings(b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"></sst>')
            )
    return made.getvalue()


def cut(body: bytes) -> bytes:
    """The middle of the sheet is broken."""
    return body[: len(body) // 2] + b"<<<" + body[len(body) // 2 :]


def crc(body: bytes) -> bytes:
    with ZipFile(io.BytesIO(body)) as archive:
        at = archive.getinfo(SHEET).header_offset + 60
    return body[:at] + bytes([body[at] ^ 255]) + body[at + 1 :]


BROKEN = {
    "a sheet broken in the middle": workbook(2000, sheet=cut),
    "a damaged archive": crc(workbook()),
    "no strings": workbook(strings=lambda body: b"<sst"),
    "no types": workbook(types=lambda body: b"<nothing/>"),
    "no book": workbook(book=lambda body: b"\xff\xfe\x00"),
    "a protected one": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    "an archive of something else": workbook()[:700],
}


@pytest.mark.parametrize("why", BROKEN)
def test_a_damaged_workbook_fails_with_a_reason_and_its_pages_open(client, editor, kept, why):
    run = kept(BROKEN[why])
    reading.read_kept(run.pk)
    run.refresh_from_db()
    assert (run.state, bool(run.error)) == ("failed", True)
    assert client.get(f"/cmdb/imports/{run.pk}/").status_code == 200
    assert client.get(f"/cmdb/imports/{run.pk}/columns/").status_code in (200, 302)
    fresh = kept(BROKEN[why], columns=None)
    assert client.get(f"/cmdb/imports/{fresh.pk}/columns/").status_code in (200, 302)


def test_two_thousand_million_rows_that_are_not_there_are_refused(kept):
    far = workbook(
        sheet=lambda body: body.replace(b'<row r="3"', b'<row r="2000000000"').replace(b'"A3"', b'"A2000000000"')
    )
    run = kept(far)
    reading.read_kept(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "1048576" in run.error.replace("\u202f", "").replace("\xa0", "")


def test_the_head_of_a_workbook_is_read_without_all_its_texts(tmp_path):
    more = b"<si><t>a</t></si>" * (workbooks.STRINGS_OF_THE_HEAD * 2)
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(strings=lambda body: body.replace(b"</sst>", more + b"</sst>")))
    with workbooks.lines(path, is_head=True):
        pass
    assert tables.headings(path)[0] == ["Nom", "Serie"]
    huge = b"<si><t>a</t></si>" * (workbooks.LARGEST_STRINGS // 17 + 1)
    path.write_bytes(workbook(strings=lambda body: body.replace(b"</sst>", huge + b"</sst>")))
    with pytest.raises(DomainError):
        tables.headings(path)


def test_a_workbook_with_a_column_far_away_keeps_to_its_own(kept):
    run = kept(workbook(sheet=lambda body: body.replace(b'ref="A1:B4"', b'ref="A1:XFD1048576"')))
    reading.read_kept(run.pk)
    run.refresh_from_db()
    assert (run.state, run.rows_total) == ("ready", 3)


def test_what_is_odd_in_one_row_refuses_that_row_alone(source, world, client):
    client.force_login(world.network)
    odd = [
        {"name": "a", "class": "laptop", "organisation": {"a": 1}},
        {"name": "b", "class": "laptop", "site": ["x"]},
        {"name": {"x": 1}, "class": "laptop"},
        {"name": "fine", "class": "laptop"},
    ]
    body = json.dumps({"source": "file", "items": odd})
    answer = client.post("/api/v1/ci-imports/", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    rows = client.get(f"/api/v1/ci-imports/{answer.json()['id']}/rows/").json()["results"]
    assert [row["decision"] for row in rows] == ["reject"] * 3 + ["create"]
    assert all(row["reason"] for row in rows[:3])


def test_half_a_character_is_a_fault_of_its_row(kept):
    odd = [
        {"name": "half \ud800", "class": "laptop"},
        {"name": "c", "class": "laptop", "attributes": {"os": "\udfff"}},
        {"name": "fine 😀", "class": "laptop"},
    ]
    run = kept(json.dumps(odd).encode(), format="items", columns=None, name="a.json")
    reading.read_kept(run.pk)
    assert list(run.rows.order_by("number").values_list("decision", flat=True)) == ["reject", "reject", "create"]


def netbox(*more: dict) -> bytes:
    device = {"name": "sw", "device_type": 1, "role": 1, "site": 1, "status": "active"}
    rows = [
        {"model": "dcim.devicerole", "pk": 1, "fields": {"name": "Switch"}},
        {"model": "dcim.devicetype", "pk": 1, "fields": {"model": "X"}},
        {"model": "dcim.device", "pk": 1, "fields": device},
    ]
    return json.dumps([*rows, *more]).encode()


def test_odd_rows_of_netbox_are_refused_and_the_others_come_in(kept):
    run = kept(
        netbox(
            {"model": "ipam.ipaddress", "pk": 1, "fields": {"address": 5}},
            {"model": "tenancy.tenant", "pk": 1, "fields": {"name": "x" * 300, "slug": "x"}},
            {"model": "tenancy.tenant", "pk": 2, "fields": {"name": "Nobody", "slug": ""}},
        ),
        format="netbox", columns=None, name="n.json",
    )  # fmt: skip
    reading.read_kept(run.pk)
    run.refresh_from_db()
    assert (run.state, runs.counts(run)["reject"]) == ("ready", 3)
    runs.do(runs.confirm(run, actor=None).pk)
    assert ConfigurationItem.objects.get().name == "sw"


def test_a_row_that_the_database_refuses_is_refused_and_the_batch_goes_on(kept, monkeypatch):
    from django.db import DataError

    run = kept(b"Nom;Serie\none;SN-1111\ntwo;SN-2222\n", name="a.csv")
    reading.read_kept(run.pk)
    real = applying._write

    def odd(candidate, decision, delivery):
        if candidate.label == "one":
            raise DataError("value too long")
        real(candidate, decision, delivery)

    monkeypatch.setattr(applying, "_write", odd)
    runs.do(runs.confirm(IntakeRun.objects.get(pk=run.pk), actor=None).pk)
    assert list(run.rows.order_by("number").values_list("decision", flat=True)) == ["reject", "create"]


def test_an_import_that_fails_again_and_again_holds_up_no_other_and_says_why(kept, monkeypatch):
    bad, good = (kept(b"Nom;Serie\n%s;SN-%s\n" % (n, n * 4), name=f"{n.decode()}.csv") for n in (b"a", b"b"))
    for run in (bad, good):
        reading.read_kept(run.pk)
        runs.confirm(IntakeRun.objects.get(pk=run.pk), actor=None)
    real = runs._batch
    monkeypatch.setattr(runs, "_batch", lambda run: 1 / 0 if run.pk == bad.pk else real(run))
    for _n in range(runs.TRIES):
        IntakeRun.objects.update(moved_at=now() - timedelta(minutes=5))
        runs.go_on()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == ("failed", "done")
    assert "division by zero" in bad.error


def test_columns_that_are_said_anew_while_a_file_is_read_count(kept, monkeypatch, world):
    run = kept(b"Nom;Serie\nsrv;SN-1111\n", name="a.csv")
    real, times = reading.rows_of, []

    def slow(*args):
        times.append(1)
        if len(times) == 1:
            reading.map_columns(run, {"Serie": "name"}, actor=world.network)
        return real(*args)

    monkeypatch.setattr(reading, "rows_of", slow)
    reading.read_kept(run.pk)
    run.refresh_from_db()
    assert (run.state, run.rows.get().label) == ("ready", "SN-1111")


def test_reading_is_stopped(kept, monkeypatch, world):
    run = kept(b"Nom;Serie\nsrv;SN-1111\n", name="a.csv")
    real = reading.rows_of

    def slow(*args):
        runs.stop(run, actor=world.network)
        return real(*args)

    monkeypatch.setattr(reading, "rows_of", slow)
    reading.read_kept(run.pk)
    run.refresh_from_db()
    assert (run.state, bool(run.error)) == ("failed", True)


def test_an_import_that_changed_nothing_is_removed_with_its_file(client, editor, kept, tmp_path):
    for columns in (None, COLUMNS):
        run = kept(b"Nom;Serie\nsrv;SN-1111\n", name="a.csv", columns=columns)
        reading.read_kept(run.pk) if columns else None
        assert client.post(f"/cmdb/imports/{run.pk}/remove/").url == "/cmdb/imports/"
        assert not IntakeRun.objects.exists()
    run = kept(b"Nom;Serie\nsrv;SN-1111\n", name="a.csv")
    client.post(f"/cmdb/imports/{run.pk}/remove/")
    assert IntakeRun.objects.exists()  # it is being read: stopped first
    client.post(f"/cmdb/imports/{run.pk}/stop/")
    run.refresh_from_db()
    assert run.state == "failed"
    reading.map_columns(run, COLUMNS, actor=editor)
    reading.read_kept(run.pk)
    runs.do(runs.confirm(IntakeRun.objects.get(), actor=editor).pk)
    assert client.post(f"/cmdb/imports/{run.pk}/remove/").url == f"/cmdb/imports/{run.pk}/"
    assert IntakeRun.objects.exists()
