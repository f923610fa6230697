"""A class changed in the product: refusals, versions, what becomes of items, and of the next file."""

import pytest

from itsm.audit.models import Entry
from itsm.cmdb import bringing, classes, definitions, runs, services, versioning
from itsm.cmdb.models import CIClass, CIHistory, ItemRun
from itsm.core.errors import DomainError, StaleVersion
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db

FILE = 'fr = "Ascenseur"\nen = "Lift"\n[attributes.floors]\ntype = "string"\nfr = "Étages"\nen = "Floors"\n'


@pytest.fixture
def file(monkeypatch, tmp_path):
    """The site's folder of classes. Gives a function that writes one file and loads."""
    shipped = [pair for pair in classes._files() if pair[0] != "site"]
    monkeypatch.setattr(
        classes, "_files", lambda: [*shipped, *(("site", path) for path in sorted(tmp_path.glob("*.toml")))]
    )

    def write(text: str, code: str = "lift") -> int:
        (tmp_path / f"{code}.toml").write_text(text, encoding="utf-8")
        return classes.load_files()

    return write


def rule(fr="Étages", en="Floors", **more) -> dict:
    return {"type": "string", "x-fr": fr, "x-en": en, **more}


def lift(**properties) -> dict:
    return {**definitions.SHAPE, "fr": "Ascenseur", "en": "Lift", "properties": properties, "order": list(properties)}


def save(world, wanted, **more) -> CIClass:
    row = services.save_class("lift", wanted, actor=world.admin, **more)
    run = versioning.run_of(row)
    if run:
        runs.start(run)
    return row


def test_a_class_made_in_the_product_is_there_at_once(world):
    save(world, lift(floors=rule()))
    made = make_ci(ci_class="lift", attributes={"floors": "12"})
    assert made.attributes == {"floors": "12"}
    assert CIClass.objects.get(code="lift", is_current=True).origin == "product"
    assert Entry.objects.filter(verb="ci_class.saved", actor=world.admin).count() == 1


def test_a_new_version_renames_casts_and_sets_aside_and_a_later_one_gives_back(world):
    save(world, lift(floors=rule(), door=rule("Porte", "Door"), use=rule("Usage", "Use")))
    first = make_ci(ci_class="lift", attributes={"floors": "12", "door": "glass", "use": "goods"})
    second = make_ci(ci_class="lift", attributes={"floors": "many", "use": "people"})
    wanted = lift(levels=rule(type="integer"), use=rule("Usage", "Use", enum=["goods"]))
    row = save(world, wanted, seen=1, renamed={"floors": "levels"}, note="numbers")
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.attributes == {"levels": 12, "use": "goods"}
    assert first.set_aside["door"]["value"] == "glass"
    assert second.attributes == {}
    assert {name: kept["value"] for name, kept in second.set_aside.items()} == {"levels": "many", "use": "people"}
    run = versioning.run_of(row)
    assert (run.total, run.done, run.changed, run.failed) == (2, 2, 2, 2)
    kept = CIHistory.objects.get(item=first, valid_to=None)
    assert kept.changes["attributes.door"] == ["glass", None]
    assert "2" in kept.reason

    save(world, lift(levels=rule(), door=rule("Porte", "Door"), use=rule("Usage", "Use")), seen=2)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.attributes == {"levels": "12", "use": "goods", "door": "glass"}
    assert second.attributes == {"levels": "many", "use": "people"}
    assert first.set_aside == second.set_aside == {}


def test_a_run_is_done_once_and_what_it_has_not_reached_is_brought_before_a_change(world):
    save(world, lift(floors=rule()))
    item = make_ci(ci_class="lift", attributes={"floors": "3"})
    services.save_class("lift", lift(levels=rule()), actor=world.admin, seen=1, renamed={"floors": "levels"})
    assert bringing.is_pending("lift")
    services.update_ci(item.pk, actor=world.admin, name="Lift 1")
    item.refresh_from_db()
    assert (item.name, item.attributes) == ("Lift 1", {"levels": "3"})
    with pytest.raises(DomainError, match="still being brought|encore"):
        services.save_class("lift", lift(), actor=world.admin, seen=2)
    run = ItemRun.objects.get()
    runs.go_on(run.pk)
    history = CIHistory.objects.filter(item=item).count()
    runs.go_on(run.pk)
    run.refresh_from_db()
    assert (run.done, run.changed) == (1, 0)
    assert CIHistory.objects.filter(item=item).count() == history
    bringing.pending.forget()
    assert not bringing.is_pending("lift")


def test_a_stopped_run_goes_on_where_it_stopped(world, monkeypatch):
    monkeypatch.setattr(bringing, "CHUNK", 1)
    save(world, lift(floors=rule()))
    for n in range(3):
        make_ci(ci_class="lift", name=f"L{n}", attributes={"floors": str(n)})
    services.save_class("lift", lift(floors=rule(type="integer")), actor=world.admin, seen=1)
    run = ItemRun.objects.get()
    assert runs._chunk(run.pk)
    runs.stop(run.pk, actor=world.admin)
    runs.go_on(run.pk)
    run.refresh_from_db()
    assert (run.done, run.finished_at) == (1, None)
    runs.resume(run.pk, actor=world.admin)
    runs.go_on(run.pk)
    run.refresh_from_db()
    assert (run.done, run.changed) == (3, 3)
    assert run.finished_at


