"""Queues, numbers and menus over REST: read by those who work at the switchboard, written by who manages it."""

import pytest
from django.test import Client

from itsm.audit.models import Entry
from servicedesk.calls.models import CallNumber, CallQueue, QueueMember
from tests.servicedesk.calls.menus import factories
from tests.servicedesk.calls.switchboard import build


@pytest.fixture
def desk(db):
    found = build()
    found.board = factories.make_board(found)
    return found


def ask(person, path, data=None, status=200, method="patch", **headers):
    client = Client(headers={"Accept-Language": "en"} | headers)
    client.force_login(person)
    address = f"/api/v1/{path}"
    answer = client.get(address) if data is None else getattr(client, method)(address, data, "application/json")
    assert answer.status_code == status, answer.content
    return answer


def test_a_queue_is_read_by_operators_and_kept_by_managers(desk):
    row = ask(desk.nadia, "call-queues/n1/").json()
    assert (row["name_fr"], row["organisation"], row["members"]) == (
        "N1 Assistance", "LUMEN", [{"operator": "nadia", "skill": 1}, {"operator": "hugo", "skill": 2}],
    )  # fmt: skip
    ask(desk.nadia, "call-queues/n1/", {"wrap_up_seconds": 45}, 403)
    ask(desk.nadia, "call-queues/", {}, 403, method="post")
    made = {"code": "PAIE", "name_fr": "Paie", "name_en": "Payroll", "organisation": "LUMEN", "overflow": "queue", "max_wait_seconds": 60,
            "overflow_queue": "n1", "members": [{"operator": "ines"}]}  # fmt: skip
    lead = ask(desk.lead, "call-queues/", made, 201, method="post")
    assert (lead.json()["overflow_queue"], lead.json()["members"]) == ("n1", [{"operator": "ines", "skill": 3}])
    changed = ask(desk.lead, "call-queues/PAIE/", {"name_en": "Pay"}, **{"If-Match": lead["ETag"]})
    row = CallQueue.objects.get(code="PAIE")
    assert (row.name_fr, row.name_en, row.max_wait_seconds) == ("Paie", "Pay", 60), "what is left out stays"
    assert QueueMember.objects.filter(queue=row).count() == 1
    ask(desk.lead, "call-queues/PAIE/", {"name_en": "X"}, 412, **{"If-Match": lead["ETag"]})
    assert changed["ETag"] != lead["ETag"]
    ask(desk.lead, "call-queues/PAIE/", {"max_wait_seconds": None}, 400)
    ask(desk.lead, "call-queues/PAIE/", {"overflow_queue": "nowhere"}, 400)
    assert Entry.objects.filter(verb="call_queue.changed").count() == 1
    assert [each["code"] for each in ask(desk.lead, "call-queues/?operator=ines").json()["results"]] == ["PAIE"]


def test_a_number_is_set_up_in_any_spelling_and_says_where_its_calls_go(desk):
    made = {"number": "01 55 00 00 77", "name_fr": "Paie", "name_en": "Payroll", "organisation": "LUMEN", "queue": "n1"}
    row = ask(desk.lead, "call-numbers/", made, 201, method="post").json()
    assert (row["number"], row["queue"], row["when_closed"]) == ("+33155000077", "n1", "reject")
    ask(desk.lead, "call-numbers/", made, 400, method="post")
    ask(desk.lead, "call-numbers/", made | {"number": "abc"}, 400, method="post")
    path = f"call-numbers/{row['id']}/"
    assert ask(desk.lead, path, {"menu": "main", "is_active": False}).json()["menu"] == "main"
    ask(desk.lead, path, {"when_closed": "queue"}, 400)
    assert CallNumber.objects.get(pk=row["id"]).queue.code == "n1"
    assert [each["id"] for each in ask(desk.nadia, "call-numbers/?number=0155000077").json()["results"]] == [row["id"]]
    ask(desk.nadia, path, {"is_active": True}, 403)


def test_a_menu_is_read_with_its_steps_and_the_queues_it_leads_to(desk):
    row = ask(desk.nadia, "call-menus/main/").json()
    assert row["numbers"] == ["+33155000000"]
    assert row["queues"] == ["EN", "N1", "VIP"]
    first = row["steps"][0]
    assert (first["kind"], first["parent"], first["way"]) == ("language", None, "")


TREE = [
    {"id": 1, "kind": "ask", "say_fr": "Panne 1, demande 2.", "say_en": "Fault 1, request 2."},
    {"id": 2, "parent": 1, "way": "1", "kind": "queue", "queue": "n1", "label_fr": "Panne", "label_en": "Fault"},
    {"id": 3, "parent": 1, "way": "2", "kind": "call_back"},
    {"id": 4, "parent": 1, "way": "0", "kind": "goto", "goto": 1},
    {"id": 5, "parent": 1, "way": "none", "kind": "queue", "queue": "n1"},
]


