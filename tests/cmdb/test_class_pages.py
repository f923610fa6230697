"""Pages of classes: the sheet for readers, the editor for administrators, by plain forms."""

import re

import pytest

from itsm.cmdb import definitions, services
from itsm.cmdb.models import CIClass, ConfigurationItem, ItemRun
from itsm.cmdb.specs import classes
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db


def posted(html: str) -> dict:
    """What a browser would send of the editor's form as it is shown."""
    form = re.search(r'<form method="post" novalidate.*?</form>', html, re.S)[0]
    data = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or "checked" in tag):
            data[name[1]] = value[1] if value else "on" if "checkbox" in tag else ""
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        data[name] = body.removeprefix("\n")
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        data[name] = (chosen or re.search(r'value="([^"]*)"', body))[1]
    return data


def filled(client, **more) -> dict:
    page = client.get("/settings/ci-classes/new/").content.decode()
    return (
        posted(page) | {"code": "lift", "fr": "Ascenseur", "en": "Lift", "layer": "facility", "icon": "elevator"} | more
    )


FLOORS = {
    "a-0-name": "floors",
    "a-0-kind": "integer",
    "a-0-fr": "Étages",
    "a-0-en": "Floors",
    "a-0-unit_fr": "étages",
    "a-0-unit_en": "storeys",
}


def test_a_class_is_previewed_then_saved_and_its_form_list_and_filters_follow(client, world):
    client.force_login(world.admin)
    data = filled(client, **FLOORS)
    shown = client.post("/settings/ci-classes/new/", data | {"act": "preview"})
    assert shown.status_code == 200
    assert "preview_attr_floors" in shown.content.decode()
    assert not CIClass.objects.filter(code="lift").exists()
    saved = client.post("/settings/ci-classes/new/", data | {"act": "save"})
    assert saved.url == "/settings/ci-classes/lift/"
    form = client.get("/cmdb/new/?class=lift").content.decode()
    assert "attr_floors" in form
    assert "storeys" in form or "étages" in form
    client.post(
        "/cmdb/new/?class=lift", {"name": "A", "status": "live", "state": "up", "criticality": "3", "attr_floors": "4"}
    )
    assert ConfigurationItem.objects.get(name="A").attributes == {"floors": 4}
    assert "attr.floors.min" in client.get("/cmdb/?ci_class=lift").content.decode()
    assert client.get("/api/v1/ci-classes/lift/").json()["schema"]["properties"]["floors"]["type"] == "integer"


def test_one_more_row_works_without_a_script(client, world):
    client.force_login(world.admin)
    page = client.post("/settings/ci-classes/new/", filled(client, **FLOORS) | {"act": "row"})
    assert page.status_code == 200
    text = page.content.decode()
    assert re.search(r'name="a-1-name"[^>]*autofocus', text), "one goes on where the row was added"
    assert "field-error" not in text, "nothing is scolded before it is typed"
    form = page.context["editor"]
    assert (form.attributes[0]["fr"].value(), form.form["fr"].value()) == ("Étages", filled(client)["fr"])
    again = {f.html_name: f.value() for each in (form.form, *form.attributes, *form.relations) for f in each}
    data = {name: value for name, value in again.items() if value not in (None, False)}
    more = {
        f"{p}-{n}": v
        for p, f in (("a", form.attributes), ("r", form.relations))
        for n, v in f.management_form.initial.items()
    }
    assert client.post("/settings/ci-classes/new/", data | more | {"act": "save"}).url == "/settings/ci-classes/lift/"


def test_a_shipped_class_is_shown_whole_and_saved_again_as_it_is(client, world):
    client.force_login(world.admin)
    for code in ("rack", "physical_server", "application", "job", "printer", "endpoint", "lpar"):
        page = client.get(f"/settings/ci-classes/{code}/").content.decode()
        answer = client.post(f"/settings/ci-classes/{code}/", posted(page) | {"act": "save"})
        assert answer.status_code == 302, code
        assert CIClass.objects.filter(code=code).count() == 1, code


def test_a_renamed_attribute_takes_its_values_along_and_the_difference_is_shown(client, world):
    client.force_login(world.admin)
    client.post("/settings/ci-classes/new/", filled(client, **FLOORS) | {"act": "save"})
    item = make_ci(ci_class="lift", attributes={"floors": 4})
    data = posted(client.get("/settings/ci-classes/lift/").content.decode()) | {
        "a-0-name": "levels",
        "note": "one word",
    }
    shown = client.post("/settings/ci-classes/lift/", data | {"act": "preview"}).content.decode()
    assert "<ins>" in shown
    assert client.post("/settings/ci-classes/lift/", data | {"act": "save"}).status_code == 302
    item.refresh_from_db()
    assert item.attributes == {"levels": 4}
    assert "levels" in client.get("/settings/ci-classes/lift/2/").content.decode()