def test_what_a_site_changed_survives_the_next_file(world, file):
    file(FILE)
    wanted = lift(floors=rule("Niveaux"), use=rule("Usage", "Use"))
    save(world, wanted, seen=1)
    file(FILE.replace("Lift", "Elevator") + '[attributes.load]\ntype = "number"\nfr = "Charge"\nen = "Load"\n')
    spec = classes.classes.get()["lift"]
    assert spec.names == {"fr": "Ascenseur", "en": "Elevator"}
    assert list(spec.properties) == ["floors", "use", "load"]
    assert spec.properties["floors"]["x-fr"] == "Niveaux"
    services.take_file_back("lift", actor=world.admin, seen=3)
    assert list(classes.classes.get()["lift"].properties) == ["floors", "load"]
    assert CIClass.objects.get(code="lift", is_current=True).origin == "file"


def test_a_file_may_rename_an_attribute(world, file):
    file(FILE)
    item = make_ci(ci_class="lift", attributes={"floors": "4"})
    file(FILE.replace("attributes.floors]", 'attributes.levels]\nwas = "floors"'))
    runs.go_on(ItemRun.objects.get().pk)
    item.refresh_from_db()
    assert item.attributes == {"levels": "4"}


def test_items_of_the_classes_below_follow_too(world):
    save(world, {**lift(floors=rule()), "abstract": True})
    services.save_class("goods_lift", {**definitions.SHAPE, "fr": "M", "en": "G", "parent": "lift"}, actor=world.admin)
    item = make_ci(ci_class="goods_lift", attributes={"floors": "4"})
    save(world, {**lift(floors=rule(type="integer")), "abstract": True}, seen=1)
    item.refresh_from_db()
    assert item.attributes == {"floors": 4}


def test_the_same_again_makes_no_version_and_a_stale_save_is_refused(world):
    wanted = lift(floors=rule())
    assert save(world, wanted).version == 1
    assert save(world, wanted, seen=1).version == 1
    save(world, lift(), seen=1)
    with pytest.raises(StaleVersion):
        save(world, wanted, seen=1)


@pytest.mark.parametrize(
    ("code", "wanted", "field"),
    [
        ("Lift", lift(), "code"),
        ("rack", lift(), "code"),
        ("lift", lift() | {"en": " "}, "en"),
        ("lift", lift() | {"parent": "nothing"}, "parent"),
        ("lift", lift() | {"identity_keys": ["colour"]}, "identity_keys"),
        ("lift", lift() | {"relations": {"flies_to": ["rack"]}}, "relations"),
        ("lift", lift() | {"relations": {"runs_on": ["moon"]}}, "relations"),
        ("lift", lift(Floors=rule()), "attributes"),
        ("lift", lift(floors__gt=rule()), "attributes"),
        ("lift", lift(floors=rule(fr="")), "attributes"),
        ("lift", lift(floors=rule(type="colour")), "attributes"),
        ("lift", lift(rack=rule(**{"x-ref": "moon"})), "attributes"),
        ("lift", lift(reference=rule()) | {"parent": "facility"}, "attributes"),
    ],
)
def test_what_is_no_class_is_refused_at_its_field(world, code, wanted, field):
    with pytest.raises(DomainError) as refusal:
        services.save_class(code, wanted, actor=world.admin)
    assert refusal.value.field == field


def test_a_class_cannot_be_below_itself_and_one_with_items_cannot_only_group(world):
    make_ci(ci_class="rack")
    rack = definitions.of_row(CIClass.objects.get(code="rack", is_current=True))
    with pytest.raises(DomainError, match="items|éléments"):
        services.save_class("rack", rack | {"abstract": True}, actor=world.admin, seen=1)
    facility = definitions.of_row(CIClass.objects.get(code="facility", is_current=True))
    with pytest.raises(DomainError) as refusal:
        services.save_class("facility", facility | {"parent": "rack"}, actor=world.admin, seen=1)
    assert refusal.value.field == "parent"


@pytest.mark.parametrize(
    ("wanted", "value", "result"),
    [
        (rule(type="integer"), "1 024", 1024),
        (rule(type="integer"), "1,5", None),
        (rule(type="number"), "1,5", 1.5),
        (rule(type="number"), "lots", None),
        (rule(type="boolean"), "Oui", True),
        (rule(type="boolean"), "perhaps", None),
        (rule(format="date"), "31/12/2026", "2026-12-31"),
        (rule(format="date"), "soon", None),
        (rule(), 12, "12"),
        (rule(), True, "1"),
        (rule(enum=["a"], **{"x-words-fr": {"a": "Métier"}}), "metier", "a"),
        (rule(enum=["a"]), "b", None),
        (rule(type="array", items={"type": "string"}), "a, b", ["a", "b"]),
        (rule(type="integer", maximum=5), "7", None),
    ],
)
def test_values_are_cast_by_stated_rules(world, wanted, value, result):
    spec = versioning.hypothetical("lift", lift(x=wanted))["lift"]
    found = bringing.brought(spec, {"x": value}, {}, {})
    assert found.attributes.get("x") == result
    assert ("x" in found.aside) == (result is None)
