"""Deliveries beside people, other sources and later deliveries: nobody's word is lost."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from itsm.cmdb import services
from itsm.cmdb.intake import reading, runs
from itsm.cmdb.intake.candidates import Candidate, identifiers
from itsm.cmdb.models import Claim, ConfigurationItem, DataSource, Identifier, IntakeRun, Relation
from itsm.core import now

COLUMNS = {"Nom": "name", "Serie": "serial", "Processeurs": "attributes.cpu_count", "Repose": "relation.depends_on"}


@pytest.fixture
def source(world):
    return DataSource.objects.create(code="file", name="Asset file", organisation=world.lumen)


@pytest.fixture
def send(source, tmp_path):
    def go(lines: str, *, full=False, of=None):
        path = tmp_path / "items.csv"
        path.write_text("Nom;Serie;Processeurs;Repose\n" + lines)
        options = {"class": "physical_server", "columns": COLUMNS, "full": full}
        run = reading.begin(actor=None, source=of or source, format="table", name="x", path=path, options=options)
        return reading.read(run, path)

    return go


def finish(run, **more):
    return runs.do(runs.confirm(run, actor=None, **more).pk)


@pytest.mark.django_db(transaction=True)
def test_what_a_person_saves_while_a_delivery_is_done_stays(world, send):
    finish(send("srv;SN-1111;4;\n"))
    item = ConfigurationItem.objects.get()
    run = runs.confirm(send("srv;SN-1111;8;\n"), actor=None)
    held, go = threading.Event(), threading.Event()

    def person():
        try:
            with transaction.atomic():
                services.update_ci(item.pk, actor=world.network, attributes={"cpu_count": 4, "os": "Debian 12"})
                held.set()
                go.wait(20)
        finally:
            connection.close()

    typing = threading.Thread(target=person)
    typing.start()
    assert held.wait(20)
    threading.Timer(1.0, go.set).start()
    runs.do(run.pk)
    typing.join()
    item.refresh_from_db()
    assert item.attributes == {"cpu_count": 8, "os": "Debian 12"}


@pytest.mark.django_db
def test_a_relation_that_a_person_made_is_not_ended_by_a_source(world, send):
    finish(send("front;SN-1111;;\nbase;SN-2222;;\n"))
    front, base = (ConfigurationItem.objects.get(name=name) for name in ("front", "base"))
    services.relate(front, base, "depends_on", actor=world.network)
    finish(send("front;SN-1111;;base\nbase;SN-2222;;\n"))
    finish(send("front;SN-1111;;\nbase;SN-2222;;\n"))
    assert Relation.objects.count() == 1


@pytest.mark.django_db
def test_a_refused_row_without_a_number_of_its_own_is_not_missing(send):
    finish(send("".join(f"srv-{n};SN-{n:04};4;\n" for n in range(10)), full=True))
    run = send("".join(f"srv-{n};SN-{n:04};many;\n" for n in range(10)), full=True)
    assert (run.brake, runs.counts(run)["reject"]) == (0, 10)
    finish(run)
    assert not Claim.objects.filter(missing_since__isnull=False).exists()


@pytest.mark.django_db
def test_a_row_that_is_settled_later_takes_nothing_back(world, send):
    finish(send("srv;SN-1111;;\n"))
    old = send("srv;SN-2222;;\n", full=True)
    finish(old, in_spite=True)
    finish(send("new;SN-3333;;\nsrv;SN-1111;;new\n"))
    runs.choose(old.rows.get(), actor=world.network, item=ConfigurationItem.objects.get(name="srv").pk)
    old.refresh_from_db()
    finish(old)
    assert not Claim.objects.filter(missing_since__isnull=False).exists()
    assert Relation.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("cell", ["inf", "NaN", "1e999"])
def test_no_number_is_a_fault_of_its_row(send, cell):
    run = send(f"srv;SN-1111;{cell};\nother;SN-2222;4;\n")
    assert dict(runs.counts(run)) == {"reject": 1, "create": 1}


@pytest.mark.django_db
def test_what_the_database_cannot_hold_is_a_fault_of_its_row(source):
    rows = [
        Candidate("a\x00", "ci", "physical_server", "1", {}, {"name": "a\x00"}),
        Candidate("b", "ci", "physical_server", "2", {}, {"name": "b"}),
    ]
    run = reading.preview(source, rows, format="items", name="x")
    assert dict(runs.counts(run)) == {"reject": 1, "create": 1}


@pytest.mark.django_db
def test_a_key_that_is_no_longer_told_identifies_no_longer(source):
    def take(*macs):
        found = identifiers(mac=list(macs), serial="SN-1111")
        runs.take(
            source, [Candidate("srv", "ci", "physical_server", "x", found, {"name": "srv"})], format="t", name="t"
        )

    take("52:54:00:00:00:01", "52:54:00:00:00:02")
    take("52:54:00:00:00:02")
    assert set(Identifier.objects.values_list("value", flat=True)) == {"sn-1111", "52:54:00:00:00:02"}


@pytest.mark.django_db
def test_a_run_that_nobody_works_at_goes_on(send):
    run = runs.confirm(send("srv;SN-1111;;\n"), actor=None)
    assert runs.go_on() == 0
    IntakeRun.objects.update(moved_at=now() - timedelta(minutes=5))
    assert runs.go_on() == 1
    run.refresh_from_db()
    assert run.state == "done"


@pytest.mark.django_db
def test_a_retired_item_can_be_taken_back_into_service(world, send):
    finish(send("srv;SN-1111;;\n"))
    services.retire_ci(ConfigurationItem.objects.get().pk, actor=world.network, reason="Scrapped")
    run = send("srv;SN-1111;;\n")
    row = run.rows.get()
    runs.choose(row, actor=world.network, item=row.options[0])
    finish(run)
    assert ConfigurationItem.objects.get().status == "live"


def names_of_relations() -> set[tuple[str, str]]:
    return {(r.source.name, r.target.name) for r in Relation.objects.select_related("source", "target")}


@pytest.mark.django_db
def test_a_relation_ends_when_its_source_names_none_any_more_and_not_when_it_has_no_column_for_it(send, source):
    finish(send("front;SN-1111;;base\nbase;SN-2222;;\n"))
    bare = [
        Candidate(name, "ci", "physical_server", "", identifiers(serial=serial), {"name": name, "serial": serial})
        for name, serial in (("front", "SN-1111"), ("base", "SN-2222"))
    ]
    finish(reading.preview(source, bare, format="items", name="x"))
    assert names_of_relations() == {("front", "base")}
    finish(send("front;SN-1111;;\nbase;SN-2222;;\n"))
    assert names_of_relations() == set()
    finish(send("front;SN-1111;;base\nbase;SN-2222;;\n"))
    everything = reading.preview(source, bare, format="items", name="x")
    IntakeRun.objects.filter(pk=everything.pk).update(is_full=True)
    finish(everything)
    assert names_of_relations() == set()


@pytest.mark.django_db
def test_a_row_that_is_settled_later_ends_no_relation_that_was_named_since(world, send):
    finish(send("srv;SN-1111;;\none;SN-4444;;\ntwo;SN-5555;;\n"))
    old = send("srv;SN-2222;;one\n")
    finish(old)
    finish(send("srv;SN-1111;;two\n"))
    runs.choose(old.rows.get(), actor=world.network, item=ConfigurationItem.objects.get(name="srv").pk)
    old.refresh_from_db()
    finish(old)
    assert ("srv", "two") in names_of_relations()