def test_what_does_not_fit_is_told_before_and_shown_on_the_item_after(client, world):
    client.force_login(world.admin)
    client.post("/settings/ci-classes/new/", filled(client, **FLOORS) | {"act": "save"})
    item = make_ci(ci_class="lift", attributes={"floors": 4})
    data = posted(client.get("/settings/ci-classes/lift/").content.decode()) | {"a-0-DELETE": "on"}
    assert "floors: 4" in client.post("/settings/ci-classes/lift/", data | {"act": "preview"}).content.decode()
    answer = client.post("/settings/ci-classes/lift/", data | {"act": "save"})
    run = ItemRun.objects.get()
    assert answer.url == f"/cmdb/runs/{run.pk}/"
    assert item.name in client.get(answer.url).content.decode()
    assert "aside-title" in client.get(f"/cmdb/{item.pk}/").content.decode()
    client.post(f"/cmdb/{item.pk}/set-aside/", {"name": "floors"})
    item.refresh_from_db()
    assert item.set_aside == {}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"code": "No good"}, "code"), ({"fr": ""}, "id_fr"), ({"a-0-name": "Bad name"}, "attributes"), ({"a-0-kind": "choice"}, "a-0-choices"),
        ({"a-0-kind": "choice", "a-0-choices": "low = Bas | Low\n= Rien | Nothing"}, "a-0-choices"),
        ({"a-0-kind": "reference"}, "a-0-ref"), ({"code": "rack"}, "code"), ({"a-0-minimum": "9", "a-0-maximum": "3"}, "a-0-maximum"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_lost(client, world, change, where):
    client.force_login(world.admin)
    page = client.post("/settings/ci-classes/new/", filled(client, **FLOORS) | change | {"act": "save"})
    assert page.status_code == 422
    assert where in page.content.decode()
    assert 'value="Floors"' in page.content.decode()


def test_one_more_row_asks_for_nothing_yet(client, world):
    client.force_login(world.admin)
    data = {name: value for name, value in filled(client, **FLOORS).items() if name != "icon"}
    assert client.post("/settings/ci-classes/new/", data | {"act": "row"}).status_code == 200


def test_a_stale_editor_is_refused(client, world):
    client.force_login(world.admin)
    data = posted(client.get("/settings/ci-classes/rack/").content.decode())
    rack = definitions.of_row(CIClass.objects.get(code="rack", is_current=True))
    services.save_class("rack", rack | {"fr": "Armoire"}, actor=world.admin, seen=1)
    page = client.post("/settings/ci-classes/rack/", data | {"fr": "Baie", "act": "save"})
    assert page.status_code == 409


def test_readers_have_the_sheet_and_nobody_else_the_editor(client, world):
    client.force_login(world.agent)
    sheet = client.get("/cmdb/classes/physical_server/")
    assert sheet.status_code == 200
    assert "rack_unit" in sheet.content.decode()
    assert "/settings/ci-classes/" not in sheet.content.decode()
    for path in (
        "/settings/ci-classes/",
        "/settings/ci-classes/new/",
        "/settings/ci-classes/rack/",
        "/settings/ci-classes/rack/1/",
    ):
        assert client.get(path).status_code == 404
    client.force_login(world.customer)
    assert client.get("/cmdb/classes/physical_server/").status_code == 404


def test_the_tree_counts_items_with_those_below(client, world, django_assert_max_num_queries):
    make_ci(ci_class="router")
    make_ci(ci_class="switch")
    client.force_login(world.admin)
    client.get("/settings/ci-classes/")
    with django_assert_max_num_queries(8):
        page = client.get("/settings/ci-classes/").content.decode()
    assert re.search(r'ci_class=network_device">2<', page)
    assert all(spec.name in page or "&" in spec.name or "’" in spec.name for spec in classes.get().values())


def test_references_are_typed_by_key_or_name_and_checked(client, world):
    rack = make_ci(ci_class="rack", name="Baie 1", key="rack-1", organisation=world.lumen)
    make_ci(ci_class="room", name="Salle 1", key="room-1", organisation=world.lumen)
    client.force_login(world.admin)
    base = {"name": "S1", "status": "live", "state": "up", "criticality": "3"}
    for n, (text, fine) in enumerate([("rack-1", True), ("Baie 1", True), ("room-1", False), ("nothing", False)]):
        page = client.post("/cmdb/new/?class=physical_server", base | {"name": f"S{n}", "attr_rack": text})
        assert (page.status_code == 302) is fine
    made = ConfigurationItem.objects.get(name="S0")
    assert made.attributes == {"rack": rack.pk}
    assert f'/cmdb/{rack.pk}/">Baie 1' in client.get(f"/cmdb/{made.pk}/").content.decode()
    assert 'value="rack-1"' in client.get(f"/cmdb/{made.pk}/edit/").content.decode()
    assert "Baie 1" in client.get("/cmdb/suggest/?class=rack&field=attr_rack&attr_rack=bai").content.decode()
    assert "Baie 1" not in client.get("/cmdb/suggest/?class=room&field=attr_rack&attr_rack=bai").content.decode()
    services.retire_ci(rack.pk, actor=None, reason="gone")
    assert (
        client.post("/cmdb/new/?class=physical_server", base | {"name": "S9", "attr_rack": "rack-1"}).status_code == 422
    )


def test_what_is_under_way_is_one_line_that_names_the_classes(client, world):
    for code in ("switch", "router"):
        ItemRun.objects.create(kind="classes", actor=None, total=3, params={"code": code, "version": 2})
    world.admin.language = "en"
    world.admin.save()
    client.force_login(world.admin)
    page = client.get("/settings/ci-classes/").content.decode()
    assert page.count('class="note blue"') == 1
    assert "Items of 2 classes" in page
    assert all(f">{name}</a>" in page for name in ("Switch", "Router"))


def test_a_class_for_a_new_item_is_found_by_a_word_and_others_come_last(client, world):
    world.network.language = "en"
    world.network.save()
    client.force_login(world.network)
    groups = client.get("/cmdb/new/").context["groups"]
    assert "Other" not in [name for name, _specs in groups[:-1]]
    found = client.get("/cmdb/new/?q=serveur+phys").context["groups"]
    assert [[spec.code for spec in specs] for _name, specs in found] == [["physical_server"]]
    assert "No class has this name" in client.get("/cmdb/new/?q=zzz").content.decode()
