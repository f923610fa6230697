"""A delivery from its file to its end: preview, brake, confirmation, stop, kill, once more."""

import signal

import pytest

from itsm.cmdb.intake import reading, runs
from itsm.cmdb.models import CIHistory, Claim, ConfigurationItem, DataSource, IntakeRow, IntakeRun, Relation
from itsm.core.errors import DomainError, IllegalMove
from tests import processes

HEAD = "Nom;Numéro de série;Système;Processeurs;Identifiant;Lieu\n"
COLUMNS = {
    "Nom": "name", "Numéro de série": "serial", "Système": "attributes.os", "Processeurs": "attributes.cpu_count",
    "Identifiant": "external_id", "Lieu": "site",
}  # fmt: skip


@pytest.fixture
def source(world):
    return DataSource.objects.create(code="file", name="Asset file", organisation=world.lumen)


@pytest.fixture
def send(world, source, tmp_path):
    def go(lines: str, *, full=False, columns=COLUMNS, head=HEAD, encoding="utf-8", actor=None, suffix="csv"):
        path = tmp_path / f"items.{suffix}"
        path.write_bytes((head + lines).encode(encoding))
        options = {"class": "physical_server", "columns": columns, "full": full}
        run = reading.begin(actor=actor, source=source, format="table", name=path.name, path=path, options=options)
        return reading.read(run, path)

    return go


def lines(count: int, os: str = "Debian 12") -> str:
    return "".join(f"srv-{n};SN-{n:05};{os};4;id-{n};PAR\n" for n in range(count))


def finish(run, **more):
    return runs.do(runs.confirm(run, actor=None, **more).pk)


@pytest.mark.django_db
def test_the_preview_writes_nothing_and_then_all_of_it_happens(send):
    run = send(lines(120))
    assert (run.state, run.rows_total, dict(runs.counts(run))) == ("ready", 120, {"create": 120})
    assert not ConfigurationItem.objects.exists()
    done = finish(run)
    assert (done.state, done.rows_done) == ("done", 120)
    item = ConfigurationItem.objects.get(name="srv-7")
    assert (item.serial, item.attributes, item.site.code) == ("SN-00007", {"os": "Debian 12", "cpu_count": 4}, "PAR")


@pytest.mark.django_db
def test_the_same_file_twice_changes_nothing(send):
    finish(send(lines(30)))
    before = CIHistory.objects.count()
    again = send(lines(30))
    assert dict(runs.counts(again)) == {"same": 30}
    finish(again)
    assert CIHistory.objects.count() == before


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_of_any_program_is_read(send, encoding):
    run = send("Élysée;SN-12345;Système;4;1;PAR\n", encoding=encoding)
    assert run.error == ""
    assert IntakeRow.objects.get().label == "Élysée"


@pytest.mark.django_db
def test_refused_rows_say_why_and_the_others_come_in(send):
    run = send(
        "ok;SN-111;Debian;4;1;PAR\n;SN-222;Debian;4;2;PAR\nbad;SN-333;Debian;many;3;PAR\nlost;SN-444;Debian;4;4;ATLANTIS\n"
        "twice;SN-111;Debian;4;5;PAR\nneg;SN-555;Debian;-1;6;PAR\n"
    )
    finish(run)
    assert list(ConfigurationItem.objects.values_list("name", flat=True)) == ["ok"]
    reasons = list(run.rows.filter(decision="reject").order_by("number").values_list("number", "reason"))
    assert [number for number, _reason in reasons] == [2, 3, 4, 5, 6]
    assert all(reason for _number, reason in reasons)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [b"", b"\n\n", b"PK\x03\x04not a workbook", b"\x00\x01\x02\xff\xfe", b"Nom;Nom\na;b\n", b'Nom\n"' + b"x" * 200_000],
)
def test_a_file_that_cannot_be_read_says_so_and_writes_nothing(send, source, tmp_path, broken):
    path = tmp_path / "broken.csv"
    path.write_bytes(broken)
    run = reading.begin(
        actor=None,
        source=source,
        format="table",
        name="x",
        path=path,
        options={"class": "physical_server", "columns": COLUMNS},
    )
    run = reading.read(run, path)
    assert run.state == "failed"
    assert run.error
    with pytest.raises(IllegalMove):
        runs.confirm(run, actor=None)


@pytest.mark.django_db
def test_the_brake_holds_when_many_would_be_missing(send):
    finish(send(lines(40), full=True))
    run = send(lines(20), full=True)
    assert run.brake == 20
    with pytest.raises(DomainError, match="20"):
        runs.confirm(run, actor=None)
    finish(run, in_spite=True)
    assert Claim.objects.filter(missing_since__isnull=False).count() == 20
    assert ConfigurationItem.objects.filter(status="live").count() == 40
    finish(send(lines(40), full=True))
    assert not Claim.objects.filter(missing_since__isnull=False).exists()


@pytest.mark.django_db
def test_a_refused_row_is_not_missing(send):
    finish(send(lines(40), full=True))
    broken = lines(40).replace(";4;", ";many;")
    assert send(broken, full=True).brake == 0


