"""The editor of the catalogue: items, questions, rules and plans, versions; and who may come."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from itsm.audit.models import Entry
from servicedesk.catalogue.models import CatalogueCategory, CatalogueItem

from .factories import LAPTOP, field, make_item, make_shelf, two, when

pytestmark = pytest.mark.django_db
BASE = "/settings/catalogue/"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200
PLAN = {
    "tasks": [
        {"key": "prepare", "title": two("Préparer"), "team": "N1-CDS", "due": 8},
        {"key": "hand", "title": two("Remettre"), "team": "N2-RES", "depends_on": ["prepare"], "when": {"field": "kind", "equals": "laptop"}},
    ]
}  # fmt: skip
RULE = {
    "stages": [
        {"ask": [{"who": "manager"}], "quorum": "all", "due": 16, "remind": 8, "on_expiry": "escalate"},
        {"ask": [{"who": "team", "code": "N2-RES"}], "quorum": {"count": 1}, "on_expiry": "refuse"},
    ]
}


@pytest.fixture
def laptop(world):
    return make_item("laptop", LAPTOP, approval=RULE, plan=PLAN)


@pytest.fixture
def keeper(client, world):
    client.force_login(world.lead)
    return client


def filled(client, address: str) -> dict:
    """What the form of a page would send as it stands."""
    found: dict = {}
    context = client.get(address).context
    forms = context.get("forms")
    for form in [context.get("form")] if forms is None else [forms.management_form, *forms.forms]:
        for bound in form:
            value = bound.value()
            if value is True:
                found[bound.html_name] = "on"
            elif value is not None and value is not False and value != "":
                found[bound.html_name] = (
                    [getattr(each, "pk", each) for each in value] if isinstance(value, list) else value
                )
    return found | {"seen": context.get("seen", "")}


def draft(item: CatalogueItem):
    return item.versions.order_by("-number").first()


def test_only_keepers_come(client, world, laptop):
    pages = [BASE, f"{BASE}new/", f"{BASE}shelves/new/", *(f"{BASE}laptop/{part}" for part in ("", "form/", "form/new/", "form/questions/kind/", "approval/", "plan/", "preview/", "versions/", "versions/1/"))]  # fmt: skip
    for name, expected in (("lead", 200), ("admin", 200), ("agent", 404), ("customer", 404)):
        client.force_login(getattr(world, name))
        for address in pages:
            assert client.get(address).status_code == expected, (name, address)
    for act in ("publish", "discard", "retire", "restore", "form/arrange"):
        assert client.post(f"{BASE}laptop/{act}/").status_code == 404


def test_a_shelf_and_an_item_are_made_and_published(keeper, world):
    keeper.post(f"{BASE}shelves/new/", {"key": "phones", "name_fr": "Téléphones", "name_en": "Phones", "icon": "phone", "position": 10, "is_active": "on"})  # fmt: skip
    shelf = CatalogueCategory.objects.get(key="phones")
    values = {
        "key": "mobile", "shelf": shelf.pk, "name_fr": "Mobile", "name_en": "Mobile", "icon": "device-mobile", "position": 10,
        "most": 2, "impact": 4, "urgency": 3, "for_others": "on", "cost": "250,00", "departments": "Finance, RH",
    }  # fmt: skip
    answer = keeper.post(f"{BASE}new/", values | {"picture": SimpleUploadedFile("p.png", PNG)})
    assert answer.url == f"{BASE}mobile/form/"
    made = CatalogueItem.objects.get(key="mobile")
    assert (made.departments, made.picture_type, made.state) == (["Finance", "RH"], "image/png", "draft")
    keeper.post(f"{BASE}mobile/publish/", {"note": "Premier"})
    made.refresh_from_db()
    assert (made.state, made.versions.get().note) == ("published", "Premier")
    verbs = set(Entry.objects.filter(subject_kind__startswith="catalogue").values_list("verb", flat=True))
    assert {"catalogue_shelf.created", "catalogue_item.created", "catalogue_item.published"} <= verbs
    assert keeper.get("/portal/catalogue/mobile/picture/").status_code == 200
    keeper.force_login(world.customer)  # not of its departments
    assert keeper.get("/portal/catalogue/mobile/picture/").status_code == 404


@pytest.mark.parametrize(
    ("values", "name"),
    [({"key": "new"}, "key"), ({"key": "laptop"}, "key"), ({"name_en": ""}, "name_en"), ({"icon": "skull"}, "icon"), ({"cost": "-1"}, "cost"), ({"most": "0"}, "most")],
)  # fmt: skip
def test_what_is_wrong_with_an_item_is_said(keeper, laptop, values, name):
    other = make_item("other")
    address = f"{BASE}other/"
    answer = keeper.post(address, filled(keeper, address) | values)
    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    other.refresh_from_db()
    assert other.key == "other"


def test_a_file_that_is_no_picture_is_refused(keeper, laptop):
    address = f"{BASE}laptop/"
    answer = keeper.post(
        address, filled(keeper, address) | {"picture": SimpleUploadedFile("p.svg", b"<svg onload=alert(1)>")}
    )
    assert answer.status_code == 422


def test_a_page_that_is_saved_as_it_stands_changes_nothing(keeper, laptop):
    for part in ("approval", "plan"):
        address = f"{BASE}laptop/{part}/"
        assert keeper.post(address, filled(keeper, address)).status_code == 302
        kept = draft(laptop)
        assert getattr(kept, part) == {"approval": RULE, "plan": PLAN}[part]
    for key in ("kind", "size", "why"):
        address = f"{BASE}laptop/form/questions/{key}/"
        assert keeper.post(address, filled(keeper, address)).status_code == 302
    assert draft(laptop).form == laptop.versions.get(number=1).form


def test_a_question_is_added_moved_and_taken_out(keeper, laptop):
    values = {
        "key": "colour", "type": "choice", "label_fr": "Couleur", "label_en": "Colour", "required": "on",
        "choices": "black | Noir | Black\nwhite | Blanc | White", "default_value": "black", "shown_any": "any",
        "shown_0_field": "kind", "shown_0_op": "in", "shown_0_value": "laptop, phone",
    }  # fmt: skip
    assert keeper.post(f"{BASE}laptop/form/new/", values).status_code == 302
    row = draft(laptop).form["fields"][-1]
    assert row == {
        "key": "colour", "type": "choice", "label": {"fr": "Couleur", "en": "Colour"}, "required": True,
        "choices": [{"value": "black", "label": {"fr": "Noir", "en": "Black"}}, {"value": "white", "label": {"fr": "Blanc", "en": "White"}}],
        "shown_if": {"any": [{"field": "kind", "is": "in", "value": ["laptop", "phone"]}]}, "default": {"value": "black"},
    }  # fmt: skip
    keeper.post(f"{BASE}laptop/form/arrange/", {"question": "colour", "act": "up"})
    assert [each["key"] for each in draft(laptop).form["fields"]] == ["kind", "size", "colour", "why"]
    keeper.post(f"{BASE}laptop/form/arrange/", {"question": "colour", "act": "drop"})
    assert [each["key"] for each in draft(laptop).form["fields"]] == ["kind", "size", "why"]
    assert laptop.versions.get(number=1).form["fields"][0]["key"] == "kind"


def test_a_question_on_which_others_depend_is_not_taken_out(keeper, laptop):
    keeper.post(f"{BASE}laptop/form/arrange/", {"question": "kind", "act": "drop"})
    assert laptop.versions.count() == 1


def test_conditions_follow_a_question_to_its_new_key(keeper, laptop):
    address = f"{BASE}laptop/form/questions/kind/"
    assert keeper.post(address, filled(keeper, address) | {"key": "model"}).status_code == 302
    rows = draft(laptop).form["fields"]
    assert rows[1]["shown_if"] == when("model", "laptop")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"key": "kind"}, None), ({"key": "Bad key"}, "key"), ({"type": "choice", "choices": "one"}, "choices"),
        ({"pattern": "(a+)+"}, "pattern"), ({"min": "x"}, "min"),
        ({"shown_0_field": "kind", "shown_0_op": "equals", "shown_0_value": "tablet"}, "shown_0_value"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_question_is_said(keeper, laptop, values, name):
    good = {"key": "note", "type": "text", "label_fr": "Note", "label_en": "Note"}
    answer = keeper.post(f"{BASE}laptop/form/new/", good | values)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert errors
    assert name is None or name in errors


def test_the_whole_form_is_edited_as_json(keeper, laptop):
    address = f"{BASE}laptop/form/"
    assert keeper.post(address, {"json": "{"}).status_code == 422
    assert keeper.post(address, {"json": json.dumps({"fields": [{"key": "x"}]})}).status_code == 422
    assert keeper.post(address, {"json": json.dumps({"fields": [field("x")]})}).status_code == 302
    assert [each["key"] for each in draft(laptop).form["fields"]] == ["x"]


def test_stages_and_tasks_are_changed_ordered_and_taken_out(keeper, laptop):
    address = f"{BASE}laptop/approval/"
    values = filled(keeper, address) | {"r-0-ORDER": "3", "r-1-quorum": "percent", "r-1-needed": "50"}

    assert keeper.post(address, values).status_code == 302
    stages = draft(laptop).approval["stages"]
    assert [each["quorum"] for each in stages] == [{"percent": 50}, "all"]
    address = f"{BASE}laptop/plan/"
    values = filled(keeper, address) | {"r-2-key": "check", "r-2-title_fr": "Vérifier", "r-2-title_en": "Check", "r-2-team": "N1-CDS", "r-2-after": "hand", "r-2-due": "4"}  # fmt: skip
    assert keeper.post(address, values).status_code == 302
    assert draft(laptop).plan["tasks"][-1] == {"key": "check", "title": {"fr": "Vérifier", "en": "Check"}, "team": "N1-CDS", "depends_on": ["hand"], "due": 4}  # fmt: skip
    values = filled(keeper, address) | {"r-0-DELETE": "on"}
    assert keeper.post(address, values).status_code == 422  # another one waits for it


def test_a_question_has_as_many_comparisons_as_the_engine_takes(keeper, laptop):
    address = f"{BASE}laptop/form/questions/why/"
    terms = [("kind", "equals", "laptop"), ("kind", "not", "phone"), ("kind", "in", "laptop, phone"), ("size", "greater", "13"), ("size", "less", "17")]  # fmt: skip
    for upto in (3, 4, 5):
        values = filled(keeper, address) | {"shown_any": "any"}
        for place, (name, op, value) in enumerate(terms[:upto]):
            values |= {f"shown_{place}_field": name, f"shown_{place}_op": op, f"shown_{place}_value": value}
        assert keeper.post(address, values).status_code == 302
    assert draft(laptop).form["fields"][2]["shown_if"] == {
        "any": [
            {"field": "kind", "is": "equals", "value": "laptop"}, {"field": "kind", "is": "not", "value": "phone"},
            {"field": "kind", "is": "in", "value": ["laptop", "phone"]}, {"field": "size", "is": "greater", "value": 13},
            {"field": "size", "is": "less", "value": 17},
        ]
    }  # fmt: skip
    values = filled(keeper, address) | {"shown_1_field": ""}
    assert keeper.post(address, values).status_code == 302
    assert len(draft(laptop).form["fields"][2]["shown_if"]["any"]) == 4


def test_a_stage_and_a_task_have_as_many_conditions_as_one_writes(keeper, laptop):
    more = [
        ("kind", "equals", "laptop"),
        ("size", "above", "13,5"),
        ("why", "filled", "yes"),
        ("kind", "in", "laptop, phone"),
    ]
    kept = [
        {"field": "kind", "equals": "laptop"}, {"field": "size", "above": 13.5}, {"field": "why", "filled": True},
        {"field": "kind", "in": ["laptop", "phone"]},
    ]  # fmt: skip
    for page, part, name in (("approval", "approval", "stages"), ("plan", "plan", "tasks")):
        address = f"{BASE}laptop/{page}/"
        for upto in (2, 3, 4):
            values = filled(keeper, address)
            for place, (asked, how, value) in enumerate(more[:upto]):
                at = f"r-1-when_{place}_"
                values |= {f"{at}field": asked, f"{at}how": how, f"{at}value": value}
            assert keeper.post(address, values).status_code == 302
        rows = getattr(draft(laptop), part)[name]
        assert rows[1]["when"] == kept
        assert "when" not in rows[0]


def test_two_editors_at_once_are_told(keeper, laptop):
    address = f"{BASE}laptop/plan/"
    values = filled(keeper, address)
    keeper.post(f"{BASE}laptop/form/", {"json": json.dumps({"fields": []})})
    values |= {"r-0-title_fr": "Autre"}
    assert keeper.post(address, values).status_code == 422
    assert draft(laptop).plan == PLAN


def test_a_version_says_what_it_changed(keeper, laptop):
    rows = [*LAPTOP[:1], LAPTOP[1] | {"max": 19}, field("centre")]
    keeper.post(f"{BASE}laptop/form/", {"json": json.dumps({"fields": rows})})
    page = keeper.get(f"{BASE}laptop/versions/").content.decode()
    assert "centre" in page
    keeper.post(f"{BASE}laptop/publish/", {"note": "Plus grand"})
    lines = keeper.get(f"{BASE}laptop/versions/2/").context["lines"]
    told = {(line.about, line.before, line.after) for line in lines}
    assert ("size", "17", "19") in told
    assert ("why", "Why", "") in told
    assert ("centre", "", "Centre") in told
    assert keeper.post(f"{BASE}laptop/publish/").status_code == 302
    assert laptop.versions.count() == 2  # nothing had changed


def test_a_draft_is_thrown_away_and_an_item_taken_out_and_put_back(keeper, laptop):
    keeper.post(f"{BASE}laptop/form/", {"json": json.dumps({"fields": []})})
    keeper.post(f"{BASE}laptop/discard/")
    assert laptop.versions.count() == 1
    keeper.post(f"{BASE}laptop/retire/")
    laptop.refresh_from_db()
    assert laptop.state == "retired"
    keeper.post(f"{BASE}laptop/restore/")
    laptop.refresh_from_db()
    assert laptop.state == "published"


def test_the_preview_tells_what_would_be_kept(keeper, laptop):
    address = f"{BASE}laptop/preview/"
    assert keeper.post(address, {"q_kind": "laptop"}).status_code == 422
    page = keeper.post(address, {"q_kind": "phone", "q_size": "15"})
    assert page.status_code == 200
    assert [line.text for line in page.context["kept"]] == ["Phone"]


def test_the_list_costs_few_queries(keeper, laptop, django_assert_max_num_queries):
    for n in range(20):
        make_item(f"more-{n}", shelf=make_shelf(f"s-{n}"))
    keeper.get(BASE)
    with django_assert_max_num_queries(10):
        keeper.get(BASE)
