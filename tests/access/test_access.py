"""Every address for every role of the demo; what is hidden is hidden by ids, not by emptiness."""

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from itsm.records.models import Record
from servicedesk.incidents import services

from . import matrix
from .conftest import PEOPLE

pytestmark = pytest.mark.django_db
# What may be reached without an account.
PUBLIC = {
    "/healthz",
    "/api/v1/schema/",
    "/api/v1/docs/",
    "/styleguide/",
    "/preferences/language/",
    "/preferences/theme/",
}
OUTSIDERS = ("stranger", "foreign_agent")
REFUSED = {"302", "401", "403", "404", "405"}


def visit(person, things) -> dict[str, str]:
    """Try everything as this person; nothing that one request does is there for the next."""
    client = Client(raise_request_exception=False)
    if person is not None:
        client.force_login(person)
    found = {}
    for method, address in matrix.requests():
        with transaction.atomic():
            found[f"{method} {address}"] = str(matrix.ask(client, method, address, things))
            transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("name", PEOPLE)
def test_each_person_gets_what_the_matrix_says(name, cast, things, seen):
    got = seen[name] = visit(getattr(cast, name), things)
    expected = matrix.parse(matrix.FILE.read_text())[name]
    differences = {
        row: (expected.get(row, "not in the matrix"), got.get(row, "gone"))
        for row in {*expected, *got}
        if expected.get(row) != got.get(row)
    }
    assert not differences, f"{name}: (expected, got) {differences}"


def kept(name):
    return matrix.parse(matrix.FILE.read_text())[name]


def test_the_matrix_has_no_crash():
    assert [(name, row) for name in PEOPLE for row, status in kept(name).items() if status.startswith("5")] == []


def test_without_an_account_only_public_addresses_answer():
    opened = {row.split()[1] for row, status in kept("nobody").items() if status not in REFUSED}
    assert opened <= PUBLIC | {
        "/api/v1/tokens/",
        "/survey/<token>/",
        "/certify/<token>/",
        "/oncall/a/<token>/",
        "/approve/<token>/",
        "/access-review/<token>/",
        "/oncall/feed/<token>.ics",
        "/operations/planning/feed/<token>.ics",
    }


@pytest.mark.parametrize("name", OUTSIDERS)
def test_people_of_another_organisation_reach_nothing_of_ours_by_its_name(name):
    about = ("<number>", "<pk>", "<id>", "<username>", "<file>")
    reached = {
        row: status
        for row, status in kept(name).items()
        if any(part in row for part in about) and status not in REFUSED
    }
    assert reached == {}


@pytest.mark.parametrize("name", ["customer", "colleague"])
def test_those_who_only_ask_never_enter_the_desk(name):
    inside = (
        "/desk/",
        "/cmdb/",
        "/technical/",
        "/mailbox/",
        "/api/v1/cis",
        "/api/v1/prefixes",
        "/api/v1/ip-addresses",
        "/api/v1/relations",
        "/api/v1/ci-classes",
    )
    entered = {
        row: status for row, status in kept(name).items() if row.split()[1].startswith(inside) and status not in REFUSED
    }
    assert entered == {}


def test_a_confidential_incident_is_reached_by_its_circle_and_its_requester_only(cast, things):
    number = things[""]["number"]
    things = {"": things[""]}  # the number of this one, at every address that takes a number
    services.edit(Record.objects.get(number=number).pk, actor=cast.lead, confidentiality=cast.circle)
    cast.circle.members.add(cast.lead)
    cache.clear()  # as if a minute had passed
    about = [address for method, address in matrix.requests() if method == "GET" and "<number>" in address]
    clients = {name: signed_in(getattr(cast, name)) for name in PEOPLE if name not in ("nobody", "admin")}
    reached = {
        name: [a for a in about if matrix.ask(client, "GET", a, things) in (200, 301)]
        for name, client in clients.items()
    }
    assert {name for name, found in reached.items() if found} == {"lead", "customer"}


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_confidential_incident_is_in_no_list_no_search_and_no_count_of_others(cast, things):
    from itsm.records import search

    record = Record.objects.get(number=things[""]["number"])
    for pk in Record.objects.filter(kind="incident").values_list("pk", flat=True):
        services.edit(pk, actor=cast.lead, confidentiality=cast.circle)
        search.index([pk])
    for url in (
        "/api/v1/incidents/?count=true",
        "/api/v1/records/?q=printer&count=true",
        f"/api/v1/records/?q={record.number}&count=true",
    ):
        for name in ("agent", "lead", "manager", "mainframe", "colleague", "stranger", "foreign_agent"):
            body = signed_in(getattr(cast, name)).get(url).json()
            assert (body["results"], body["count"]) == ([], 0), (name, url)
    for url in ("/desk/incidents/", "/desk/incidents/?q=printer", "/desk/incidents/export.csv"):
        page = signed_in(cast.agent).get(url)
        content = b"".join(page.streaming_content) if page.streaming else page.content
        assert record.number.encode() not in content