def test_a_menu_is_written_as_a_whole_tree(desk):
    body = {"code": "nuit", "name_fr": "Nuit", "name_en": "Night", "organisation": "LUMEN", "steps": TREE}
    ask(desk.nadia, "call-menus/", body, 403, method="post")
    made = ask(desk.lead, "call-menus/", body, 201, method="post")
    steps = made.json()["steps"]
    assert [(each["kind"], each["way"], each["queue"]) for each in steps] == [
        ("ask", "", None), ("queue", "1", "n1"), ("call_back", "2", None), ("goto", "0", None), ("queue", "none", "n1"),
    ]  # fmt: skip
    first = steps[0]["id"]
    assert steps[3]["goto"] == first
    assert {each["parent"] for each in steps[1:]} == {first}
    same = ask(desk.lead, "call-menus/nuit/", {"steps": steps}, **{"If-Match": made["ETag"]})
    assert same.json()["steps"] == steps, "what was read can be sent back"
    swapped = [*steps[:1], steps[1] | {"way": "2"}, steps[2] | {"way": "1"}, *steps[3:]]
    changed = ask(
        desk.lead, "call-menus/nuit/", {"steps": swapped, "name_en": "By night"}, **{"If-Match": same["ETag"]}
    ).json()
    assert {each["id"]: each["way"] for each in changed["steps"]} == {each["id"]: each["way"] for each in swapped}
    assert (changed["name_fr"], changed["name_en"]) == ("Nuit", "By night")
    ask(desk.lead, "call-menus/nuit/", {"steps": steps}, 412, **{"If-Match": made["ETag"]})
    under = [steps[2] | {"parent": None, "way": ""}, steps[0] | {"parent": steps[2]["id"], "way": "1"}]
    ask(desk.lead, "call-menus/nuit/", {"steps": under}, 400)
    empty = ask(desk.lead, "call-menus/nuit/", {"steps": []}).json()
    assert empty["steps"] == []
    entry = Entry.objects.filter(verb="call_menu.changed").order_by("-pk").first()
    assert f"step {first}" in entry.changes, "the audit says which steps went"


def test_a_tree_that_cannot_be_is_refused_like_in_the_editor_and_nothing_is_kept(desk):
    before = ask(desk.lead, "call-menus/main/").json()
    last = TREE[-1]
    wrong = {
        "two first steps": [*TREE, {"id": 6, "kind": "voicemail"}],
        "a way twice": [*TREE, last | {"id": 6}],
        "a way that is none": [*TREE, {"id": 6, "parent": 2, "way": "1", "kind": "voicemail"}],
        "no such parent": [*TREE, {"id": 6, "parent": 77, "way": "3", "kind": "voicemail"}],
        "an id twice": [*TREE, {"id": 1, "parent": 1, "way": "3", "kind": "voicemail"}],
        "steps that follow each other": [*TREE, {"id": 6, "parent": 7, "way": "next", "kind": "vip"}, {"id": 7, "parent": 6, "way": "yes", "kind": "vip"}],
        "below such steps": [*TREE, {"id": 8, "parent": 6, "way": "no", "kind": "vip"}, {"id": 6, "parent": 7, "way": "yes", "kind": "vip"}, {"id": 7, "parent": 6, "way": "yes", "kind": "vip"}],
        "a circle without a key": [*TREE[:4], {"id": 5, "parent": 1, "way": "none", "kind": "goto", "goto": 1}],
        "no queue": [*TREE, {"id": 6, "parent": 1, "way": "3", "kind": "queue"}],
        "an unknown queue": [*TREE, {"id": 6, "parent": 1, "way": "3", "kind": "queue", "queue": "nowhere"}],
        "an unknown site": [{"id": 1, "kind": "site"}, {"id": 2, "parent": 1, "way": "site-99999", "kind": "voicemail"}],
        "no kind": [{"id": 1}],
        "a key of no telephone": [*TREE, {"id": 6, "parent": 1, "way": "x", "kind": "voicemail"}],
        "a language that no key names": [{"id": 1, "kind": "language", "say_fr": "?"}, {"id": 2, "parent": 1, "way": "1", "kind": "queue", "queue": "n1"}],
        "no step": "none",
        "too many": [{"id": n, "kind": "voicemail"} for n in range(1, 203)],
    }  # fmt: skip
    for what, steps in wrong.items():
        answer = ask(desk.lead, "call-menus/main/", {"steps": steps, "name_en": what}, 400)
        assert all(name.startswith("steps") for name in answer.json()["errors"]), (what, answer.json())
    ask(
        desk.lead,
        "call-menus/",
        {"code": "new", "name_fr": "N", "name_en": "N", "organisation": "LUMEN"},
        400,
        method="post",
    )
    assert ask(desk.lead, "call-menus/main/").json() == before
    ask(desk.foreign_agent, "call-menus/main/", {"steps": []}, 403)


def test_a_long_tree_is_looked_up_once_a_name(desk, django_assert_max_num_queries):
    keys = "123456789"
    steps = [{"id": 1, "kind": "ask", "say_fr": "?", "say_en": "?"}]
    steps += [{"id": 2 + n, "parent": 1, "way": key, "kind": "queue", "queue": "n1"} for n, key in enumerate(keys)]
    with django_assert_max_num_queries(70):
        ask(
            desk.lead,
            "call-menus/",
            {"code": "long", "name_fr": "L", "name_en": "L", "organisation": "LUMEN", "steps": steps},
            201,
            method="post",
        )


def test_other_houses_and_others_find_nothing(desk):
    for person in (desk.agent, desk.customer, desk.foreign_agent, desk.stranger):
        for place in ("call-queues/", "call-numbers/", "call-menus/", "call-queues/n1/"):
            ask(person, place, status=403)


def test_a_list_costs_the_same_however_long(desk, django_assert_max_num_queries):
    for n in range(20):
        factories.make_queue(desk, f"Q{n}")
    ask(desk.lead, "call-queues/")
    with django_assert_max_num_queries(20):
        assert len(ask(desk.lead, "call-queues/").json()["results"]) > 20