@pytest.mark.django_db
def test_an_ambiguous_row_waits_for_somebody_and_can_be_done_after_the_others(world, send):
    finish(send("srv-1;SN-AAAA;;;1;PAR\n"))
    run = send("srv-1;SN-BBBB;Debian 12;;2;PAR\nsrv-2;SN-CCCC;;;3;PAR\n")
    finish(run)
    row = run.rows.get(decision="ambiguous")
    item = ConfigurationItem.objects.get(name="srv-1")
    with pytest.raises(DomainError):
        runs.choose(row, actor=world.agent, item=ConfigurationItem.objects.get(name="srv-2").pk)
    runs.choose(row, actor=world.agent, item=item.pk)
    run.refresh_from_db()
    finish(run)
    item.refresh_from_db()
    assert (item.serial, item.attributes["os"], ConfigurationItem.objects.count()) == ("SN-BBBB", "Debian 12", 2)


@pytest.mark.django_db
def test_a_row_that_is_left_out_stays_out(world, send):
    finish(send("srv-1;SN-AAAA;;;1;PAR\n"))
    run = send("srv-1;SN-BBBB;;;2;PAR\n")
    runs.choose(run.rows.get(), actor=world.agent, item=None)
    finish(run)
    assert ConfigurationItem.objects.get().serial == "SN-AAAA"


@pytest.mark.django_db
def test_relations_come_with_the_file_and_end_with_it(send):
    columns = {"Nom": "name", "Identifiant": "external_id", "Repose sur": "relation.depends_on"}
    head = "Nom;Identifiant;Repose sur\n"
    finish(send("front;1;3\nback;2;3\nbase;3;\n", columns=columns, head=head))
    names = {(r.source.name, r.target.name) for r in Relation.objects.select_related("source", "target")}
    assert names == {("front", "base"), ("back", "base")}
    again = send("front;1;2\nback;2;3\nbase;3;\n", columns=columns, head=head)
    finish(again)
    names = {(r.source.name, r.target.name) for r in Relation.objects.select_related("source", "target")}
    assert names == {("front", "back"), ("back", "base")}


@pytest.mark.django_db
def test_a_run_that_is_stopped_goes_on_where_it_was(world, send):
    run = runs.confirm(send(lines(250)), actor=None)
    runs._batch(run)
    runs.stop(run, actor=world.agent)
    assert ConfigurationItem.objects.count() == runs.BATCH
    runs.do(run.pk)
    assert ConfigurationItem.objects.count() == runs.BATCH
    assert finish(run).state == "done"
    assert ConfigurationItem.objects.count() == 250


@pytest.mark.django_db
def test_a_person_writes_only_where_they_may(world, send):
    run = send(
        "srv;SN-111;;;1;PAR;AUTRE\n",
        head=HEAD.strip() + ";Entité\n",
        columns=COLUMNS | {"Entité": "organisation"},
        actor=world.agent,
    )
    row = run.rows.get()
    assert row.decision == "reject"
    assert row.reason


@pytest.mark.django_db
def test_a_workbook_is_read_as_well(send, source, tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Nom", "Processeurs", "Fin de support"])
    from datetime import datetime

    book.active.append(["srv", 8.0, datetime(2027, 12, 31)])
    path = tmp_path / "items.xlsx"
    book.save(path)
    columns = {"Nom": "name", "Processeurs": "attributes.cpu_count", "Fin de support": "end_of_support_on"}
    run = reading.begin(
        actor=None,
        source=source,
        format="table",
        name="x",
        path=path,
        options={"class": "physical_server", "columns": columns},
    )
    finish(reading.read(run, path))
    item = ConfigurationItem.objects.get()
    assert (item.attributes["cpu_count"], item.end_of_support_on.isoformat()) == (8, "2027-12-31")


DO = "from itsm.cmdb.intake import runs\nfrom itsm.cmdb.models import IntakeRun\nruns.do(IntakeRun.objects.get().pk)"


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_nothing_and_repeats_nothing(send):
    run = runs.confirm(send(lines(600)), actor=None)
    child = processes.python(DO)
    processes.wait_until(lambda: ConfigurationItem.objects.count() >= runs.BATCH)
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    assert IntakeRun.objects.get().rows_done == ConfigurationItem.objects.count() < 600
    runs.do(run.pk)
    assert (ConfigurationItem.objects.count(), CIHistory.objects.count()) == (600, 600)


TAKE = """
from itsm.cmdb.intake import reading, runs
from itsm.cmdb.intake.candidates import Candidate, identifiers
from itsm.cmdb.models import DataSource
source = DataSource.objects.get(code="file")
for n in range(20):
    runs.take(source, [Candidate(f"vm-{n}", "ci", "virtual_machine", "", identifiers(mac=f"52:54:00:00:00:{n:02x}"), {"name": f"vm-{n}"})],
              format="test", name="test")
"""


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_agents_that_speak_of_one_machine_at_the_same_moment_make_one_item(world, source):
    children = [processes.python(TAKE) for _n in range(3)]
    assert [child.wait(90) for child in children] == [0, 0, 0]
    assert ConfigurationItem.objects.count() == 20
