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
    ask(desk.lead, "call-menus/main/", {"name_fr": "x"}, 405)


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
