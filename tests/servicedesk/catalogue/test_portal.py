"""The catalogue in the portal: who sees what, ordering at once, the basket, for somebody else."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from itsm.core import now
from itsm.notify import outbox
from itsm.notify.models import Message, Notice
from itsm.people.models import Role
from itsm.records.models import AffectedItem, Attachment
from servicedesk.catalogue import basket, editing
from servicedesk.catalogue.models import BasketFile, BasketLine, CatalogueItem
from servicedesk.requests.models import Request
from tests.cmdb.factories import make_ci

from .factories import LAPTOP, field, make_item, make_shelf, when

pytestmark = pytest.mark.django_db
GOOD = {"q_kind": "laptop", "q_size": "15", "q_why": "Le mien est lent."}


@pytest.fixture
def laptop(world):
    return make_item("laptop", LAPTOP, most=3, cost=900, delay_days=5)


@pytest.fixture
def site(client, world):
    client.force_login(world.customer)
    return client


def order(client, key="laptop", data=GOOD, act="order", **more):
    return client.post(f"/portal/catalogue/{key}/", data | {"act": act} | more)


def only() -> Request:
    return Request.objects.get()


# Who sees what ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("narrowed", "seen"),
    [
        ({}, {"customer", "stranger", "agent"}),
        ({"organisations": "lumen"}, {"customer", "agent"}),
        ({"organisations": "finance"}, {"customer"}),
        ({"organisations": "other"}, {"stranger"}),
        ({"roles": "agent"}, {"agent"}),
        ({"departments": ["Finance"]}, {"customer"}),
        ({"departments": ["Finance"], "organisations": "other"}, set()),
        ({"sites": "paris"}, {"customer", "stranger", "agent"}),
        ({"state": "draft"}, set()),
        ({"state": "retired"}, set()),
        ({"hidden": True}, set()),
    ],
)
def test_an_item_is_seen_by_its_audience_alone(world, client, narrowed, seen):
    world.customer.department = "Finance"
    world.customer.save(update_fields=["department"])
    made = make_item("it", publish=narrowed.get("state") != "draft")
    for name in ("organisations", "sites"):
        if name in narrowed:
            getattr(made, name).add(getattr(world, narrowed[name]))
    if "roles" in narrowed:
        made.roles.add(Role.objects.get(code=narrowed["roles"]))
    if "departments" in narrowed:
        CatalogueItem.objects.filter(pk=made.pk).update(departments=narrowed["departments"])
    if narrowed.get("state") == "retired":
        editing.retire(made, actor=None)
    if narrowed.get("hidden"):
        editing.save_shelf(made.shelf, actor=None, is_active=False)
    found = set()
    for name in ("customer", "stranger", "agent"):
        client.force_login(getattr(world, name))
        page = client.get("/portal/catalogue/").content.decode()
        answer = client.get("/portal/catalogue/it/").status_code
        assert ("/portal/catalogue/it/" in page) == (answer == 200), name
        assert answer in (200, 404)
        if answer == 404:
            assert client.post("/portal/catalogue/it/", {"act": "order"}).status_code == 404
        else:
            found.add(name)
    assert found == seen


def test_the_catalogue_is_searched_in_both_languages_without_accents(site):
    make_item("dock", name_fr="Station d’accueil", name_en="Docking station")
    make_item("screen", name_fr="Écran", name_en="Monitor")
    for words, found in [("ecrans", "screen"), ("monitor", "screen"), ("accueil", "dock"), ("docking", "dock")]:
        page = site.get("/portal/catalogue/", {"q": words}).content.decode()
        assert f"/portal/catalogue/{found}/" in page, words
    page = site.get("/portal/catalogue/", {"q": "nothing like it\0"}).content.decode()
    assert "/portal/catalogue/dock/" not in page


def test_the_search_of_the_portal_finds_what_may_be_ordered(site, world):
    make_item("dock", name_fr="Station d’accueil", name_en="Docking station")
    make_item("secret", name_fr="Station secrète", name_en="Secret station").organisations.add(world.other)
    page = site.get("/find/", {"q": "station", "at": "portal"}).content.decode()
    assert "/portal/catalogue/dock/" in page
    assert "/portal/catalogue/secret/" not in page


def test_one_shelf_is_shown_alone(site):
    make_item("a", shelf=make_shelf("one"))
    make_item("b", shelf=make_shelf("two"))
    page = site.get("/portal/catalogue/", {"shelf": "two"}).content.decode()
    assert "/portal/catalogue/b/" in page
    assert "/portal/catalogue/a/" not in page


def test_the_pages_cost_few_queries(site, laptop, django_assert_max_num_queries):
    for n in range(30):
        make_item(f"more-{n}")
    for address in ("/portal/catalogue/", "/portal/catalogue/laptop/", "/portal/basket/"):
        site.get(address)
        with django_assert_max_num_queries(12):
            assert site.get(address).status_code == 200


# Ordering -----------------------------------------------------------------------------------------------------------


def test_an_order_becomes_a_request_with_the_answers_that_were_asked(site, world, laptop):
    answer = order(site, quantity="2")
    made = only()
    assert answer.url == f"/portal/orders/{made.basket}/"
    assert made.answers == {"kind": "laptop", "size": 15, "why": "Le mien est lent."}
    assert (made.requester, made.opened_by, made.quantity, made.channel) == (
        world.customer,
        world.customer,
        2,
        "portal",
    )
    assert made.item_version == laptop.versions.get()
    page = site.get(answer.url).content.decode()
    assert made.number in page


def test_what_a_hidden_question_sends_is_dropped(site, laptop):
    order(site, data={"q_kind": "phone", "q_size": "not a number"})
    assert only().answers == {"kind": "phone"}


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_missing(site, laptop):
    answer = order(site, data={"q_kind": "laptop", "q_size": "19", "q_why": "Pour “voyager”"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert not Request.objects.exists()
    assert "Pour “voyager”" in page
    assert 'value="19"' in page
    assert 'href="#id_q_size"' in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("quantity", ["0", "4", "many", "-1", "99999999999999999999"])
def test_no_more_than_the_item_allows_in_one_request(site, laptop, quantity):
    assert order(site, quantity=quantity).status_code == 422
    assert not Request.objects.exists()


def test_a_double_click_orders_once(site, laptop):
    assert order(site, token="abc").url == order(site, token="abc").url
    assert Request.objects.count() == 1


def test_the_title_says_what_or_whom_it_is_about(site):
    make_item("joiner", [field("name", required=True)], subject="name", name_fr="Nouvel arrivant")
    site.cookies["django_language"] = "fr"
    order(site, "joiner", {"q_name": "Ana Lopez"})
    assert only().title == "Nouvel arrivant : Ana Lopez"


def test_equipment_that_is_named_is_what_the_request_is_about(site, world):
    mine = make_ci(name="PC-CLAIRE", ci_class="laptop", user=world.customer, organisation=world.lumen)
    other = make_ci(name="PC-PAUL", ci_class="laptop", user=world.colleague, organisation=world.lumen)
    make_item(
        "software",
        [field("pc", "item", required=True, default={"from": "workstation"}, **{"class": "laptop", "whose": "mine"})],
    )
    page = site.get("/portal/catalogue/software/").content.decode()
    assert f'<option value="{mine.key}" selected>' in page
    assert other.key not in page
    assert order(site, "software", {"q_pc": other.key}).status_code == 422
    order(site, "software", {"q_pc": mine.key})
    assert AffectedItem.objects.get(record_id=only().pk).item == mine


def test_first_answers_come_from_the_profile(site, world):
    world.customer.phone, world.customer.manager = "+33140000000", world.colleague
    world.customer.save()
    make_item(
        "mover",
        [
            field("phone", default={"from": "phone"}), field("chief", "person", default={"from": "manager"}),
            field("site", "site", default={"from": "site"}), field("days", "number", default={"value": 3}),
        ],
    )  # fmt: skip
    page = site.get("/portal/catalogue/mover/").content.decode()
    assert 'value="+33140000000"' in page
    assert 'value="colleague"' in page
    assert "Paul Meyer" in page
    assert '<option value="PAR" selected>' in page
    assert 'value="3"' in page


def test_files_answer_a_question(site, world):
    make_item("move", [field("plan", "file", required=True, max=1)])
    assert order(site, "move", {}).status_code == 422
    assert order(site, "move", {"q_plan": SimpleUploadedFile("run.exe", b"MZ" + b"0" * 100)}).status_code == 422
    order(site, "move", {"q_plan": SimpleUploadedFile("plan.pdf", b"%PDF-1.7 floor")})
    made = only()
    assert made.answers == {"plan": ["plan.pdf"]}
    assert Attachment.objects.get(record_id=made.pk).name == "plan.pdf"


def test_a_request_keeps_the_version_that_it_was_ordered_with(site, laptop):
    order(site)
    editing.save_draft(laptop, actor=None, form={"fields": [field("new", required=True)]})
    editing.publish(laptop, actor=None)
    assert only().item_version.number == 1
    assert order(site).status_code == 422


# For somebody else --------------------------------------------------------------------------------------------------


def test_one_orders_for_a_colleague(site, world, laptop):
    page = site.get("/portal/catalogue/laptop/", {"for": "colleague"}).content.decode()
    assert "Paul Meyer" in page
    order(site, **{"for": "colleague"})
    assert (only().requester, only().opened_by) == (world.colleague, world.customer)


def test_one_does_not_order_for_a_stranger_nor_what_is_not_for_others(site, world, laptop):
    assert "Sam Stone" not in site.get("/portal/catalogue/laptop/", {"for": "stranger"}).content.decode()
    refused = order(site, **{"for": "stranger"})
    assert refused.status_code == 422
    assert "« stranger »" in refused.content.decode().replace("\xa0", " "), "as unknown as who does not exist"
    assert not Request.objects.exists()
    editing.save_item(laptop, actor=None, for_others=False)
    assert order(site, **{"for": "colleague"}).status_code == 422
    assert not Request.objects.exists()


def test_an_agent_orders_for_those_whom_they_serve_what_is_meant_for_those(client, world, laptop):
    laptop.organisations.add(world.finance)
    client.force_login(world.agent)
    assert client.get("/portal/catalogue/laptop/").status_code == 404
    order(client, **{"for": "customer"})
    assert (only().requester, only().opened_by) == (world.customer, world.agent)


def test_people_are_offered_from_the_own_house_only(site, world):
    make_item("it", [field("who", "person")])
    for address in ("/portal/catalogue/people/", "/portal/catalogue/it/pick/who/"):
        assert "Paul Meyer" in site.get(address, {"q": "mey"}).content.decode()
        assert "Stone" not in site.get(address, {"q": "sto"}).content.decode()
    assert site.get("/portal/catalogue/it/pick/nothing/", {"q": "me"}).status_code == 404


def test_the_catalogue_is_looked_through_for_somebody_else(client, world):
    make_item("mine", roles=[Role.objects.get(code="agent")])
    make_item("theirs", roles=[Role.objects.get(code="requester")])
    make_item("alone", roles=[Role.objects.get(code="requester")], for_others=False)
    client.force_login(world.agent)
    page = client.get("/portal/catalogue/", {"for": "customer"}).content.decode()
    assert "/portal/catalogue/theirs/?for=customer" in page
    assert "/portal/catalogue/mine/" not in page
    assert "/portal/catalogue/alone/" not in page
    assert "Claire Fontaine" in page
    assert client.get("/portal/catalogue/theirs/?for=customer").status_code == 200
    nobody = client.get("/portal/catalogue/", {"for": "nobody"}).content.decode()
    assert "/portal/catalogue/mine/" in nobody
    assert "/portal/catalogue/theirs/" not in client.get("/portal/catalogue/", {"for": "stranger"}).content.decode()


def test_who_takes_a_request_down_is_led_to_the_catalogue(client, world):
    client.force_login(world.agent)
    assert 'href="/portal/catalogue/"' in client.get("/desk/requests/new/").content.decode()
    page = client.get("/desk/requests/new/?requester=customer").content.decode()
    assert 'href="/portal/catalogue/?for=customer"' in page


# The basket ---------------------------------------------------------------------------------------------------------


def test_a_basket_becomes_one_order_with_a_request_a_line(site, world, laptop):
    make_item("badge", [field("why", required=True)])
    order(site, act="basket")
    order(site, "badge", {"q_why": "Perdu"}, act="basket", **{"for": "colleague"})
    page = site.get("/portal/basket/").content.decode()
    assert "Perdu" in page
    assert "Paul Meyer" in page
    answer = site.post("/portal/basket/", {"token": "t"})
    made = list(Request.objects.order_by("pk"))
    assert [each.requester for each in made] == [world.customer, world.colleague]
    assert len({each.basket for each in made}) == 1
    assert answer.url == f"/portal/orders/{made[0].basket}/"
    assert not BasketLine.objects.exists()
    assert site.post("/portal/basket/", {"token": "t"}).url == answer.url
    assert Request.objects.count() == 2


def test_a_line_is_changed_and_taken_out(site, laptop):
    order(site, act="basket")
    line = BasketLine.objects.get()
    assert 'value="15"' in site.get(f"/portal/catalogue/laptop/?line={line.pk}").content.decode()
    order(site, data=GOOD | {"q_size": "13"}, act="basket", line=line.pk)
    line.refresh_from_db()
    assert line.answers["size"] == 13
    site.post(f"/portal/basket/{line.pk}/drop/")
    assert not BasketLine.objects.exists()


def test_nobody_reaches_the_basket_or_the_order_of_another(site, client, world, laptop):
    order(site, act="basket")
    order(site)
    line, made = BasketLine.objects.get(), only()
    client.force_login(world.colleague)
    assert client.post(f"/portal/basket/{line.pk}/drop/").status_code == 404
    assert client.get(f"/portal/catalogue/laptop/?line={line.pk}").status_code == 404
    assert client.get(f"/portal/orders/{made.basket}/").status_code == 404
    assert "laptop" not in client.get("/portal/basket/").content.decode().split("<main")[1]


def test_a_line_whose_form_has_changed_must_be_looked_at_again(site, laptop):
    order(site, act="basket")
    editing.save_draft(laptop, actor=None, form={"fields": [*LAPTOP, field("centre", required=True)]})
    editing.publish(laptop, actor=None)
    assert site.post("/portal/basket/", {}).status_code == 422
    assert not Request.objects.exists()
    editing.retire(laptop, actor=None)
    assert site.get("/portal/basket/").status_code == 200
    assert site.post("/portal/basket/", {}).status_code == 422


def test_files_wait_in_the_basket(site, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make_item(
        "move", [field("plan", "file", max=2), field("big", "yesno"), field("more", "file", shown_if=when("big", True))]
    )
    order(site, "move", {"q_plan": SimpleUploadedFile("plan.pdf", b"%PDF-1.7 floor")}, act="basket")
    line = BasketLine.objects.get()
    order(site, "move", {"q_big": "no"}, act="basket", line=line.pk)
    assert BasketFile.objects.get().name == "plan.pdf"
    site.post("/portal/basket/", {})
    made = Attachment.objects.get(record_id=only().pk)
    assert made.file.read() == b"%PDF-1.7 floor"


def test_a_basket_that_nobody_touches_is_emptied_and_its_owner_told(site, world, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    make_item("move", [field("plan", "file", required=True)], name_fr="Déménagement")
    order(site, "move", {"q_plan": SimpleUploadedFile("plan.pdf", b"%PDF-1.7 floor")}, act="basket")
    assert "est gardé jusqu’au" in site.get("/portal/basket/").content.decode()
    BasketLine.objects.update(added_at=now() - timedelta(days=59))
    assert basket.expire(60) == 0
    BasketLine.objects.update(added_at=now() - timedelta(days=61))
    assert basket.expire(0) == 0, "0 keeps baskets for ever"
    assert basket.expire(60) == 1
    assert basket.expire(60) == 0
    assert not BasketLine.objects.exists()
    while outbox.drain():
        continue
    mail = Message.objects.get(template="basket_expired")
    assert (mail.to_user, "Déménagement" in mail.body_text) == (world.customer, True)
    assert Notice.objects.get(template="basket_expired").user == world.customer


def test_touching_one_line_keeps_the_whole_basket(site, laptop):
    order(site, act="basket")
    order(site, act="basket")
    BasketLine.objects.update(added_at=now() - timedelta(days=61))
    line = BasketLine.objects.first()
    order(site, data=GOOD | {"q_size": "13"}, act="basket", line=line.pk)
    assert basket.expire(60) == 0
    assert BasketLine.objects.count() == 2


def test_an_empty_basket_says_so(site):
    assert site.get("/portal/basket/").status_code == 200
    assert site.post("/portal/basket/", {}).status_code == 422


def test_a_basket_line_that_is_no_number_is_not_found(site, laptop):
    assert site.get("/portal/catalogue/laptop/?line=x²").status_code == 404
